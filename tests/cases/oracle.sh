#!/bin/bash
# Schedules against facts from programs that are not ours: next times, clock
# changes, what must be refused, and OnCalendar. Every row of every table.
# limit: 120
. "$(dirname "$0")/../lib.sh"

need python3
need_shared oracle/check_next.py
oracle=$shared/oracle
batch="$cronsctl next --batch"
grep -qs batch_next "$root"/cronsctl/*.c || batch=$build/test/tools/batch
echo "# asking: $batch"

for table in next dst dst_next invalid lax calendar calendar_invalid; do
	check "the table $table.tsv is there" test -s "$oracle/$table.tsv"
done

rows() # SUITE...
{
	python3 "$oracle/check_next.py" --batch "$batch" --show 1000 \
	    --scopes all,policy,strict --suite "$1"
}

for suite in next dst dstnext invalid lax calinvalid; do
	check "every row of $suite is answered" rows $suite
done

# Two rows of calendar.tsv are systemd's own: it skips a time that a clock
# change skips, where rule R3 runs it at the end of the gap, and after a month
# it misses times of a day that is another day in UTC.
output=$(rows calendar)
differ=$(echo "$output" | sed -n 's/^    \([^ ].* | UTC\) | from .*/\1/p')
is "calendar differs where systemd breaks rule R3 or skips times only" \
    "$differ" "*-*-* 00:00 America/Havana | UTC
Friday,Thursday 01/9:15,44,50:00 Pacific/Chatham | UTC"
like "all other rows of calendar are answered" \
    "$(echo "$output" | tail -1)" "4[0-9][0-9] passed, 2 failed"

# systemd's normal form is ours.
ours=$(cut -f1 "$oracle/calendar.tsv" | sed 's/^/calendar /' |
	"$build/test/tools/schedule" | sed -n 's/^    = //p')
check "every normal form of calendar.tsv is systemd's" \
    diff <(cut -f2 "$oracle/calendar.tsv") <(echo "$ours")
