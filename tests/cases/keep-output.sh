#!/bin/bash
# Stored output has a limit: the oldest goes, the newest is kept, and the file
# does not grow for ever. Output of one run has its own limit.
# limit: 120
. "$(dirname "$0")/../lib.sh"
need sqlite3

printf '[keep]\nkeep-bytes = 1M\n' >"$dir/conf"
start_daemon --config "$dir/conf"
ctl add noise @yearly -- \
    "head -c 150000 /dev/urandom; echo end of \$CRONS_RUN" >/dev/null

output_of() # RUN
{
	ctl logs "$1" 2>/dev/null | tail -n 1 | tr -d '\0' | grep -ao 'end of.*'
}

ctl add small @yearly -- "echo end of \$CRONS_RUN" >/dev/null
ctl run noise --wait >/dev/null
ctl run small --wait >/dev/null
check "a run can be pinned" ctl pin 1
for _ in {1..22}; do
	ctl run noise --wait >/dev/null
done
wait_for '[ "$(output_of 24)" = "end of 24" ]' 10
is "the newest output is kept" "$(output_of 24)" "end of 24"
is "older ones of the job that has most are not" \
    "$(output_of 3)$(output_of 4)$(output_of 5)" ""
is "a job with little output loses none" "$(output_of 2)" "end of 2"
is "what is pinned stays" "$(output_of 1)" "end of 1"
like "and is shown to be" "$(ctl runs noise -n 100 | grep '^  *1 ')" "*yes*"
is "JSON says which" "$(ctl runs noise -n 100 --json | grep -c '"pinned":true')" 1
is "the runs are known all the same" "$(ctl runs noise -n 100 | grep -c ' ok ')" \
    23
ctl unpin 1 >/dev/null
ctl run noise --wait >/dev/null
check "until it is unpinned" wait_for '[ -z "$(output_of 1)" ]' 20
stop_daemon
size=$(stat -c %s "$state/out.db")
echo "# out.db has $size bytes"
check "the file has about the size it may have" test "$size" -lt 2000000

# The middle of a long output is not kept, nor does it ever take the disk.
start_daemon --config "$dir/conf"
ctl add bomb @yearly -- "yes 'a line of output' | head -c 300000000" >/dev/null
ctl run bomb >/dev/null
peak=0
while ctl ps 2>/dev/null | grep -q bomb; do
	size=$(du -sk "$state/spool" | cut -f1)
	[ "$size" -le "$peak" ] || peak=$size
done
ctl wait bomb >/dev/null
echo "# the spool had $peak KiB at most"
check "300 MB of output never take more than 8 MiB" test "$peak" -lt 8192
is "all of it was counted" "$(sqlite3 "file:$state/main.db?mode=ro" \
    "SELECT out_bytes FROM run ORDER BY id DESC LIMIT 1")" 300000000
check "head and tail are kept" wait_for \
    'kept=$(ctl logs bomb 2>/dev/null | wc -c); [ $kept -ge 2000000 ]' 10
stop_daemon
size=$(du -ck "$state"/out.db* | tail -n 1 | cut -f1)
echo "# out.db has $size KiB"
check "stored it takes less" test "$size" -lt 4096
