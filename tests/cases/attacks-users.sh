#!/bin/bash
# Users who go, come back with another number, or have odd names (attack 11),
# and flags of a boot that somebody else has put there (attack 15). In
# namespaces of its own, with a passwd and a /run of its own.
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
shopt -s extglob
. "$root/tests/crontabs.sh"
make_box "$box"
make_places
chmod 755 "$dir"

user() # NAME UID
{
	echo "$1:x:$2:100::/:/bin/sh" >>/etc/passwd
}
forget() # NAME
{
	sed "/^$1:/d" /etc/passwd >/etc/passwd.new
	mv /etc/passwd.new /etc/passwd
}
user alice 61001
printf '#crons: name=hers\n1 1 1 1 * id -u # of-alice\n' | put_tab alice
start_reading
reaches "a user's crontab is read" "$tabs/alice" "ok 1"
alice=$(id_of of-alice)
like "her job is hers" "$(ctl run "$alice" --wait)" "*: ok"
is "by her number" "$(ctl logs alice/hers)" 61001

forget alice
reaches "a user who is deleted has no jobs" "$tabs/alice" "skipped 0"
like "and it is said why" "$(why "$tabs/alice")" "ORPHAN*"
user alice 61002
check "who comes back with another number does not get her file" wait_for \
    '[[ "$(why "$tabs/alice")" == "WRONG FILE OWNER"* ]]' 20
user bob 61001
is "nor does who has her number now" "$(id_of of-alice)" ""
printf '#crons: name=his\n2 2 2 2 * id -u # of-bob\n' | put_tab bob
reaches "he has his own" "$tabs/bob" "ok 1"
# Who a number is, is asked again every quarter of a minute; until then the
# job is held, not run.
check "which runs as his" wait_for \
    '[[ "$(ctl run "$(id_of of-bob)" --wait)" == *": ok" ]]' 60
is "and as nobody else" "$(ctl logs bob/his)" 61001
is "and her history is not his" \
    "$(as 61001 ctl runs -q 2>/dev/null | grep -c alice)" 0
chown 61002 "$tabs/alice"
reaches "her file is hers again" "$tabs/alice" "ok 1"
check "her job runs with her number of now" wait_for \
    '[[ "$(ctl run "$(id_of of-alice)" --wait)" == *": ok" ]]' 60
is "and with no other" "$(ctl logs alice/hers)" 61002

# Names that are none.
long=$(head -c 200 /dev/zero | tr '\0' u)
for name in '*system*' tmp.123 .alice "$long" 'a b' -x; do
	printf '3 3 3 3 * echo odd\n' >"$tabs/$name"
	chmod 600 "$tabs/$name"
	wait_for '[ "$(state_of "$tabs/$name")" != none ]' 5
	like "\"${name:0:20}\" is nobody's crontab" \
	    "$(state_of "$tabs/$name")" "@(skipped 0|none)"
done
is "no job came of them" "$(id_of odd)" ""
for name in ../../etc/crontab / .. 'a/b' "$long$long"; do
	like "crontab of \"${name:0:20}\" is refused" \
	    "$(echo "install user=\"$name\" <0" |
		"$talk" "$CRONS_SOCKET" 2>&1 | tail -n 1)" "4[0-9][0-9] *"
done
stop_daemon
is "the daemon ends well" $? 0

# @reboot: once for each life, whatever flags lie about.
boots=$dir/boots
printf '@reboot root echo x >>%s\n' "$boots" >"$tab"
count()
{
	cat "$boots" 2>/dev/null | wc -l
}
# Another life is another process 1: a namespace in a namespace.
live() # [COMMAND before the daemon]
{
	unshare -p --fork --mount-proc --kill-child -- bash -c '
	'"${1-:}"'
	"$1" -f --state "$2" --config "$3" >>"$4" 2>&1 </dev/null &
	wait $!' - "$cronsd" "$state" "$dir/conf" "$dir/daemon.log" &
	local pid=$!
	: >"$dir/daemon.log"
	wait_for 'grep -q "all are read" "$dir/daemon.log"' 20
	wait_for "ctl status -q >/dev/null 2>&1" 20
	wait_for '[ "$(count)" -ge '"${2-0}"' ]' 20
	wait_for '[ "$(ctl ps -q 2>/dev/null | wc -l)" = 0 ]' 20
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
}
live : 1
is "a first life runs it" "$(count)" 1
live ": >/run/crond.reboot; chown 65534 /run/crond.reboot" 2
is "a flag that is not root's stops nothing" "$(count)" 2
rm -f /run/crond.reboot
touch -d 2001-01-01 /run/crond.reboot
live "mount -o remount,ro /run" 3
is "nor does one that survived, nor a /run that cannot be written" "$(count)" 3
