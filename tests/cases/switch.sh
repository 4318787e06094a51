#!/bin/bash
# contrib/switch-from-cron: there and back, in namespaces of its own with a cron
# that is none and a systemctl that is none (tests/live/systemctl), but with the
# real cronsd, cronsctl and dpkg-divert.
# limit: 180
if [ "${1-}" != --boxed ]; then
	. "$(dirname "$0")/../lib.sh"
	. "$root/tests/live/parts.sh"
	need_box
	chmod 755 "$dir"
	run_boxed
fi
box=$2
. "$(dirname "$0")/../lib.sh"
. "$root/tests/live/box.sh"
make_box "$box"
unset CRONS_SOCKET
switch=$root/contrib/switch-from-cron
record=/var/lib/crons/switched

# /usr/bin gets a layer of its own, for crontab.
mkdir "$box/lay/up" "$box/lay/work"
mount -t overlay -o "lowerdir=/usr/bin,upperdir=$box/lay/up,workdir=$box/lay/work" \
    overlay /usr/bin 2>/dev/null || skip_all "needs an overlay over /usr/bin"
mkdir -p /run/systemd/system /var/lib/dpkg /mnt/units
: >/var/lib/dpkg/status
export UNITS=$dir/units
mkdir "$UNITS" "$dir/bin" "$dir/old"
ln -s "$root/tests/live/systemctl" "$dir/bin/systemctl"
cp "$cronsctl" "$cronsd" "$build/crons-shim" "$dir/bin"
cp "$(command -v sleep)" "$dir/old/cron"
export PATH=$dir/bin:$PATH
printf '#!/bin/sh\nexec %s/old/cron 1000\n' "$dir" >"$UNITS/cron"
printf '#!/bin/sh\nexec %s/bin/cronsd -f\n' "$dir" >"$UNITS/cronsd"
chmod 755 "$UNITS"/cron*
printf '#!/bin/sh\necho the crontab of cron\n' >/usr/bin/crontab
chmod 755 /usr/bin/crontab
printf '1 1 * * * root echo hello\n' >/etc/crontab
mkdir -m 1730 /var/spool/cron/crontabs
systemctl enable cron
systemctl start cron

# All that the script may change, as text.
machine()
{
	(cd "$UNITS" && ls -- *.enabled *.masked 2>/dev/null
	for unit in *.active; do [ ! -e "$unit" ] || echo "$unit"; done
	ls -l /usr/bin/crontab* | sed 's/.* \(\/\)/\1/'
	cat /usr/bin/crontab 2>/dev/null | head -c 100 | tr -d '\0'
	dpkg-divert --list '*crontab*')
}
before=$(machine)
pid=$(cat "$UNITS/cron.active")

output=$("$switch" --dry-run 2>&1)
is "a dry run is no failure" $? 0
for step in 'stop cron.service' 'disable cron.service' 'mask cron.service' \
    'enable cronsd.service' 'start cronsd.service' 'divert /usr/bin/crontab' \
    'link /usr/bin/crontab'; do
	like "it says that it would $step" "$output" "*would $step*"
done
is "and changes nothing" "$(machine)" "$before"
check "not even a record" [ ! -e $record ]
like "there is nothing to undo" "$("$switch" --undo 2>&1)" "*nothing was switched*"

printf '61 1 * * * root echo bad\n' >/etc/cron.d/bad
output=$("$switch" 2>&1)
is "with a bad crontab it refuses" $? 1
like "says which, and what to do" "$output" \
    "*bad minute*errors in: /etc/cron.d/bad;*--force*nothing was changed*"
rm /etc/cron.d/bad
chmod 777 /etc/cron.d
like "so it does where others may change what root runs" \
    "$("$switch" 2>&1)" "*/etc/cron.d has mode 0777*nothing was changed*"
chmod 755 /etc/cron.d
mv "$UNITS/cronsd" "$UNITS/away"
like "and where cronsd has no unit" "$("$switch" 2>&1)" \
    "*no cronsd.service*nothing was changed*"
is "nothing was changed by any of these" "$(machine)" "$before"

# cronsd that does not answer: all is put back.
printf '#!/bin/sh\nexec sleep 1000\n' >"$UNITS/cronsd"
chmod 755 "$UNITS/cronsd"
touch "$UNITS/broken-start-cronsd"
output=$("$switch" 2>&1)
is "a cronsd that cannot be started is a failure" $? 1
like "and all is put back" "$output" "*cannot start cronsd.service; all is put back*"
is "as it was" "$(machine)" "$before"
check "cron runs again" [ -e "/proc/$(cat "$UNITS/cron.active")" ]
rm "$UNITS/broken-start-cronsd"
mv "$UNITS/away" "$UNITS/cronsd"
rm -f /run/crond.reboot /run/cron.reboot

output=$("$switch" 2>&1)
is "then it switches" "$?" 0
like "and says how to go back" "$output" "*--undo*"
after=$(machine)
is "cron runs no more" "$(cat /proc/[0-9]*/comm | grep -cx cron)" 0
check "cronsd answers" ctl status
like "and has the crontabs" "$(ctl list -q)" "*echo*"
is "cron is disabled and masked, cronsd enabled and active" \
    "$(cd "$UNITS" && echo *.masked *.active *.enabled)" \
    "cron.masked cronsd.active cronsd.enabled"
is "crontab is ours" "$(readlink /usr/bin/crontab)" "$dir/bin/cronsctl"
like "cron's is put aside" "$(/usr/bin/crontab.cron)" "the crontab of cron"
: >"$UNITS/asked"
output=$("$switch" 2>&1)
is "once more is no failure" $? 0
is "and changes nothing" "$(machine)$(cat "$UNITS/asked")" "$after"

# Killed anywhere, it can be called again, or undone.
for killed in 2 4 6; do
	head -n $killed $record >"$dir/part"
	like "undo says what it would do" "$("$switch" --undo --dry-run)" \
	    "*would undo: link /usr/bin/crontab*would undo: stop cron.service"
	"$switch" --undo >"$dir/undo" 2>&1
	is "undo ($killed)" $? 0
	is "puts all back as it was ($killed)" "$(machine)" "$before"
	check "with cron running ($killed)" \
	    [ -e "/proc/$(cat "$UNITS/cron.active")" ]
	check "which will not run @reboot jobs again ($killed)" \
	    [ -e /run/crond.reboot ]
	cp "$dir/part" $record
	if [ $killed = 4 ]; then
		check "steps that were written down only are undone ($killed)" \
		    "$switch" --undo
		is "which changes nothing ($killed)" "$(machine)" "$before"
	fi
	"$switch" >"$dir/again" 2>&1
	is "called again it goes on ($killed)" "$?" 0
	is "to the same end ($killed)" "$(machine)" "$after"
	is "with the same record ($killed)" "$(sort -u $record | wc -l)" 7
done
systemctl stop cronsd

like "another user may not" "$(setpriv --reuid 65534 sh -s 2>&1 <"$switch")" \
    "*only root*"
is "a word that is none is refused" "$("$switch" --now >/dev/null 2>&1; echo $?)" 2
