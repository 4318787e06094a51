#!/bin/bash
# A home directory whose file server does not answer: an automount that nobody
# serves. The job hangs on its way into it, its shim does not.
# limit: 60
if [ -z "${SHIM_MOUNTS-}" ] && unshare -m true 2>/dev/null; then
	SHIM_MOUNTS=own exec unshare -m --propagation private "$BASH" "$0"
fi
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"
need_root
[ -n "${SHIM_MOUNTS-}" ] || skip_all "needs a mount namespace"

mkdir "$dir/home"
mkfifo "$dir/requests"
exec 9<>"$dir/requests"
setsid sleep 1000 & # the group that may enter: none of ours
group=$!
mount -t autofs -o "fd=9,pgrp=$group,minproto=5,maxproto=5,indirect" \
    home "$dir/home" 2>/dev/null || skip_all "needs autofs"

drive until=sent cwd="$dir/home/alice" timeout=300 grace=100 command=true
check "a job that hangs before it is executed meets its time limit" \
    wait_for 'is_dead 1' 20
is "which is why it ended" "$(value 1 EXIT why) $(value 1 EXIT sig)" "timeout 9"
check "it really tried" [ -n "$(timeout 5 head -c 1 <&9 | tr '\0' x)" ]

drive until=sent cwd="$dir/home/bob" command=true
wait_for 'header 2 job 2>&1 | grep -qx "[0-9]*"' 10
check "it hangs there" not is_dead 2
kill_run 2 9 0
check "and an order ends it" wait_for 'is_dead 2' 20
is "and is why" "$(value 2 EXIT why)" kill

drive until=sent cwd="$dir/home/carol" command=true
wait_for 'header 3 job 2>&1 | grep -qx "[0-9]*"' 10
run=4 drive command=true
is "others are not kept waiting" "$(value 4 EXIT code)" 0
kill_run 3 9 0
wait_for 'is_dead 3' 20
kill "$group"
umount -l "$dir/home"
exec 9>&-
