#!/bin/bash
# Crontabs made to harm (attacks 1-4, 9): zones that are no zones, numbers that
# overflow, bytes that act on a terminal or forge a line of a log, files that
# are none, that grow or that others may swap. Each is refused with a reason in
# bounded time, and an honest job goes on firing meanwhile.
# limit: 300
. "$(dirname "$0")/../lib.sh"
. "$root/tests/crontabs.sh"
need_root
need python3 setpriv

make_places
witness=$dir/fires
printf '#crons: schedule=@every 1s\n* * * * * root echo x >>%s\n' "$witness" \
    >"$tab"
printf '* * * * * root true\n' >"$crond/honest"
start_reading
ctl add honest '@every 200ms' --cwd / -- "echo x >>$witness" >/dev/null
wait_for '[ -s "$witness" ]' 20 || fail "an honest job fires"

# It fires again, later than now, and the daemon answers.
goes_on() # NAME
{
	local before
	before=$(wc -l <"$witness")
	check "$1: the daemon answers" timeout 20 "$cronsctl" status -q
	check "$1: an honest job goes on" \
	    wait_for "[ \$(wc -l <'$witness') -gt $((before + 1)) ]" 20
}

bad() # FILE PATTERN NAME; the file is a rejected or skipped source, and why
{
	wait_for "[[ \"\$(state_of '$1')\" =~ ^(rejected|skipped|partial) ]]" 30
	like "$3" "$(state_of "$1") $(ctl sources "$1" 2>&1 | tr '\n' ' ')" "$2"
}

# ---- 1. zones ----

mkfifo "$dir/fifo"
ln -s loop "$dir/loop"
head -c 1048576 /dev/zero >"$dir/large"
n=0
for zone in "$dir/fifo" ":/dev/tty" "../../../etc/shadow" "$dir/large" /etc \
    "$dir/loop" '""' /dev/zero "$(head -c 3000 /dev/zero | tr '\0' a)"; do
	n=$((n + 1))
	printf 'CRON_TZ=%s\n* * * * * root true\n' "$zone" >"$crond/zone$n"
	printf '* * * * * root true\n#crons: zone=%s\n5 * * * * root true\n' \
	    "$zone" >"$crond/key$n"
	wait_for "[ \"\$(state_of '$crond/zone$n')\" != none ] &&
	    [ \"\$(state_of '$crond/key$n')\" != none ]" 30
	like "zone $n is looked at" "$(state_of "$crond/zone$n")" "[a-z]* *"
	printf 'TZ=%s\n* * * * * root true\n' "$zone" >"$crond/tz$n"
done
wait_for "[ \"\$(state_of '$crond/tz$n')\" = 'ok 1' ]" 30
is "a job's own TZ is its own business" "$(state_of "$crond/tz1")" "ok 1"
goes_on "after odd zones"
rm "$crond"/zone* "$crond"/key* "$crond"/tz*

# ---- 2. fields ----

digits=$(head -c 900 /dev/zero | tr '\0' 9)
n=0
for field in "$digits" '*/2147483648' '*/4294967295' '*/4294967297' '*/-1' \
    '-1' '100000000000000000000' '4294967301' '22-4' '0-' ',' '5#3' \
    $'\x01' $'\xff'; do
	n=$((n + 1))
	printf '%s * * * * root true\n' "$field" >"$crond/field$n"
done
for n in {1..14}; do
	case $n in
	2 | 3 | 4) continue ;; # steps above the range: golden/schedules.txt
	esac
	bad "$crond/field$n" "rejected 0*bad minute*" "field $n is refused"
done
python3 -c 'print(",".join(["5"] * 300000), "* * * * root true")' \
    >"$crond/list"
bad "$crond/list" "rejected 0*" "a list of a million bytes is refused"
goes_on "after odd fields"
rm "$crond"/field* "$crond/list"

# ---- 3. bytes ----

printf '* * * * * root echo a\0* * * * * root echo evil\n' >"$crond/nul"
bad "$crond/nul" "rejected 0*NUL*" "a NUL byte is refused"
printf '\xef\xbb\xbf* * * * * root true\n' >"$crond/bom"
bad "$crond/bom" "rejected 0*" "a byte order mark is refused"
printf '#crons: name=%s\n7 7 7 7 * root echo %s\n' esc \
    $'\e]0;owned\a\e[2J\xe2\x80\xaeevil\xff' >"$crond/escape"
wait_for "[ \"\$(state_of '$crond/escape')\" = 'ok 1' ]" 20
for look in "list --all-users" "show esc" "export --all-users --crontab" \
    "sources" "next -a"; do
	# shellcheck disable=SC2086 # words
	is "'$look' shows nothing that acts on a terminal" \
	    "$(script -qec "$cronsctl $look" /dev/null </dev/null 2>/dev/null |
		tr -d '\r' | grep -c $'\e]0\|\e\\[2J\|\xe2\x80\xae')" 0
done
evil=$'x\n(root) CMD (forged)\ny'
printf '* * * * * root true\n' >"$crond/$evil" 2>/dev/null
printf '* * * * * root true\n' >"$tabs/$evil" 2>/dev/null
printf '61 * * * * root true (root) CMD\n' >"$crond/after"
bad "$crond/after" "rejected*" "a later file is read"
is "a name with a line feed forges no line of the log" \
    "$(grep -c '^(root) CMD' "$dir/daemon.log")" 0
is "nor one of the listing" "$(ctl sources | grep -c '^(root) CMD')" 0
rm -f "$crond/$evil" "$tabs/$evil" "$crond"/{nul,bom,escape,after}

# ---- 4. files ----

python3 -c 'print("5 5 5 5 * root true\n" * 10010, end="")' >"$crond/lines"
bad "$crond/lines" "rejected 0*at most 10003*" "more lines than the dialect has"
python3 -c 'print("# a comment\n" * 1000000, end="")' >"$crond/comments"
wait_for "[ \"\$(state_of '$crond/comments')\" != none ]" 60
like "a million comments are read or refused" \
    "$(state_of "$crond/comments")" "[ro][ek]* 0"
truncate -s 1G "$crond/sparse"
bad "$crond/sparse" "[rs]*0*" "a sparse file of 1 GB is refused"
mkfifo "$crond/fifo"
bad "$crond/fifo" "skipped 0*NOT A REGULAR FILE*" "a FIFO is not opened"
mkdir "$crond/directory"
bad "$crond/directory" "skipped 0*NOT A REGULAR FILE*" "nor a directory"
mknod "$crond/device" c 1 5 2>/dev/null &&
	bad "$crond/device" "skipped 0*NOT A REGULAR FILE*" "nor a device"
ln -s /proc/self/mem "$crond/mem"
bad "$crond/mem" "[rs]*0*" "nor what is behind a link to /proc/self/mem"
ln -s loop "$crond/loop"
bad "$crond/loop" "skipped 0*" "nor a link to itself"
printf '5 5 5 5 * root true\n' >"$dir/etc/twice"
ln "$dir/etc/twice" "$crond/hard"
bad "$crond/hard" "skipped 0*HARD LINKS*" "nor a file with two names"
ln -s /etc/shadow "$tabs/nobody"
bad "$tabs/nobody" "skipped 0*" "a user's crontab is no link"
is "and nothing of its target is told" \
    "$(ctl sources "$tabs/nobody" 2>&1 | grep -c 'root:')" 0
goes_on "after odd files"
rm -r "${crond:?}"/{lines,comments,sparse,fifo,directory,mem,loop,hard}
rm -f "$crond/device" "$tabs/nobody"

# A writer that never ends.
(
	trap 'exit 0' TERM
	while :; do
		echo '# more' >>"$crond/growing"
	done
) &
writer=$!
wait_for "[ -s '$crond/growing' ]" 10
goes_on "while a file grows without end"
kill "$writer"
wait "$writer" 2>/dev/null
echo '6 6 6 6 * root echo last' >>"$crond/growing"
check "when it is still its text counts" \
    wait_for "[ \"\$(state_of '$crond/growing')\" != none ]" 60
rm "$crond/growing"

# Swapped for a link to a file of another again and again.
printf '9 9 9 9 * root echo stolen\n' >"$dir/secret"
chown nobody "$dir/secret"
(
	trap 'exit 0' TERM
	while :; do
		printf '8 8 8 8 * root echo mine\n' >"$dir/etc/new"
		mv "$dir/etc/new" "$crond/swap"
		ln -sf "$dir/secret" "$dir/etc/new"
		mv "$dir/etc/new" "$crond/swap"
	done
) &
writer=$!
goes_on "while a file is swapped for a link"
kill "$writer"
wait "$writer" 2>/dev/null
is "nothing behind the link became a job" "$(id_of stolen)" ""
rm -f "$crond/swap" "$dir/etc/new"

mkdir "$dir/etc/many"
(cd "$crond" && printf 'many%s\n' {1..1000} | xargs touch)
goes_on "while 1000 files come"
check "all are looked at" wait_for \
    '[ "$(ctl sources --json | wc -l)" -gt 1000 ]' 100
find "$crond" -name 'many*' -delete

# ---- 9. variables ----

cat >"$dir/evil.c" <<'END'
#include <stdlib.h>
#include <unistd.h>
__attribute__((constructor)) static void
f(void)
{
	if (getuid() == 0)
		system("touch /nonexistent/x; id >>$EVIL");
}
END
mkdir -m 777 "$dir/open"
if command -v cc >/dev/null && cc -shared -fPIC -o "$dir/open/evil.so" \
    "$dir/evil.c" 2>/dev/null; then
	put_tab nobody <<END
LD_PRELOAD=$dir/open/evil.so
LD_LIBRARY_PATH=$dir/open
BASH_ENV=$dir/open/rc
ENV=$dir/open/rc
IFS=x
EVIL=$dir/open/found
PATH=.:/usr/bin:/bin
LOGNAME=root
USER=root
HOME=/
#crons: name=preload
3 3 3 3 * id -un; echo \$LOGNAME; head -c 3 /etc/shadow 2>/dev/null
END
	reaches "a user may have any variables" "$tabs/nobody" "ok 1"
	ctl run nobody/preload --wait >/dev/null
	is "they are his job's only" \
	    "$(ctl logs nobody/preload 2>/dev/null | xargs)" "nobody nobody"
	is "nothing ran as root by them" "$(ls "$dir/open")" evil.so
else
	skip "variables of the dynamic loader" "needs cc"
fi
for shell in /etc/shadow relative /nonexistent/sh /tmp; do
	printf 'SHELL=%s\nHOME=/\n#crons: name=shell\n3 3 3 3 * echo ran;\n' \
	    "$shell" | put_tab nobody
	wait_for '[[ "$(ctl show nobody/shell --json 2>&1)" == *"SHELL=${shell//\"}"* ]] ||
	    [[ "$(state_of "$tabs/nobody")" == rejected* ]]' 20
	like "SHELL=$shell runs nothing" \
	    "$(ctl run nobody/shell --wait 2>&1)$(state_of "$tabs/nobody")" \
	    "*@(nostart|rejected|no*job)*"
done
goes_on "in the end"
stop_daemon
is "the daemon ends well" $? 0
