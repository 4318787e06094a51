# Sourced by tests/sim/*.sh: the real cronsd, with a clock that the case sets
# (libfaketime). CLOCK_REALTIME is that of $dir/clock; the others go on as they
# are, as on a machine whose clock was set.
# shellcheck shell=bash disable=SC2154 # lib.sh sets them

faketime=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
[ -e "$faketime" ] || skip_all "needs libfaketime"
# The sanitizers have to be loaded first.
preload=$(ldd "$cronsd" | sed -n 's/.*=> \(.*libasan[^ ]*\) .*/\1 /p')$faketime

cat >"$dir/cronsd" <<END
#!/bin/sh
exec env LD_PRELOAD='$preload' FAKETIME_TIMESTAMP_FILE='$dir/clock' \
    FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 \
    FAKETIME_DONT_RESET=1 '$cronsd' "\$@"
END
chmod +x "$dir/cronsd"
cronsd=$dir/cronsd
offset=0

# The clock says that from now on; a file is replaced, never seen half written.
set_clock() # INSTANT
{
	offset=$(($(date -u -d "$1" +%s) - $(date +%s)))
	echo "+$offset" | sed 's/+-/-/' >"$dir/clock.new"
	mv "$dir/clock.new" "$dir/clock"
}

# The same for a daemon that runs: it notices when it wakes up.
step_clock() # INSTANT
{
	set_clock "$1"
	ctl status -q >/dev/null
}

start_at() # INSTANT
{
	set_clock "$1"
	start_daemon
}

restart_at() # INSTANT
{
	stop_daemon || fail "the daemon ends well"
	start_at "$1"
}

add() # NAME SCHEDULE [OPTION...]
{
	ctl add "$1" "$2" -q "${@:3}" -- true || fail "$1 is added"
}

# What became of a job's slots, oldest first: "01:00 ok", or for a range
# "01:00-01:30*2 missed". Times are UTC.
fates() # JOB
{
	sqlite3 "$state/main.db" ".timeout 20000" "
		SELECT strftime('%H:%M', slot / 1000000, 'unixepoch') ||
		    CASE WHEN slots > 1 THEN '-' || strftime('%H:%M',
			slot_to / 1000000, 'unixepoch') || '*' || slots
			ELSE '' END || CASE result WHEN 0 THEN ' live'
			WHEN 1 THEN ' ok' WHEN 8 THEN ' missed' ELSE ' ' || result END
		FROM run WHERE job = (SELECT id FROM job WHERE name = '$1')
		ORDER BY slot, lap, id" | xargs
}

# Waits until a job that runs once has done so: what was due before it has
# been looked at, then.
reach() # JOB
{
	wait_for "[ '$1 1' = \"$1 \$(ctl runs $1 --json |
	    grep -c '\"result\":\"ok\"')\" ]" 60 ||
		fail "the clock reaches $1" "$(ctl runs; cat "$dir/daemon.log")"
	wait_for '[ -z "$(ctl ps --json)" ]' 60
}
