#!/bin/bash
# syslog=cron: starts of crontabs' jobs in the system's log as cron says them,
# but those with cronie's dash; nothing of the others, nothing a terminal obeys;
# once for each, whoever is killed.
# limit: 300
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
stop_daemon
is "the daemon ends well" $? 0

# ---- once a run, whatever is killed or not heard ----

[ -x "$build/test/cronsd" ] || skip_all "there are no fail points"
cronsd=$build/test/cronsd

stopping() # WISH
{
	export CRONS_FAIL=$1
	start_reading
	unset CRONS_FAIL
}

# Lines about that command.
lines() # COMMAND
{
	grep -cF "CMD (echo $1" "$dir/syslog"
}

for name in unheard deaf twice; do
	printf '#crons: name=%s\n@yearly echo %s; sleep 600\n' $name $name
done | put_tab root

# Its supervisor stops before it says anything; the file says that it lives.
stopping -shim_after_link
ctl run unheard >/dev/null
check "a start that is not heard of is found, and said" \
    wait_for '[ "$(lines unheard)" = 1 ]' 60
shim=$(sed -n 's/^shim=//p' "$state"/spool/*-*.1)
kill -CONT "$shim"
check "its news come late" wait_for \
    '[ "$(ctl logs unheard)" = unheard ]' 60
kill9_daemon
start_reading
ctl run unheard >/dev/null
check "and a daemon that adopts it does not say it again" \
    wait_for '[ "$(lines unheard)" = 2 ]' 60

# The daemon dies before it hears of the start, and after.
kill9_daemon
stopping launch_after_send
ctl run deaf >/dev/null 2>&1
wait_for '! daemon_lives' 30 || fail "the daemon stops at launch_after_send"
wait_for 'grep -qs "^start_us=" "$state"/spool/*-*.1 &&
    [ "$(ls "$state"/spool/*-*.1 | wc -l)" = 3 ]' 60
then=$(date +%s)
wait_for '[ "$(date +%s)" -gt "$then" ]' 10
start_reading
check "a start that the last daemon did not hear of is said by the next" \
    wait_for '[ "$(lines deaf)" = 1 ]' 60
said=$(grep 'echo deaf' "$dir/syslog" | sed 's/^<78>//; s/ CRON\[.*//')
check "with the time at which it was" \
    [ "$(date -d "$said" +%s)" -le "$then" ]
kill9_daemon
start_reading
ctl run deaf >/dev/null
check "once" wait_for '[ "$(lines deaf)" = 2 ]' 60
kill9_daemon
stopping cronlog_said
ctl run twice >/dev/null 2>&1
wait_for '! daemon_lives' 30 || fail "the daemon stops at cronlog_said"
start_reading
check "twice if it is not written down that the log has it" \
    wait_for '[ "$(lines twice)" = 2 ]' 60
for run in $(ctl ps --json | grep -o '"run":[0-9]*' | cut -d: -f2); do
	ctl kill "$run" --grace 0s >/dev/null
done
kill "$listener"
stop_daemon
is "that daemon ends well, too" $? 0
