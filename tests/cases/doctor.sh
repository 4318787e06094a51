#!/bin/bash
# cronsctl doctor: a machine that is fit, then each thing that can be wrong,
# which is found and told with what to do. In namespaces of its own, where /etc
# and /run are its own and no other process is seen.
# limit: 120
if [ "${1-}" != --boxed ]; then
	. "$(dirname "$0")/../lib.sh"
	. "$root/tests/live/parts.sh"
	need_box python3
	run_boxed
fi
box=$2
. "$(dirname "$0")/../lib.sh"
. "$root/tests/live/box.sh"
make_box "$box"
unset CRONS_SOCKET
mkdir -p /etc/crons /var/spool/cron/crontabs
chmod 1730 /var/spool/cron/crontabs
ln -s /usr/share/zoneinfo/Europe/Paris /etc/localtime

doctor() # CHECK: "STATE TEXT -> ADVICE"
{
	ctl doctor --json 2>"$dir/err" | python3 -c '
import json, sys
for row in map(json.loads, sys.stdin):
    if row["check"] == sys.argv[1]:
        print(row["state"], row["text"], "->", row["advice"])' "$1"
}

like "without a daemon that is said" "$(doctor socket)" \
    "wrong /run/crons/cronsd.sock: no such socket*-> start it: systemctl*"
ctl doctor >/dev/null
is "and the exit status is 1" $? 1
is "all checks are made all the same" "$(ctl doctor --json | wc -l)" \
    "$(grep -c '^	X([A-Z_]*, *"' "$root/cronsctl/doctor.h")"

system_daemon()
{
	"$cronsd" -f >"$dir/daemon.log" 2>&1 </dev/null &
	daemon_pid=$!
	wait_for 'grep -q "all are read" "$dir/daemon.log"' 20
}
printf '1 1 * * *\troot\techo hello\n' >/etc/crontab
system_daemon
output=$(ctl doctor)
is "a fit machine is fit" "$?" 0
is "nothing is said to be wrong" "$(grep -c '^wrong' <<<"$output")" 0
is "-q says nothing then" "$(ctl doctor -q)" ""
for what in socket daemon crontabs zone permissions database disk cron \
    run-parts cron.allow; do
	like "$what is good" "$(doctor "$what")" "ok *"
done
like "the zone is named" "$(doctor zone)" "ok CE*T now*"
echo Asia/Tokyo >/etc/timezone
like "names of zones that do not agree are told" "$(doctor zone)" \
    "note *Europe/Paris*Asia/Tokyo*"
rm /etc/timezone
ln -sfn /etc/passwd /etc/localtime
like "a zone that is none is told" "$(doctor zone)" "wrong *-> make*"
ln -sfn /usr/share/zoneinfo/UTC /etc/localtime

# Another cron, beside us; its children do not count.
mkdir "$dir/bin"
cp "$(command -v sleep)" "$dir/bin/cron"
"$dir/bin/cron" 1000 &
other=$!
wait_for '[ "$(cat /proc/$other/comm)" = cron ]' 10
like "a cron that runs is told by its pid" "$(doctor cron)" \
    "wrong cron runs as pid $other ->*twice*service cron stop, or kill $other"
ctl doctor -q >"$dir/out"
is "that is wrong" $? 1
is "-q says only what is wrong" "$(grep -c '^wrong' "$dir/out")" 1
kill "$other"
wait "$other" 2>/dev/null
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s /lib/systemd/system/cron.service \
    /etc/systemd/system/multi-user.target.wants/cron.service
like "one that will at the next boot" "$(doctor cron)" \
    "wrong *wants/cron.service starts cron at the next boot*switch-from-cron*"
rm /etc/systemd/system/multi-user.target.wants/cron.service

# What is run twice.
mkdir /etc/cron.daily
printf '#!/bin/sh\n' >/etc/cron.daily/rotate
chmod 755 /etc/cron.daily/rotate
printf '25 6 * * * root cd / && run-parts /etc/cron.daily\n' >>/etc/crontab
wait_for 'ctl list -q 2>/dev/null | grep -q "25 6"' 20
like "run-parts once is good" "$(doctor run-parts)" "ok *"
printf '5 5 * * * root /etc/cron.daily/rotate -v\n' >/etc/cron.d/rotate
wait_for 'ctl list -q 2>/dev/null | grep -q "5 5"' 20
like "a file that has a job of its own too is told" "$(doctor run-parts)" \
    "wrong /etc/cron.daily/rotate is run by run-parts and by a job*"
rm /etc/cron.d/rotate
printf '5 5 * * * root run-parts /etc/cron.daily\n' >/etc/cron.d/twice
check "so is a directory that two entries run" wait_for \
    '[[ "$(doctor run-parts)" == "wrong 2 crontab entries run /etc/cron.daily"* ]]' 20
rm /etc/cron.d/twice

printf '61 5 * * * root true\n' >/etc/cron.d/bad
wait_for 'ctl sources 2>/dev/null | grep -q rejected' 20
like "a crontab that is not read is told" "$(doctor crontabs)" \
    "wrong /etc/cron.d/bad: rejected*cronsctl sources*"
rm /etc/cron.d/bad

chmod 777 /etc/cron.d
like "a directory that others may change is told" "$(doctor permissions)" \
    "wrong /etc/cron.d has mode 0777*chmod go-w /etc/cron.d"
chmod 755 /etc/cron.d
chmod 644 /var/lib/crons/main.db
like "and a database that they may read" "$(doctor permissions)" \
    "wrong /var/lib/crons/main.db has mode 0644*chmod go=*"
chmod 600 /var/lib/crons/main.db

printf 'root\nnosuchuser\n' >/etc/cron.allow
like "a stranger on the list is told" "$(doctor cron.allow)" \
    "note /etc/cron.allow; *no user nosuchuser*"
: >/etc/cron.deny
like "two lists are one too many" "$(doctor cron.allow)" "*cron.deny does not*"
rm /etc/cron.allow /etc/cron.deny

ln -s "$cronsctl" "$dir/bin/crontab"
like "ours is good" "$(PATH=$dir/bin:$PATH doctor crontab)" "ok *cronsctl*"
rm "$dir/bin/crontab"
cp /bin/true "$dir/bin/crontab"
like "another's is told" "$(PATH=$dir/bin:$PATH doctor crontab)" \
    "note *another cron's*switch-from-cron*"

stop_daemon
printf 'no database at all' >/var/lib/crons/main.db
like "a database that is none is told" "$(doctor database)" \
    "wrong *main.db does not begin as one*"

# A daemon that reads no crontab of cron's does not mind another cron.
"$dir/bin/cron" 1000 &
other=$!
wait_for '[ "$(cat /proc/$other/comm)" = cron ]' 10
export CRONS_SOCKET=$state/cronsd.sock
start_daemon
like "a daemon with crontabs of its own may stand beside cron" \
    "$(doctor cron)" "note *"
kill "$other"
stop_daemon
