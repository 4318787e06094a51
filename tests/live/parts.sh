# Sourced by the live tests, after lib.sh: crons in namespaces of their own.
# shellcheck shell=bash disable=SC2034
jobview=$build/test/tools/jobview

need_namespaces()
{
	unshare -m -p --fork --mount-proc --kill-child true 2>/dev/null ||
		skip_all "needs mount and process namespaces"
}

need_faketime()
{
	FAKETIME_LIBRARY=$(find /usr/lib -name libfaketime.so.1 2>/dev/null |
		head -n 1)
	export FAKETIME_LIBRARY
	[ -n "$FAKETIME_LIBRARY" ] || skip_all "needs libfaketime"
}

# Finds that cron's daemon; $peer is how to start it. One that contrib/deps
# has unpacked below build/peers will do: it need not be installed.
find_cron() # debian|cronie
{
	local place
	peer=
	for place in "" "$root/build/peers"; do
		case $1 in
		debian)
			[ ! -x "$place/usr/sbin/cron" ] ||
				peer="$place/usr/sbin/cron -f" ;;
		cronie)
			[ ! -x "$place/usr/sbin/crond" ] ||
				peer="$place/usr/sbin/crond -n" ;;
		esac
		[ -n "$peer" ] && return
	done
	return 1
}

# Where both can be had, both sides have Debian's PAM service, some variables
# and a limit; else both have none of it, and no service.
use_pam() # SIDE-DIRECTORY
{
	local service=$root/build/peers/etc/pam-cron
	[ -e "$service" ] || service=/etc/pam.d/cron
	[ -e "$service" ] && [ -x "$build/crons-pam" ] || return
	cp "$service" "$1/etc/pam.d/cron"
	mkdir -p "$1/etc/security" "$1/etc/default"
	printf 'LANG=xx_YY\nPATH=/from/pam\nA=pam\n' >"$1/etc/environment"
	echo 'LC_TIME=yy_ZZ' >"$1/etc/default/locale"
	echo 'games hard nofile 500' >"$1/etc/security/limits.conf"
	printf '[runs]\npam = cron\n' >>"$1/etc/crons/cronsd.conf"
}

# Makes the crontabs of that dialect (DIALECT_tabs) and starts the other cron
# on them, or cronsd if the side's name begins with crons-. The night's last
# job, end, is due at that minute and hour.
start_side() # NAME DIALECT SPEED EPOCH END
{
	local side=$dir/$1 command=$peer
	mkdir -p "$side"/{etc/crons,etc/pam.d,spool,mnt/out,lay}
	chmod 755 "$side"/{etc,etc/crons,etc/pam.d,spool,mnt}
	chmod 1777 "$side/mnt/out"
	cp "$jobview" "$side/mnt/jobview"
	printf '#!/bin/sh\nexec /mnt/jobview /mnt/out "$@"\n' >"$side/mnt/view"
	chmod 755 "$side/mnt/view"
	ln -s /usr/share/zoneinfo/Europe/London "$side/etc/localtime"
	"$2_tabs" "$side"
	echo "$5 * * * root /mnt/view end" >"$side/etc/cron.d/end"
	# On a busy machine a fake minute is too short to start in.
	find "$side/etc/crontab" "$side/etc/cron.d" "$side/spool" -type f \
	    -exec sed -i '/^[-*@0-9]/i #crons: start-deadline=6h' {} +
	printf '[daemon]\ndialect = %s\n[crontabs]\nsyslog = cron\n' "$2" \
	    >"$side/etc/crons/cronsd.conf"
	[ "$2" != debian ] || ! use_pam "$side"
	[[ $1 != crons-* ]] || command="$cronsd -f"
	# shellcheck disable=SC2086 # a command is words
	unshare -m -p --fork --mount-proc --kill-child -- \
	    bash "$root/tests/live/side" "$side" "$4" "$3" $command \
	    >"$side/out" 2>&1 </dev/null &
	echo $! >"$side/pid"
}

ended() # NAME
{
	compgen -G "$dir/$1/mnt/out/end.*" >/dev/null
}

stop_side() # NAME
{
	local pid
	pid=$(cat "$dir/$1/pid")
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
}

# What a script needs that runs in a box (box.sh), and these programs.
need_box() # [PROGRAM...]
{
	need_root
	need unshare "$@"
	need_namespaces
}

# Runs this script once more, as $0 --boxed $dir in namespaces of its own, and
# ends with what it says.
run_boxed()
{
	mkdir -p "$dir/lay"
	unshare -m -p --fork --mount-proc --kill-child -- \
	    bash "$0" --boxed "$dir"
	failures=$?
	exit
}
