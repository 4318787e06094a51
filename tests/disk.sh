# Sourced before lib.sh by cases with small disks of their own: the case
# runs again in a mount namespace where TMPDIR is a tmpfs, so that nothing of
# it is left however it ends. As root only.
#
#	disk PATH SIZE    a tmpfs
#	fill PATH         to the last byte; again for what was freed meanwhile
#	empty PATH        gives that back
# shellcheck shell=bash
if [ -z "${CRONS_DISK-}" ]; then
	if [ "$(id -u)" != 0 ] || ! unshare -m mount -t tmpfs none /mnt \
	    2>/dev/null; then
		echo "skip $(basename "$0" .sh) # may not mount"
		exit
	fi
	exec unshare -m env CRONS_DISK=yes bash "$0" "$@"
fi
mount -t tmpfs -o mode=1777 none "${TMPDIR:-/tmp}" || exit 1

disk() # PATH SIZE
{
	mkdir -p "$1"
	mount -t tmpfs -o "size=$2,mode=711" none "$1"
}

fill() # PATH
{
	cat /dev/zero >>"$1/ballast" 2>/dev/null
	# What was given back in the middle of a page.
	head -c 4096 /dev/zero >>"$1/ballast" 2>/dev/null
	:
}

empty() # PATH
{
	: >"$1/ballast"
}

# The runner counts what is left in TMPDIR; a mount point cannot be removed.
umount_disks()
{
	end_processes 2>/dev/null
	grep -o " $dir/[^ ]*" /proc/self/mounts | sort -r | xargs -r umount -l
}
