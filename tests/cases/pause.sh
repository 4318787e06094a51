#!/bin/bash
# Jobs that are paused, skipped, tried again and called by a tag: what a user
# is told, and that the ledger has each slot once, through a kill.
# limit: 120
. "$(dirname "$0")/../lib.sh"

# The rows of a job as "result slots", newest first.
rows_of() # JOB
{
	ctl runs "$1" -n 100 --json | sed -n \
	    's/.*"slot":"\([^"]*\)".*"result":"\([a-z]*\)".*"why":\("[^"]*"\|null\).*/\2 \3/p'
}

ran() # JOB: how many of its slots ran
{
	rows_of "$1" | grep -c '^ok'
}

paused() # JOB or @TAG: how many of them are
{
	ctl list "$1" --json | grep -c '"paused":"'
}

start_daemon
ctl add tick '@every 1s' --tags=a,b -- 'echo ran' >/dev/null
ctl add other '@every 1s' --tags=b -- 'echo ran' >/dev/null
ctl add far '@yearly' --tags=c -- 'echo "$A-$B"; exit 3' >/dev/null

check "a job can be paused" ctl pause tick --why 'moving house'
is "list says so" "$(ctl list tick | grep -c 'paused')" 2
like "and why" "$(ctl list tick --json)" \
    '*"paused":"paused by '"$(id -un)"' since *: moving house"*'
like "why says so too, of one that has never run" \
    "$(ctl add never '@yearly' -- true >/dev/null
	ctl pause never --why 'not yet' >/dev/null; ctl why never)" \
    "it never ran: its first slot is *; the job is paused by *: not yet"
ctl rm never >/dev/null
check "its slots are skipped" wait_for \
    'ctl runs tick | grep -q "moving house (3 slots)"' 60
kill9_daemon
start_daemon
is "a pause survives a kill of the daemon" \
    "$(paused tick)" 1
check "its slots are still skipped then" wait_for \
    'ctl runs tick | grep -qE "moving house .([5-9]|[1-9][0-9]+) slots"' 60
is "slots of a pause are one row" \
    "$(ctl runs tick | grep -c "moving house")" 1
check "why says who paused it, and why" wait_for \
    'ctl why tick | grep -q "skipped: .*paused by .*: moving house"' 20
is "a run that is asked for starts all the same" \
    "$(ctl run tick --wait | cut -d: -f2)" " ok"
before=$(ran tick)
is "and nothing else" "$before" 1
check "the other job runs" wait_for '[ "$(ran other)" -gt 0 ]' 20

check "a pause ends" ctl resume tick
check "then slots run" wait_for '[ "$(ran tick)" -gt 2 ]' 60
is "to resume what is not paused is exit status 1" \
    "$(ctl resume tick >/dev/null 2>&1; echo $?)" 1
is "a pause that is over at once is refused" \
    "$(ctl pause tick --for 0s >/dev/null 2>&1; echo $?)" 2
ctl pause tick --for 2s >/dev/null
check "a pause for a while ends by itself" wait_for \
    '! ctl list tick | grep -q paused' 60
before=$(ran tick)
check "and slots run again" wait_for '[ "$(ran tick)" -gt "$before" ]' 60

check "all jobs with a tag can be paused" ctl pause @b
check "each says so" wait_for '[ "$(paused @b)" = 2 ]' 20
ctl add late '@every 1s' --tags=b -- 'echo ran' >/dev/null
check "one that gets the tag is paused too" wait_for \
    'ctl runs late | grep -q "skipped *paused by"' 60
is "such a pause is not ended for one job" \
    "$(ctl resume tick 2>&1 | grep -c 'resume @b')" 1
ctl resume @b >/dev/null
check "it ends with the tag" wait_for '[ "$(ran late)" -gt 0 ]' 60
ctl pause @all --until tomorrow >/dev/null
is "all jobs can be paused" "$(paused @all)" 4
ctl resume @all >/dev/null

ctl disable @b >/dev/null
is "a verb on a tag does it to each job" \
    "$(ctl list @b --json | grep -c '"enabled":false')" 3
is "and says how many" "$(ctl enable @b)" "3 of 3 jobs enabled"
ctl disable @b -q
is "run starts them all, and waits" \
    "$(ctl run @b --wait | grep -c ': ok$')" 3
is "a tag that nobody has is exit status 3" \
    "$(ctl run @none >/dev/null 2>&1; echo $?)" 3

is "the next slot can be left out" \
    "$(ctl skip far --why 'not this year' | grep -c 'is skipped, next')" 1
like "its row is there at once" "$(rows_of far)" 'skipped "by *: not this year"'
next=$(ctl list far --json | grep -o '"next":"[^"]*"')
ctl set far comment=x >/dev/null
is "it is not next when the job is changed" \
    "$(ctl list far --json | grep -o '"next":"[^"]*"')" "$next"
is "and stays when the job is changed" "$(rows_of far | grep -c skipped)" 1

is "a run gets an environment of its own" \
    "$(ctl run far --env A=1 --env B=two --follow 2>/dev/null)" "1-two"
run=$(ctl runs far --json | grep '"result":"fail"' |
	sed 's/.*"run":\([0-9]*\).*/\1/')
is "a further try of it has the same" \
    "$(ctl retry "$run" --follow 2>/dev/null)" "1-two"
is "a retry hands the job's status on" \
    "$(ctl retry "$run" --wait --propagate >/dev/null; echo $?)" 3
is "each is a try of its own" "$(ctl runs far --json |
	sed -n 's/.*"try":\([0-9]*\).*/\1/p' | sort -rn | head -1)" 2
ctl add slow '@yearly' -- 'sleep 100' >/dev/null
ctl run slow >/dev/null
is "what is not over is not tried again" \
    "$(ctl retry slow >/dev/null 2>&1; echo $?)" 1
ctl kill slow >/dev/null
stop_daemon
is "the daemon ends well" $? 0

if [ "$(id -u)" != 0 ] || ! id nobody >/dev/null 2>&1; then
	skip "users pause their own jobs only" "needs root"
	exit
fi
# Root's daemon, nobody as a user, and daemon as a user with the role admin.
printf '[daemon]\nadmin-group = %s\n' "$(id -gn daemon)" >"$dir/conf"
chmod 711 "$dir" "$state"
start_daemon --config "$dir/conf"
as nobody ctl add theirs '@every 1s' --tags=t --overlap=allow --cwd=/ \
    -- 'echo "$A"' >/dev/null
status_of()
{
	"$@" >/dev/null 2>&1
	echo $?
}
is "another's job cannot be paused" "$(status_of as nobody ctl pause other)" 3
is "nor all of another's" "$(status_of as nobody ctl pause root/@all)" 4
is "one's own can" "$(status_of as nobody ctl pause @all)" 0
is "that is for one's own only" "$(ctl list --json | grep -c '"paused":"')" 1
is "and ends so" "$(status_of as nobody ctl resume @all)" 0
ctl pause nobody/@t --why 'by an operator' >/dev/null
is "root pauses a user's jobs" "$(paused theirs)" 1
is "the user does not end that" "$(status_of as nobody ctl resume @t)" 4
is "nor replaces it" "$(status_of as nobody ctl pause @t --for 1s)" 4
is "an admin ends it" "$(status_of as daemon ctl resume nobody/@t)" 0
is "an admin runs a user's job" "$(status_of as daemon ctl run nobody/theirs)" 0
is "but gives it no environment: that would be the user's rights" \
    "$(status_of as daemon ctl run nobody/theirs --env LD_PRELOAD=/x)" 4
is "a user does" \
    "$(as nobody ctl run theirs --env A=mine --follow 2>/dev/null)" mine
is "what others did is no event of one's own" \
    "$(as nobody ctl events --json -n 1000 | grep -c '"user":"root"')" 0
is "others' jobs are not undone" \
    "$(status_of as daemon ctl undo nobody/theirs)" 4
stop_daemon
is "the daemon ends well then too" $? 0
