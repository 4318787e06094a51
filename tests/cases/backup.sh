#!/bin/bash
# backup: a file that a daemon can go on from, and nothing else.
# limit: 60
. "$(dirname "$0")/../lib.sh"

start_daemon
ctl add job '@yearly' --comment=kept -- 'echo hello' >/dev/null
ctl run job --wait >/dev/null
ctl pause job --why 'as it was' >/dev/null
check "a backup is made while the daemon runs" \
    ctl backup "$dir/copy.db"
is "only its user can read it" "$(stat -c %a "$dir/copy.db")" 600
is "nothing else is left" "$(find "$dir" -name 'copy*' | wc -l)" 1
size=$(stat -c %s "$dir/copy.db")
is "what is said is its size" "$(ctl backup "$dir/copy.db" --json)" \
    "{\"schema\":1,\"verb\":\"backup\",\"bytes\":$size}"
is "a file that cannot be written is told" \
    "$(ctl backup "$dir/no/copy" >/dev/null 2>&1; echo $?)" 1
if [ "$(id -u)" = 0 ] && id nobody >/dev/null 2>&1; then
	chmod 711 "$dir" "$state"
	mkdir "$dir/theirs"
	chown nobody "$dir/theirs"
	is "it is for root only" "$(as nobody ctl backup "$dir/theirs/copy" \
	    >/dev/null 2>&1; echo $?)" 4
	is "then there is no file" "$(ls -A "$dir/theirs")" ""
else
	skip "it is for root only" "needs root"
fi
stop_daemon

state=$dir/other
export CRONS_SOCKET=$state/cronsd.sock
mkdir -m 700 "$state"
cp "$dir/copy.db" "$state/main.db"
start_daemon
like "a daemon goes on from it" "$(ctl list job --json)" '*"paused":"*as it was"*'
is "with its history" "$(ctl runs job --json | grep -c '"result":"ok"')" 1
check "and runs jobs" ctl run job --wait
stop_daemon
is "the daemon ends well" $? 0
