#!/bin/bash
# cronsctl top: what runs and what is next, on a terminal that is given back
# whatever ends it; without one, pages of text.
. "$(dirname "$0")/../lib.sh"
need python3

start_daemon
for job in first second third; do
	ctl add "$job" '@yearly' -- 'sleep 300' >/dev/null
	ctl run "$job" >/dev/null
done
wait_for '[ "$(ctl ps -q | grep -c running)" = 3 ]' 20

# ---- without a terminal ----

page=$(ctl top)
is "a page is printed once" $? 0
like "it says how the daemon is" "$page" "*: ok, 3 jobs, 3 running, *"
is "and what runs" "$(grep -c ' running ' <<<"$page")" 3
like "and what starts next" "$page" "*WHEN*IN*JOB*third*"
is "as many pages as asked for" \
    "$(ctl top -n 2 -d 0.1 | grep -c ' 3 running')" 2
is "or its rows" "$(ctl top --json | grep -c '"state":"running"')" 3
ctl top -n 0 2>/dev/null
is "no page at all is a mistake" $? 2
ctl top --delay=soon 2>/dev/null
is "and so is a delay that is none" $? 2
CRONS_SOCKET=$dir/none ctl top 2>/dev/null
is "without a daemon there is no page" $? 5

# ---- on a terminal ----

export TERM=xterm

# One top on a terminal of its own.
open() # OPTIONS...
{
	mkfifo "$dir/say" "$dir/hear"
	"$root/tests/tools/terminal.py" 70 12 "$cronsctl" top "$@" \
	    <"$dir/say" >"$dir/hear" &
	terminal=$!
	exec 8>"$dir/say" 9<"$dir/hear"
	rm "$dir/say" "$dir/hear"
}

tell() # WORDS...
{
	local answer=
	echo "$*" >&8
	read -r answer <&9
	echo "$answer"
}

close()
{
	exec 8>&- 9<&-
	wait "$terminal"
}

open
is "it shows what runs" "$(tell has first)" yes
is "and what is next" "$(tell has WHEN)" yes
tell key x >/dev/null
is "a key shows it anew" "$(tell has first)" yes
tell size 70 8 >/dev/null
is "what has no room is counted" "$(tell has ... 2 more)" yes
tell key q >/dev/null
is "q ends it, and the terminal is as before" "$(tell end)" "0 True True"
close

for signal in INT TERM HUP QUIT ABRT SEGV; do
	open
	tell has third >/dev/null
	tell signal $signal >/dev/null
	is "$signal ends it, and the terminal is as before" "$(tell end)" \
	    "-$(kill -l $signal) True True"
	close
done

open -d 1h
tell has third >/dev/null
tell signal TSTP >/dev/null
is "it can be stopped" "$(tell stopped)" yes
tell signal CONT >/dev/null
is "and goes on" "$(tell has third)" yes
kill9_daemon
tell key x >/dev/null
is "a daemon that is away is waited for" "$(tell has trying again)" yes
start_daemon 8>&- 9<&-
tell key x >/dev/null
is "and found again" "$(tell has ok, 3 jobs)" yes
tell key q >/dev/null
is "then it ends as ever" "$(tell end)" "0 True True"
close

open -n 2 -d 0.1
is "two pages, and the terminal is as before" "$(tell end)" "0 True True"
close
TERM=dumb
open
is "a terminal that understands nothing gets text" \
    "$(tell end | cut -d' ' -f1,2)" "0 True"
close
stop_daemon
is "the daemon ends well" $? 0
