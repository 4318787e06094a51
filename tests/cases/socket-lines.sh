#!/bin/bash
# Clients that send what is no request, or in odd pieces: each is told what is
# wrong, under its tag, and none disturbs the daemon.
# limit: 60
. "$(dirname "$0")/../lib.sh"
need python3

start_daemon
python3 "$root/tests/tools/odd_lines.py" "$daemon_pid" ||
	fail "the client of this case comes to its end"
check "the daemon is as well as before" ctl status
stop_daemon
is "and ends well" $? 0
