#!/bin/bash
# 10 GB of output of one run: how much of the disk they ever take.
# limit: 900
. "$(dirname "$0")/../lib.sh"

bytes=${BYTES:-10000000000}
start_daemon
ctl add bomb @yearly -- "yes 'a line of output' | head -c $bytes" >/dev/null
from=${EPOCHREALTIME/./}
ctl run bomb >/dev/null
peak=0
while ctl ps 2>/dev/null | grep -q bomb; do
	size=$(du -sk "$state/spool" "$state"/out.db* |
		awk '{ n += $1 } END { print n }')
	[ "$size" -le "$peak" ] || peak=$size
	sleep 0.1
done
seconds=$(((${EPOCHREALTIME/./} - from) / 1000000 + 1))
ctl wait bomb >/dev/null
echo "$bytes bytes of output took $peak KiB of disk at most," \
    "$((bytes / seconds / 1000000)) MB/s"
check "less than 8 MiB" test "$peak" -lt 8192
like "all was counted" "$(ctl runs bomb --json)" "*\"out_bytes\":$bytes,*"
stop_daemon
