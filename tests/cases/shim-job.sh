#!/bin/bash
# What a job is given and what it is not: descriptors, signals, limits, ids;
# and what it can do to its supervisor and to others' runs: nothing.
# limit: 60
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"
# Copies: other users may be kept from where we are built.
jobview=$dir/jobview
cp "$build/test/tools/jobview" "$build/crons-shim" "$dir"

view() # NAME
{
	show $last_run out | sed -n "s/^$1 *//p"
}

# Our own state, as /proc tells it: NoNewPrivs, CapEff.
own() # NAME
{
	sed -n "s/^$1:[[:space:]]*//p" /proc/self/status
}

may() # a capability's number
{
	(((0x$(own CapEff) >> $1) & 1))
}

# ---- everybody's ----

# The daemon itself is started from odd places: more descriptors, signals
# ignored and blocked, another mask.
exec 7</dev/null 8>"$dir/leak" 9<>"$dir/leak"
trap '' HUP PIPE USR1 USR2 CHLD
umask 077
ulimit -c 0
drive umask=027 limit=7:64:128 argv=1 -- "$jobview"
trap - HUP PIPE USR1 USR2 CHLD
exec 7<&- 8>&- 9<&-
umask 022
is "a job has exactly descriptors 0, 1 and 2" "$(view descriptors)" "0r 1w 2w"
# Under the sanitizers the viewing program catches SIGBUS, SIGFPE and SIGSEGV.
is "no signal is ignored or blocked" "$(view 'not default')" \
    "${CRONS_SAN:+7 8 11}"
is "its mask of files is its own" "$(view umask)" 27
is "its limits are set" "$(view nofile)" "64 128"
is "it leads a session of its own" "$(view 'own session')" yes
is "it dies with its shim" "$(view 'death signal')" 9
is "it may gain privileges if nobody objects" "$(view 'no new privileges')" \
    "$(own NoNewPrivs)"

drive stdin=text merge=1 no_new_privs=1 nice=5 argv=1 -- "$jobview"
is "with a text and merged output too" "$(view descriptors)" "0r 1w 2w"
is "no new privileges, if asked for" "$(view 'no new privileges')" 1
is "priority is added" "$(view nice)" $(($(nice) + 5))

drive command='cat /proc/self/oom_score_adj; cat /proc/$PPID/comm' oom=321
is "how gladly it is killed for memory is set" \
    "$(show $last_run out | head -n 1)" 321
is "its parent is called what it is" \
    "$(show $last_run out | tail -n 1)" crons-shim

start command='sleep 1000' cwd=/usr
job=$(header $last_run job) shim=$(header $last_run shim)
is "the directory is entered" "$(readlink "/proc/$job/cwd")" /usr
is "the title says which run" "$(tr -d '\0' <"/proc/$shim/cmdline")" \
    "crons-shim: run $last_run"
if may 19; then
	is "a shim holds nothing of the daemon's directory" \
	    "$(readlink "/proc/$shim/cwd")" /
else # it is not dumpable, so only root sees that
	skip "a shim holds nothing of the daemon's directory" \
	    "needs root and CAP_SYS_PTRACE"
fi
check "and is in no session of the daemon's" \
    [ "$(ps -o sid= -p "$shim")" != "$(ps -o sid= -p $$)" ]
kill_run $last_run 9 0
wait_for "is_dead $last_run" 10

drive cwd=/nonexistent cwd_may_fail=1 command=pwd
is "where a missing directory is no matter, it stays in /" \
    "$(show $last_run out)" /

drive env=A=1 env=B=two command=env
is "its environment is what it was given" \
    "$(show $last_run out | grep -v '^_=' | sort | tr '\n' ' ')" \
    "A=1 B=two PWD=/ "

drive argv=1 limit=0:1000000000:1000000000 limit=99:1 -- "$jobview"
like "a limit that there is not is not believed" "$news" "news NOFILE *"

# ---- root's ----

if [ "$(id -u)" != 0 ]; then
	skip "ids are changed for good" "needs root"
	exit
fi
chmod 711 "$dir"
id=$((20000 + $$ % 20000)) # limits count what others run under it
mkdir -m 700 "$dir/closed"
chown $id "$dir/closed"
alice="drop=1 uid=$id gid=61235 group=61236 group=61237"

nice=nice=-3
may 23 || nice=
# shellcheck disable=SC2086 # words
drive $alice limit=7:64:64 limit=6:30:30 $nice oom=-500 argv=1 -- "$jobview"
is "all three user ids change" "$(view uid)" "$id $id $id"
is "all three group ids" "$(view gid)" "61235 61235 61235"
is "and the groups are only those given" "$(view groups)" "61236 61237"
is "what only root may set was set before" "$(view nofile) $(view nproc)" \
    "64 64 30"
if [ -n "$nice" ]; then
	is "priority too" "$(view nice)" $(($(nice) - 3))
else
	skip "priority too" "needs CAP_SYS_NICE"
fi

drive drop=1 uid=$id gid=61235 argv=1 -- "$jobview"
is "no groups are none, not root's" "$(view groups)" ""

# shellcheck disable=SC2086
drive $alice cwd="$dir/closed" command=pwd
is "a directory is entered as the user" "$(show $last_run out)" "$dir/closed"
drive drop=1 uid=61234 gid=61235 cwd="$dir/closed" command=pwd
is "who must not enter it does not start there" \
    "$(value $last_run EXIT why) $(value $last_run EXIT stage) $(value \
	$last_run EXIT errno)" "nostart 12 13"

# A user at the limit of processes: no start, never a start as root.
# shellcheck disable=SC2086
start $alice command='sleep 1000 & sleep 1000 & sleep 1000'
keeper=$last_run
wait_for '[ "$(ps -o pid= -u $id | wc -l)" -ge 4 ]' 10
# shellcheck disable=SC2086
drive $alice limit=6:2:2 command=id
is "a user over the limit of processes does not start" \
    "$(value $last_run EXIT why) $(value $last_run EXIT errno)" "nostart 11"
kill_run $keeper 9 0

# What a job can do to its shim, which is its parent, and to the spool.
# shellcheck disable=SC2086
drive $alice command='
	kill -0 $PPID && echo signal
	kill -CONT $PPID && echo continue
	head -c 1 /proc/$PPID/mem && echo memory
	head -c 1 /proc/$PPID/environ && echo environment
	ls /proc/$PPID/fd/ && echo descriptors
	ls -l /proc/$PPID/cwd/ && echo directory
	ls '"$spool"' && echo list
	cat '"$spool/test-1.1"' && echo read
	rm -f '"$spool/test-1.1"' && echo remove
	echo done'
is "a job of another user reaches neither its shim nor the spool" \
    "$(show $last_run out)" "done"
check "whose files are for their owner only" \
    [ "$(stat -c %a "$(file $last_run)")" = 600 ]
strace=$(command -v strace)
if [ -n "$strace" ]; then
	# shellcheck disable=SC2086
	drive $alice command='strace -p $PPID & sleep 0.2; kill $!'
	like "nor can it trace it" "$(show $last_run err)" "*not permitted*"
else
	skip "nor can it trace it" "needs strace"
fi

# Own mode: the shim has the user's own id, and is still not to be traced.
mkdir -m 700 "$dir/own"
chown $id "$dir/own"
setpriv --reuid $id --regid 61235 --clear-groups "$shimdrive" "$dir/own" \
    shim="$dir/crons-shim" run=1 command='
	head -c 1 /proc/$PPID/mem && echo memory
	head -c 1 /proc/$PPID/environ && echo environment
	ls /proc/$PPID/fd/ && echo descriptors
	cat /proc/self/oom_score_adj
	echo done' oom=600 stdin=x >/dev/null
is "in own mode neither" \
    "$("$shimlook" show "$dir/own/test-1.1" out | tr '\n' ' ')" "600 done "

if (echo -1000 >/proc/self/oom_score_adj) 2>/dev/null; then
	start command='sleep 1000'
	is "shims are the last that the kernel kills for memory" \
	    "$(cat "/proc/$(header $last_run shim)/oom_score_adj")" -1000
	kill_run $last_run 9 0
	wait_for "is_dead $last_run" 10
else
	skip "shims are the last that the kernel kills for memory" \
	    "needs CAP_SYS_RESOURCE"
fi
