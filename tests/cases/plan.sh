#!/bin/bash
# plan: all starts in a span of time, in order, with what clock changes do to
# them and the load of each minute; and a long count stops nobody else.
. "$(dirname "$0")/../lib.sh"
start_daemon

berlin=--zone=Europe/Berlin
ctl add fixed '30 2 * * *' $berlin -q -- true
ctl add twice '0,20 2 * * *' $berlin -q -- true
ctl add joined '30 2,3 * * *' $berlin -q -- true
ctl add wild '*/30 * * * *' $berlin -q -- true
ctl add off '0 * * * *' -q -- true
ctl disable off -q
night='--from 2027-03-28T00:30:00Z --to 2027-03-28T01:31:00Z'

rows() # KIND, of the night of the clock change
{
	# shellcheck disable=SC2086 # words
	ctl plan $night --json --utc | grep "\"kind\":\"$1\"" |
		sed -E 's/.*"slot":"[^T]*T([0-9:]*):00Z".*"job":"([^"]*)".*"moved":(null|"([^"]*)"),"starts":(.*)}/\1 \2 \5 \4/;
			s/ null//; s/ *$//'
}

is "the starts are in the order of time, disabled jobs are not there" \
    "$(rows start)" "00:30 wild
01:00 fixed 02:30 does not exist on 2027-03-28: runs at 03:00 CEST
01:00 twice 02:00 and 02:20 do not exist on 2027-03-28: run once, at 03:00 CEST
01:00 joined 02:30 does not exist on 2027-03-28: runs at 03:00 CEST
01:00 wild
01:30 joined
01:30 wild"
is "the change of the clocks is told" "$(rows clock)" \
    "01:00  the clocks of Europe/Berlin go from 02:00 (CET) to 03:00 (CEST)"
is "minutes have their number of starts" "$(rows load | tr -s ' ')" "00:30 1
01:00 4
01:30 2"
# shellcheck disable=SC2086 # words
like "people get a table and a summary" "$(ctl plan $night --utc)" \
    "*Sun 2027-03-28 01:30:00 UTC*joined*
4 jobs start 7 times; most in the minute of 2027-03-28 01:00: 4"
# shellcheck disable=SC2086 # words
like "what is not shown is counted" "$(ctl plan $night -n 2 --utc)" \
    "*4 jobs start 7 times*
5 more starts are not shown (-n N shows the first N)"
# shellcheck disable=SC2086 # words
like "on a terminal the load is drawn" \
    "$(script -qec "$cronsctl plan --utc $night" /dev/null </dev/null)" \
    "*01:00 *4 ####*"
# shellcheck disable=SC2086 # words
is "jobs can be named, also twice" \
    "$(ctl plan wild wild fixed $night --json | grep -c '"kind":"start"')" 4
said=$(ctl plan --from 2027-01-01T00:00:00Z --to 2028-01-01T00:00:00Z 2>&1)
is "a span that is too long is refused" "$?" 2
like "and it is said how long it may be" "$said" "*at most 31 days*"
is "a span turned round is refused" \
    "$(ctl plan --to 2020-01-01T00:00:00Z >/dev/null 2>&1; echo $?)" 2
same() # do plan and next name the same instants of a job?
{
	local from=2027-10-30T00:00:00Z to=2027-11-02T00:00:00Z
	diff <(ctl plan "$1" -n 10000 --from $from --to $to --json |
		grep '"kind":"start"' |
		sed -E 's/.*"slot_us":([0-9]*)000000,.*/\1/') \
	    <(printf 'extended\t%s\tEurope/Berlin\t%s\t10000\n' "$2" \
		"$(($(date -d $from +%s) - 1))" | ctl next --batch |
		tr , '\n' | awk -v to="$(date -d $to +%s)" '$1 < to')
}
check "plan and next agree on a fixed job" same joined '30 2,3 * * *'
check "plan and next agree on a wildcard job" same wild '*/30 * * * *'
why() # JOB INSTANT
{
	ctl why "$@" --utc | sed 's/^[^:]*:[^:]*:[^:]*: //'
}
there="in Europe/Berlin it is 2027-03-28"
is "why tells the time in the job's zone, and what a clock change did" \
    "$(why twice 2027-03-28T01:00:00Z)" "$there 03:00:00 CEST then: 02:00 and\
 02:20 do not exist on 2027-03-28: run once, at 03:00 CEST; it is still to come"
is "what joined a regular time is told, too" \
    "$(why joined 2027-03-28T01:30:00Z; why fixed 2027-03-28T01:30:00Z)" \
    "$there 03:30:00 CEST then: 03:30 on 2027-03-28 is one: at 02:30 and 03:30\
 every day; it is still to come
$there 03:30:00 CEST then: hour 3 is not 2"
is "the second pass of an overlap is told" \
    "$(why fixed 2027-10-31T01:30:00Z)" "in Europe/Berlin it is 2027-10-31\
 02:30:00 CET then: 02:30 comes a second time on 2027-10-31: a fixed time runs\
 the first time only"
like "a wildcard job follows the wall clock" \
    "$(why wild 2027-10-31T01:30:00Z)" "*02:30:00 CET then: 02:30 on * is one*"
like "which field says no is told" "$(why wild 2027-10-31T01:40:00Z)" \
    "*minute 40 is not *0 or 30"
like "@after is planned from run to run" "$(
	ctl add after '@after 2h' -q -- true
	ctl plan after)" "*after*1 job starts 1 time"

hence() # HOURS
{
	date -u -d "+$1 hours" +%FT%TZ
}
ctl add paused '30 * * * *' -q -- true
ctl pause paused --for 3h
like "what is paused does not start" \
    "$(ctl plan paused --to "$(hence 2)" 2>&1)" "nothing starts*"
like "but behind the pause it does" \
    "$(ctl plan paused --to "$(hence 5)" 2>&1)" "*1 job starts 2 times*"
ctl pause paused
like "nor while the pause is open" \
    "$(ctl plan paused --to "$(hence 500)" 2>&1)" "nothing starts*"

# Four jobs of every second of January: more in a month than is counted.
for job in one two three four; do
	ctl add $job '* * * * 1 *' -q -- true
done
january='--from 2100-01-01T00:00:00Z --to 2100-02-01T00:00:00Z'
# shellcheck disable=SC2086 # words
ctl plan $january >"$dir/plan" 2>&1 &
plan=$!
asked=0
while kill -0 $plan 2>/dev/null; do
	ctl next fixed -n 1 -q >/dev/null || break
	asked=$((asked + 1))
done
wait $plan
is "too many starts are refused" $? 2
like "with what to do" "$(cat "$dir/plan")" "*shorter span*"
check "others are answered meanwhile" [ $asked -ge 2 ]
stop_daemon
is "the daemon ends well" $? 0
