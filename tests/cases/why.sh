#!/bin/bash
# why: one sentence with the evidence, for instants that have no run.
# limit: 60
. "$(dirname "$0")/../lib.sh"

mkdir "$dir/tabs"
printf '[crontabs]\ncron-d = %s\n' "$dir/tabs" >"$dir/conf"
start_daemon --config "$dir/conf"
me=$(id -un)
ctl add job '@every 1s' --overlap=skip -- 'exec sleep 100' >/dev/null
wait_for 'ctl runs job --json | grep -q "\"skipped\""' 30
like "an overlap names the run that was in the way" \
    "$(ctl why job)" '*skipped: *overlap with run 1*'
ctl kill 1 -s KILL >/dev/null
ctl set job schedule='* * * * * *' >/dev/null
ctl disable job >/dev/null
before=$(date -u -d '1 hour ago' +%FT%TZ)
like "an instant before the job says since when it is there" \
    "$(ctl why job "$before")" \
    "*the job was added only later, at * by $me*"
now=$(date +%s)
wait_for '[ "$(date +%s)" -gt $((now + 4)) ]' 30
like "a disabled job says since when, and by whom" \
    "$(ctl why job "@$((now + 3))")" \
    "*the job was disabled then, since * by $me*"
ctl enable job >/dev/null
like "also when it is enabled again" \
    "$(ctl why job "@$((now + 3))")" \
    "*the job was disabled then, since * by $me*"
ctl add other '@yearly' -- true >/dev/null
now=$(date +%s)
wait_for '[ "$(date +%s)" -gt $((now + 3)) ]' 30
ctl set other schedule='@every 1s' >/dev/null
like "a schedule that was another is told" \
    "$(ctl why other "@$((now + 2))")" '*its schedule was "@yearly" then*'
like "an instant to come is to come" "$(ctl why other \
    "@$(($(date +%s) + 1000))")" '*still to come*'
ctl pause other --why 'no need' >/dev/null
like "one in a pause says who paused it" "$(ctl why other \
    "@$(($(date +%s) + 1000))")" "*the job is paused by $me since *: no need*"

is "no job is exit status 3" "$(ctl why nothing >/dev/null 2>&1; echo $?)" 3
printf '* * * * 99 root true\n' >"$dir/tabs/bad"
chmod 644 "$dir/tabs/bad"
wait_for 'ctl sources | grep -q rejected' 30
like "while a crontab is refused that is said" "$(ctl why nothing 2>&1)" \
    '*a crontab is refused: cronsctl sources*'
stop_daemon
is "the daemon ends well" $? 0
