#!/bin/bash
# Full disks and poor file systems: the job never notices, the status is kept,
# what is missing is counted. The spool is a small file system mounted in a
# namespace of our own.
# limit: 60
if [ -z "${SHIM_MOUNTS-}" ] && unshare -m true 2>/dev/null; then
	SHIM_MOUNTS=own exec unshare -m --propagation private "$BASH" "$0"
fi
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"
need_root
[ -n "${SHIM_MOUNTS-}" ] || skip_all "needs a mount namespace"

mount_spool() # TYPE [OPTIONS]
{
	mount -t "$1" -o "${2:-mode=700}" spool "$spool"
}

unmount_spool()
{
	umount "$spool" || fail "the spool can be unmounted"
}

free_kb()
{
	df --output=avail "$spool" | tail -n 1
}

# Fills the disk to its last block, names too if there is a limit on those.
fill()
{
	dd if=/dev/zero of="$spool/filler" bs=4k status=none 2>/dev/null
	cat /dev/zero >>"$spool/filler" 2>/dev/null
}

mount_spool tmpfs size=1536k,mode=700 || skip_all "needs to mount a tmpfs"

# ---- full before the start ----

"$shimlook" pool "$spool"
fill
drive command='head -c 9000 /dev/zero; head -c 9000 /dev/zero >&2; exit 4'
is "a run starts on a full disk" "$(echo "$news" | cut -d' ' -f2)" STARTED
is "and its status is kept" "$(value 1 EXIT code)" 4
is "its output is kept as far as the first block goes" \
    "$(show 1 out | wc -c) $(show 1 err | wc -c)" \
    "$((9000 - $(value 1 END o_dropped))) $((9000 - $(value 1 END e_dropped)))"
check "and the rest is dropped" [ "$(value 1 END o_dropped)" -gt 5000 ]
is "its header is complete" "$(header 1 job | grep -c '^[0-9]')" 1
i=0
while [ $i -lt 255 ]; do
	drive command='exit 5'
	i=$((i + 1))
done
is "so do as many as the pool has files" "$(value 256 EXIT code)" 5
drive command="touch $dir/ran"
like "and then none" "$news" "news NOFILE run=257 * error=28 *"
check "without a file nothing is run" not test -e "$dir/ran"
is "nothing half-made is left" \
    "$(find "$spool" -name '.tmp*' -o -name '.pool*')" ""
rm "$spool/filler"
drive command='exit 6'
is "when there is room runs need no pool" "$(value 258 EXIT code)" 6
unmount_spool

# ---- full on the way ----

mount_spool tmpfs size=512k,mode=700
mkfifo "$dir/go" "$dir/said"
head -c 200000 /dev/zero >"$spool/filler"
start head=1000000 command="echo first; head -c 1000000 /dev/zero;
    echo \$? >$dir/said; read line <$dir/go; echo second; echo third >&2; exit 7"
is "the job is not told that the disk is full" "$(cat "$dir/said")" 0
check "the disk is full" [ "$(free_kb)" -eq 0 ]
rm "$spool/filler"
echo >"$dir/go"
wait_for 'is_dead 259' 20
is "its status is kept" "$(value 259 EXIT code)" 7
is "every byte is counted" "$(value 259 END o) $(value 259 END e)" "1000013 6"
dropped=$(value 259 END o_dropped)
show 259 out >"$dir/out"
is "as kept or as dropped" "$((dropped + $(stat -c %s "$dir/out")))" 1000013
check "something was dropped" [ "$dropped" -gt 0 ]
is "what came before is there" "$(head -n 1 "$dir/out")" first
is "and what came after" "$(tail -c 7 "$dir/out") $(show 259 err)" \
    "second third"
is "notes stand where bytes are missing" \
    "$(show 259 frames | sed -n 's/^c .* dropped o=\([0-9]*\) .*/\1/p' |
	awk '{ n += $1 } END { print n }')" "$dropped"
check "few" [ "$(show 259 frames | grep -c '^c')" -le 3 ]
unmount_spool

# ---- no holes ----

if mount_spool ramfs; then
	drive head=100000 tail=100000 command='yes | head -c 1000000; echo end'
	is "without holes a run ends well" "$(value 260 EXIT code)" 0
	show 260 out >"$dir/out"
	# But for heads of frames, and one that found no room: 12,500 bytes.
	check "its first bytes are kept, up to both limits" \
	    [ "$(stat -c %s "$dir/out")" -gt 180000 ]
	check "and no more" [ "$(stat -c %s "$dir/out")" -lt 200000 ]
	is "the rest is counted" \
	    "$(($(value 260 END o_dropped) + $(stat -c %s "$dir/out")))" 1000004
	unmount_spool
else
	skip "without holes a run ends well" "needs to mount a ramfs"
fi
