#!/bin/bash
# cronsctl test: a job, or any command, in the foreground, in the surroundings
# that a job gets; and nothing follows from it.
. "$(dirname "$0")/../lib.sh"
need sqlite3

ask() # SQL
{
	sqlite3 "file:$state/main.db?mode=ro" "$1"
}

# What a process is surrounded by, but for what differs from run to run.
cat >"$dir/surroundings" <<'END'
#!/bin/sh
env | grep -v -e ^CRONS_RUN= -e ^CRONS_SLOT= | sort
pwd; umask; ulimit -a; id; nice; cat; cut -d' ' -f19 /proc/$$/stat
grep -e "^Sig[BIC]" -e ^Cap -e ^NoNew /proc/self/status
ls /proc/$$/fd
tty
END
chmod 755 "$dir" "$dir/surroundings"

printf '[daemon]\nadmin-group = %s\n' "$(id -gn daemon)" >"$dir/conf"
start_daemon --config "$dir/conf"
mkdir -m 777 "$dir/cwd"
ctl add odd '@yearly' --cwd="$dir/cwd" --umask=027 --nice=3 --stdin='some text
' --limits=nofile=33,core=0 --env=A=one --shell=/bin/bash --dialect=debian \
    --overlap=queue --notify=start:mail,fail:mail -- \
    "$dir/surroundings; echo \"\$0 \$A\"; exit 7" >/dev/null

# ---- as the job gets it ----

ctl run odd --wait >/dev/null
ctl wait odd >/dev/null
ctl set odd retry=2 >/dev/null
first=$(ask 'SELECT min(id) FROM run WHERE job > 0')
ctl logs "$first" --out >"$dir/run.out" 2>"$dir/run.err"
(cd / && umask 077 && export STRAY=1 && ulimit -n 20 &&
	ctl test odd) >"$dir/test.out" 2>"$dir/test.err" </dev/null
is "the status is the job's own" $? 7
check "the job printed its surroundings" grep -q "some text" \
    "$dir/test.out"
is "they are those of its runs" "$(diff "$dir/run.out" "$dir/test.out")" ""
like "a failure is said on stderr" "$(cat "$dir/test.err")" \
    "run *: exit 7: *"
is "a command says nothing but what it prints" \
    "$(ctl test -- 'echo out' 2>&1)" out
is "several words are executed without a shell" \
    "$(ctl test -- /bin/echo 'a  b' '$HOME')" "a  b \$HOME"
is "a command has the job's surroundings if one is named" \
    "$(ctl test odd -- 'echo "$A $(umask) $CRONS_JOB"; pwd')" \
    "one 0027 odd
$dir/cwd"
is "fields may be given, env beside the job's" \
    "$(ctl test odd --env=B=two umask=022 -- 'echo "$A $B $(umask)"')" \
    "one two 0022"
ctl test -- 'kill -KILL $$' 2>/dev/null
is "a signal is a status" $? 137
ctl test cwd="$dir/none" -- true 2>"$dir/err"
is "what cannot be started is a no" $? 1
like "and why is said" "$(cat "$dir/err")" "*nostart*No such file*"
is "streams stay apart" \
    "$(ctl test -- 'echo o; echo e >&2' 2>/dev/null)" o
is "output beyond what a job keeps is shown" \
    "$(ctl test output-head=4k output-tail=4k -- \
	'seq 300000' | cksum)" "$(seq 300000 | cksum)"

# ---- nothing follows ----

wait_for '[ "$(ask "SELECT count(*) FROM run WHERE result = 0")" = 0 ]' 20
n=$(ask 'SELECT count(*) FROM run WHERE job > 0')
is "no run of a job was added" "$(ctl runs --json | wc -l)" "$n"
is "nor any health, mail or alarm" "$(ask "SELECT run FROM health") \
$(ask "SELECT count(*) FROM outbox JOIN run ON run.id = outbox.of
    WHERE run.job = 0")" "$(ask 'SELECT max(id) FROM run WHERE job > 0') 0"
is "it is in no statistic" \
    "$(ctl stats --json | sed -n 's/.*"runs":\([0-9]*\).*/\1/p')" "$n"
like "nor does it count as failed" "$(ctl status)" \
    "*, $(ask 'SELECT count(*) FROM run WHERE job > 0') failed in 24h*"

# ---- who may ----

ctl test 2>/dev/null
is "a job or a command is needed" $? 2
ctl test none 2>/dev/null
is "a job that is not there is not found" $? 3
ctl add heard '@yearly' --ping=yes >/dev/null
check "what runs outside cannot be tested" eval \
    'ctl test heard 2>&1 | grep -q "nothing to run"'
if [ "$(id -u)" = 0 ]; then
	chmod 711 "$dir" "$state"
	chmod 666 "$CRONS_SOCKET"
	is "a user needs no root" "$(as nobody ctl test cwd=/ -- 'id -un' 2>&1)" nobody
	as nobody ctl test root/odd 2>/dev/null
	like "nor sees another's job" $? "[34]"
	as nobody ctl test --user=root -- id >"$dir/out" 2>&1
	is "nor runs a command as root" $? 4
	as nobody ctl test --nice=-5 -- true 2>/dev/null
	is "nor sets what only root may" $? 4
	is "root tests as a user" "$(ctl test -u nobody cwd=/ -- 'id -un' 2>&1)" nobody
	as nobody ctl add own '@yearly' --cwd=/ -- 'id -un' >/dev/null
	is "and a user's job as that user" "$(ctl test -u nobody own 2>&1)" \
	    nobody
	as daemon ctl test -u nobody own >"$dir/out" 2>&1
	is "an admin does not: what it writes is the user's" \
	    "$? $(grep -c nobody$ "$dir/out")" "4 0"
fi

# ---- the foreground ----

# A test that runs on until it is ended; its cronsctl is $client.
begin()
{
	rm -f "$dir/pid"
	# A list in the background would have its interrupt ignored.
	env --default-signal=INT "$cronsctl" test -- "echo \$\$ \
>$dir/pid; while :; do sleep 0.1; done" >/dev/null 2>&1 &
	client=$!
	wait_for '[ -s "$dir/pid" ]' 20
	pid=$(cat "$dir/pid")
}

status_of_client()
{
	wait_for '! kill -0 "$client" 2>/dev/null' 20
	wait "$client"
}

for signal in INT TERM HUP; do
	begin
	check "ps shows a test" eval 'ctl ps | grep -q "(test)"'
	kill -$signal "$client"
	status_of_client
	is "$signal ends cronsctl" $? 130
	check "and with it the test" wait_for '! kill -0 "$pid" 2>/dev/null' 20
done
mkfifo "$dir/pipe"
cat "$dir/pipe" >/dev/null &
reader=$!
ctl test -- "echo \$\$ >$dir/pid2; while echo y; do sleep 0.05; done" \
    >"$dir/pipe" 2>/dev/null &
client=$!
wait_for '[ -s "$dir/pid2" ]' 20
kill "$reader"
status_of_client
check "nobody reads it any more: it ends" wait_for \
    '! kill -0 "$(cat "$dir/pid2")" 2>/dev/null' 20

# ---- crashes ----

mkfifo "$dir/go"
ctl test -- "echo one; cat $dir/go; echo two; exit 5" >"$dir/out" \
    2>/dev/null &
client=$!
wait_for 'grep -q one "$dir/out"' 20
kill9_daemon
start_daemon
echo "from the pipe" >"$dir/go"
status_of_client
is "a test outlives the daemon" "$? $(tr '\n' , <"$dir/out")" \
    "5 one,from the pipe,two,"
stop_daemon
cronsd=$build/test/cronsd
CRONS_FAIL=launch_before_send start_daemon
ctl test -- "touch $dir/never" 2>/dev/null &
client=$!
wait_for '! daemon_lives' 20
start_daemon
status_of_client
check "one that was not started when the daemon died is a no" [ $? != 0 ]
wait_for '[ "$(ask "SELECT count(*) FROM run WHERE result = 0")" = 0 ]' 20
is "it is skipped, and says why" "$(ask "SELECT result, why FROM run
    ORDER BY id DESC LIMIT 1")" "7|cronsd was restarted before it started"
check "and was not executed" [ ! -e "$dir/never" ]
stop_daemon
is "the daemon ends well" $? 0
