#!/bin/bash
# syslog=cron: starts of crontabs' jobs in the system's log as cron says them,
# but those with cronie's dash; nothing of the others, nothing a terminal obeys.
# limit: 120
if [ -z "${LOG_MOUNTS-}" ] && unshare -m true 2>/dev/null; then
	LOG_MOUNTS=own exec unshare -m --propagation private "$BASH" "$0"
fi
. "$(dirname "$0")/../lib.sh"
need_root
[ -n "${LOG_MOUNTS-}" ] || skip_all "needs a mount namespace"
. "$(dirname "$0")/../crontabs.sh"

# A /dev of our own, where the log's socket can be; gone with the namespace.
mount -t tmpfs none /mnt || skip_all "needs rights to mount"
for device in null zero full random urandom tty; do
	touch "/mnt/$device"
	mount --bind "/dev/$device" "/mnt/$device"
done
ln -s /proc/self/fd /mnt/fd
mkdir /mnt/shm
mount --rbind /mnt /dev || skip_all "needs rights to mount"
python3 -c '
import os, socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
with open(sys.argv[1], "wb", buffering=0) as out:
    while True:
        out.write(log.recv(65536) + b"\n")' "$dir/syslog" &
listener=$!
wait_for '[ -S /dev/log ]' 20 || fail "there is a log"

dialect=cronie
make_places
settings 'syslog = cron'
printf '%s\n' '#crons: name=plain' '@yearly echo plain' \
    '#crons: name=dash' '-@yearly echo quiet' \
    '#crons: name=cut' '@yearly cat%input' \
    '#crons: name=off log=no' '@yearly echo off' >"$dir/text"
printf '#crons: name=odd\n@yearly echo \033[1m\xc3\xa4\n' >>"$dir/text"
put_tab root <"$dir/text"
printf '#crons: name=imported\n@yearly echo imported\n' >"$dir/tab"
start_reading
ctl import "$dir/tab" >/dev/null
ctl add added @yearly -- 'echo added' >/dev/null
for job in added dash off plain cut odd imported; do
	ctl run "$job" --wait >/dev/null
done
wait_for 'grep -q imported "$dir/syslog"' 30
is "starts are told in cron's words" \
    "$(sed 's/^<78>... .. ..:..:.. CRON\[[1-9][0-9]*\]: //' "$dir/syslog")" \
    '(root) CMD (echo plain)
(root) CMD (cat)
(root) CMD (echo ^[[1m\303\244)
(root) CMD (echo imported)'
is "the dash is a field of the job" "$(ctl export dash --json |
	grep -o '"log":[a-z]*')" '"log":false'
kill "$listener"
stop_daemon
is "the daemon ends well" $? 0
