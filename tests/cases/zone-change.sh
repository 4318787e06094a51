#!/bin/bash
# A zone's file is replaced while the daemon runs, as an upgrade of tzdata does
# it: what is due is computed anew at once, without anybody asking.
if [ -z "${ZONE_MOUNTS-}" ] && unshare -m true 2>/dev/null; then
	ZONE_MOUNTS=own exec unshare -m --propagation private "$BASH" "$0"
fi
. "$(dirname "$0")/../lib.sh"
need_root
[ -n "${ZONE_MOUNTS-}" ] || skip_all "needs a mount namespace"

real=/usr/share/zoneinfo
mkdir "$dir/zones" "$dir/zones/Test"
cp $real/UTC "$dir/zones/UTC"
cp $real/Asia/Karachi "$dir/zones/Test/Town"
ln -s Town "$dir/zones/Test/Link"
cp $real/Asia/Kolkata "$dir/kolkata"
cp $real/Asia/Tokyo "$dir/tokyo"
mount --bind "$dir/zones" $real || skip_all "needs bind mounts"
start_daemon

ctl add town '0 12 * * *' --zone=Test/Town -q -- true
ctl add link '0 12 * * *' --zone=Test/Link -q -- true
ctl add often '@secondly' --zone=Test/Town -q -- true
ctl add never '0 0 30 2 *' --zone=Test/Town -q -- true
hour() # the UTC hour and minute at which the job is due
{
	ctl list "$1" --utc --json |
		sed -nE 's/.*"next":"[^T]*T([0-9:]{5}).*/\1/p'
}
is "noon is at seven in UTC" "$(hour town) $(hour link)" "07:00 07:00"
mv "$dir/kolkata" $real/Test/Town
check "an hour later it is at half past six" \
    wait_for '[ "$(hour town)" = 06:30 ]' 30
check "also by the name that is a link" \
    wait_for '[ "$(hour link)" = 06:30 ]' 30
check "it is in the log" grep -q 'time zone "Test/Town" has changed' \
    "$dir/daemon.log"
head -c 100 "$dir/tokyo" >$real/Test/Town
check "a file that is cut is noticed" wait_for \
    'grep -q "time zone \"Test/Town\": " "$dir/daemon.log"' 30
is "and the old zone is kept" "$(hour town)" 06:30
cat "$dir/tokyo" >$real/Test/Town
check "until the whole of it is there" \
    wait_for '[ "$(hour town)" = 03:00 ]' 30
ln -sf ../UTC $real/Test/Link
check "a link that leads elsewhere is noticed" \
    wait_for '[ "$(hour link)" = 12:00 ]' 30
export had; had=$(ctl runs often --json | wc -l)
check "jobs go on" wait_for \
    '[ "$(ctl runs often --json | wc -l)" -gt $((had + 1)) ]' 30
is "no slot ran twice" "$(ctl runs often --json -n 1000 |
	sed -E 's/.*"slot_us":([0-9]+).*/\1/' | sort | uniq -d)" ""
stop_daemon
is "the daemon ends well" $? 0
