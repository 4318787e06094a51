#!/bin/bash
# A daemon that is stopped takes connections and says nothing: cronsctl does not
# wait for ever. Waiting is all that this case does, a minute long.
# limit: 240
. "$(dirname "$0")/../lib.sh"

start_daemon
ctl add job @yearly -- true >/dev/null
ctl run job --wait >/dev/null
kill -STOP "$daemon_pid"
said=$(ctl list 2>&1)
is "a daemon that does not greet is exit status 5" $? 5
like "and that is said, with where to look" "$said" \
    "*$CRONS_SOCKET*did not greet*is it stopped*"
kill -CONT "$daemon_pid"
check "it answers when it goes on" ctl list
stop_daemon
is "and ends well" $? 0
