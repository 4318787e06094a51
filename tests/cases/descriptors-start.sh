#!/bin/bash
# A job finds the same whatever the daemon was started from: twice the same
# job, of a daemon from a plain place and of one from an odd place.
# limit: 60
. "$(dirname "$0")/../lib.sh"

jobview=$build/test/tools/jobview
look="env | grep -v '^CRONS_\(INSTANCE\|SLOT\|RUN\)=' | sort
    pwd; umask; ulimit -a | grep -v core
    ls -l /proc/self/fd | sed 's/.* \([0-9]* ->\)/\1/; s/:\[.*//; /proc/d'
    grep -E '^(Sig(Blk|Ign|Cgt)|Cap|NoNewPrivs|Seccomp|Groups)' \
    /proc/self/status; cat /proc/self/oom_score_adj; exec '$jobview'"

found() # NAME
{
	start_daemon
	ctl add "$1" @yearly --cwd / -- "$look" >/dev/null
	ctl run "$1" --wait >/dev/null
	ctl logs "$1" 2>/dev/null | sed "s/$1/NAME/"
	ctl rm "$1" >/dev/null
	stop_daemon
}

found plain >"$dir/plain"
(
	exec 3</dev/null 7<>"$dir/leak" 9>"$dir/leak" 63</etc/passwd
	trap '' HUP INT QUIT PIPE ALRM TERM USR1 USR2 CHLD TSTP TTIN TTOU
	umask 0777
	cd "$dir" || exit
	ulimit -c 12
	export LD_PRELOAD=/nonexistent/evil.so LD_LIBRARY_PATH=/nonexistent \
	    BASH_ENV=/nonexistent/rc ENV=/nonexistent/rc IFS=x TZ=:/etc/shadow \
	    PATH="$dir:$PATH" HOME=/nonexistent USER=else \
	    LOGNAME=else SHELL=/bin/false PS4='$(touch /nonexistent)' \
	    GCONV_PATH="$dir" MALLOC_CHECK_=3 CRONS_RUN=7 CRONS_JOB=else
	found odd 2>/dev/null
) >"$dir/odd"
check "a job was looked at" grep -q '^descriptors' "$dir/plain"
is "there is nothing between standard error and what ls opens" \
    "$(sed -n 's/^\([0-9]\) ->.*/\1/p' "$dir/plain" | xargs)" "0 1 2"
is "no variable of the daemon's came along" \
    "$(grep -c 'nonexistent\|else\|MALLOC' "$dir/odd")" 0
# But for limits: those are the daemon's to give, as systemd sets them.
is "all is the same from an odd place" \
    "$(diff "$dir/plain" "$dir/odd" 2>&1)" ""

# Without -f: who reads the command's output is not kept waiting by the daemon.
rm -rf "$state"
answer=$dir/answer
(said=$("$cronsd" --state "$state" 2>"$dir/detached.log") &&
	echo "said: $said" >"$answer") &
check "a command that starts the daemon comes to its end" \
    wait_for '[ -s "$answer" ]' 30
daemon_pid=$(ctl status --json | sed -n 's/.*"pid":\([0-9]*\).*/\1/p')
is "and has said nothing" "$(cat "$answer")" "said: "
is "the daemon reads and writes nothing there" \
    "$(readlink "/proc/$daemon_pid/fd/0" "/proc/$daemon_pid/fd/1" | xargs)" \
    "/dev/null /dev/null"
check "its messages go on to standard error" \
    grep -q ready "$dir/detached.log"
kill "$daemon_pid"
check "it ends" wait_for '! kill -0 "$daemon_pid" 2>/dev/null' 20
daemon_pid=
