#!/bin/bash
# Calendars: a file of dates that cronsctl reads and the daemon keeps. Every
# verb that speaks of slots agrees on which there are.
. "$(dirname "$0")/../lib.sh"
start_daemon

cat >"$dir/holidays" <<'E'
# Holidays
--12-25..--12-26   # Christmas
- 2030-01-01..2030-01-05
+ 2030-01-12       # a Saturday to work
E
check "a job takes a calendar" \
    ctl add shop '0 9 * * 1-5' --not="$dir/holidays" -q -- true
: >"$dir/holidays"

at() # the days of January 2030 on which the job is planned
{
	ctl plan "$1" --from 2030-01-01T00:00:00Z --to 2030-01-15T00:00:00Z \
	    --json | sed -nE \
	    's/.*"kind":"start","slot":"2030-01-([0-9]+).*/\1/p' | xargs
}
is "plan leaves days out and adds some; the file is not needed any more" \
    "$(at shop)" "07 08 09 10 11 12 14"
why() # INSTANT
{
	ctl why shop "$1" --utc | sed 's/^[^:]*:[^:]*:[^:]*: //'
}
is "why names the line" "$(why 2029-12-25T09:00:00Z)" \
    "the day is left out by the calendar: line 2 (Christmas)"
is "what the schedule itself leaves out is told so" \
    "$(why 2029-12-25T10:00:00Z)" "hour 10 is not 9"
is "a make-up day is told, too" "$(why 2030-01-12T09:00:00Z)" \
    "09:00 on 2030-01-12 is one: at 09:00 on Monday to Friday; the day is\
 added by the calendar: line 4 (a Saturday to work); it is still to come"
is "on such a day the time of day counts" "$(why 2030-01-12T08:00:00Z)" \
    "the day is added by the calendar: line 4 (a Saturday to work); but hour 8\
 is not 9"
like "show has the calendar in words" "$(ctl show shop)" \
    "*at 09:00 on Monday to Friday; its calendar leaves out 2 dates or ranges,\
 adds 1*--12-25..--12-26*"

ctl export >"$dir/export"
ctl rm shop -q
check "what was exported makes the job again" \
    env PATH="$(dirname "$cronsctl"):$PATH" sh "$dir/export"
is "with its calendar" "$(at shop)" "07 08 09 10 11 12 14"
ctl export --crontab >"$dir/crontab"
ctl rm shop -q
check "a crontab has it, too" ctl import -q "$dir/crontab"
is "and means the same" "$(at shop)" "07 08 09 10 11 12 14"
check "a calendar can be taken away" ctl set shop not= -q
is "then all days are there" "$(at shop)" \
    "01 02 03 04 07 08 09 10 11 14"
check "one is read from standard input, too" eval \
    'echo 2030-01-01..2030-01-10 | ctl set shop not=- -q'
is "and counts" "$(at shop)" "11 14"

printf '2030-01-01\n  2030-02-30\n' >"$dir/bad"
said=$(ctl set shop --not="$dir/bad" 2>&1)
is "a mistake is refused" $? 2
like "with file, line, column and what to write" "$said" \
    "*$dir/bad:2:3: not: *no such day*a line is a date like*"
said=$(ctl set shop --not="$dir/none" 2>&1)
is "a file that cannot be read is refused" $? 2
like "with its name" "$said" "*$dir/none: No such file*"
like "the daemon checks by itself" "$(printf '%s\n' \
    'set shop not="2030-01-01\n x"' | "$talk" "$CRONS_SOCKET" 2>&1)" \
    '*field=not*line 2, column 2: *no date*'
like "and opens no file" "$(printf '%s\n' "set shop not=$dir/holidays" |
	"$talk" "$CRONS_SOCKET" 2>&1)" '*field=not*no date*'
is "the calendar is as it was" "$(at shop)" "11 14"

kill9_daemon
start_daemon
is "it outlives the daemon" "$(at shop)" "11 14"

today=$(date -u +%Y-%m-%d)
tomorrow=$(date -u -d "$today + 1 day" +%Y-%m-%d)
echo "$today..$tomorrow" >"$dir/now"
check "a job of every second with today left out" \
    ctl add sec '@secondly' --zone=UTC --not="$dir/now" -q -- true
check "and one without" ctl add beat '@secondly' -q -- true
wait_for '[ "$(ctl runs beat --json | wc -l)" -ge 3 ]' 30
is "does not run" "$(ctl runs sec --json)" ""
like "and knows when it will" "$(ctl next sec -n 1 --utc -q)" \
    "*$(date -u -d "$today + 2 days" +%Y-%m-%d) 00:00:00 UTC*"
stop_daemon
is "the daemon ends well" $? 0
