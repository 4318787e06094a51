#!/bin/bash
# A run through zygote and shim, the daemon played by shimdrive: what comes out
# of a job, what its file says, and which runs never start.
# limit: 60
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"

drive command='echo hello; echo oops >&2; exit 3'
is "stdout is in the file" "$(show 1 out)" "hello"
is "stderr is in the file" "$(show 1 err)" "oops"
is "the exit status is recorded" "$(value 1 EXIT code)" 3
is "and the byte counts" "$(value 1 END o) $(value 1 END e)" "6 5"
is "the lock of an ended run is free" "$("$shimlook" alive "$(file 1)")" dead
is "STARTED is told, with a pidfd" \
    "$(echo "$news" | sed 's/pid=[0-9]* //')" \
    "news STARTED run=1 fence=1 error=0 pidfd=yes"

drive merge=1 command='for i in 1 2 3; do echo out$i; echo err$i >&2; done'
is "merged streams keep their order" "$(show 2 out | tr '\n' ' ')" \
    "out1 err1 out2 err2 out3 err3 "
is "and there is no stderr" "$(show 2 err)" ""

drive stdin=$'two\nlines\n' command='cat; echo x >/proc/self/fd/0'
is "stdin is the text" "$(show 3 out)" $'two\nlines'
like "which the job cannot change" "$(show 3 err)" "*cannot create*"

drive command='cat; ls -l /proc/self/fd/0'
like "without text stdin is empty" "$(show 4 out)" "l*/dev/null"

drive command='kill -SEGV $$'
is "a signal is recorded as one" \
    "$(value 5 EXIT code) $(value 5 EXIT sig)" "0 11"

pattern=$(cat /proc/sys/kernel/core_pattern)
drive limit=4:1000000 cwd="$dir" command='kill -QUIT $$' # RLIMIT_CORE
if [[ $pattern == [!/\|]* ]]; then
	is "a core is recorded" "$(value 6 EXIT core)" 1
else
	skip "a core is recorded" "cores go to $pattern here"
fi

# ---- executing ----

drive direct=1 -- /bin/echo 'a  b' '*'
is "a simple command is executed as it is" "$(show 7 out)" 'a  b *'

drive direct=1 command=/nonexistent/x -- /nonexistent/x
is "what is not there is the shell's to report: 127" \
    "$(value 8 EXIT code) $(value 8 EXIT why)" "127 none"
like "in its words" "$(show 8 err)" "*/nonexistent/x: not found*"

printf 'echo from a file without an interpreter\n' >"$dir/plain"
chmod +x "$dir/plain"
drive direct=1 command="$dir/plain" -- "$dir/plain"
is "a script without an interpreter goes to the shell" "$(show 9 out)" \
    "from a file without an interpreter"

drive argv=1 -- /nonexistent/x
is "words without a shell do not start then" \
    "$(value 10 EXIT why) $(value 10 EXIT stage) $(value 10 EXIT errno)" \
    "nostart 14 2"
like "which is told as NOSTART" "$news" "news NOSTART run=10 * pidfd=yes"

drive argv=1 env=PATH=/nonexistent:/bin -- echo found
is "words are looked up in the job's PATH" "$(show 11 out)" found

drive shell=/nonexistent/sh command=true
is "a missing shell is no start" \
    "$(value 12 EXIT why) $(value 12 EXIT stage)" "nostart 14"

drive cwd=/nonexistent command=true
is "a missing directory is no start" \
    "$(value 13 EXIT why) $(value 13 EXIT stage) $(value 13 EXIT errno)" \
    "nostart 12 2"
is "and its END says there was no output" "$(value 13 END o)" 0

# ---- who may start ----

run=13 drive command="touch $dir/twice"
like "a name that is taken is refused" "$news" "news REFUSED run=13 *"
is "and nothing is run" "$(ls "$dir/twice" 2>&1 | wc -l)" 1
check "a tombstone can be put" "$shimlook" bury "$spool" test-77.1
check "once" not "$shimlook" bury "$spool" test-77.1
run=77 drive command="touch $dir/buried"
like "nobody starts where a tombstone is" "$news" "news REFUSED run=77 *"
check "and nothing is run there" not test -e "$dir/buried"

for spoil in cut seal both; do
	large=$([ $spoil = cut ] || echo yes)
	run=20 drive large=${large:+1} spoil=$spoil command="touch $dir/spoiled"
	like "a spoilt spec ($spoil) is not believed" "$news" \
	    "news NOFILE run=20 * error=22 *"
done
run=20 drive spoil=missing command="touch $dir/spoiled"
like "nor an order without one" "$news" "news NOFILE run=20 * error=22 *"
run=20 drive uid=4294967295 command="touch $dir/spoiled"
like "nor a user that is none" "$news" "news NOFILE run=20 * error=22 *"
check "and nothing is run of it" not test -e "$dir/spoiled"
is "and no file is left" "$(find "$spool" -type f ! -name 'test-*')" ""

# ---- large ----

run=30 drive stdin="$(head -c 100000 /dev/zero | tr '\0' x)" command='wc -c'
is "a large spec is read too" "$(show 30 out)" 100000
long=$(printf 'env=V%s=1 ' {1..500})
# shellcheck disable=SC2086 # words
run=31 drive $long command='env | grep -c ^V'
is "and a large environment" "$(show 31 out)" 500
