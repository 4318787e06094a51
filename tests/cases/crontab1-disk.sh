#!/bin/bash
# A full disk costs no crontab: what was there stays, whole, and it is said.
# limit: 30
if [ -z "${TAB_MOUNTS-}" ] && unshare -m true 2>/dev/null; then
	TAB_MOUNTS=own exec unshare -m --propagation private "$BASH" "$0"
fi
. "$(dirname "$0")/../lib.sh"
need_root
[ -n "${TAB_MOUNTS-}" ] || skip_all "needs a mount namespace"

tabs=$dir/tabs
mkdir "$tabs"
mount -t tmpfs -o size=64k,mode=700 tabs "$tabs" ||
	skip_all "needs to mount a tmpfs"
ln -s "$cronsctl" "$dir/crontab"
printf '[crontabs]\nuser-crontabs = %s\n' "$tabs" >"$dir/conf"
echo '0 0 * * * echo good' >"$dir/good"
for _ in {1..5000}; do
	echo '1 1 * * * echo much'
done >"$dir/much"
start_daemon --config "$dir/conf"

check "a small crontab finds room" "$dir/crontab" "$dir/good"
before=$(cat "$tabs/root")
said=$("$dir/crontab" "$dir/much" 2>&1)
is "a large one does not" "$?" 1
like "it says why" "$said" "*No space left on device*"
is "what was there is whole" "$(cat "$tabs/root")" "$before"
is "nothing else is left there" "$(ls -A "$tabs")" root
said=$(EDITOR="cp $dir/much" TMPDIR=$dir "$dir/crontab" -e 2>&1)
is "an edit that finds no room fails" "$?" 1
left=$(sed -n 's/.*edits left in //p' <<<"$said")
check "and is left in its file" cmp "$left" "$dir/much"
stop_daemon
umount "$tabs"
