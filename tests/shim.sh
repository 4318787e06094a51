# Sourced by the cases about shims, after lib.sh: the daemon is played by
# shimdrive and shimlook, the spool is $spool.
# shellcheck shell=bash disable=SC2034
shimdrive=$build/test/tools/shimdrive
shimlook=$build/test/tools/shimlook
chatter=$build/test/tools/chatter
spool=$dir/spool
mkdir -m 700 "$spool"
last_run=0
# A directory without a device makes the shim fork; else it may be quicker.
: "${SHIM_CWD:=/}"
export CRONS_BUILD=$build

# Starts one run (the next number, or $run) and waits until it is over; what
# the daemon was told is in $news.
drive() # KEY=VALUE... [-- WORD...]
{
	local number=${run-}
	[ -n "$number" ] || number=$((++last_run))
	news=$("$shimdrive" "$spool" run="$number" cwd="$SHIM_CWD" "$@" 2>&1)
}

# The same, but the daemon dies as soon as the run has started.
start() # KEY=VALUE... [-- WORD...]
{
	drive until=started "$@"
}

file() # RUN
{
	echo "$spool/test-$1.1"
}

show() # RUN [records|frames|out|err]
{
	"$shimlook" show "$(file "$1")" "${2-records}"
}

# One value of a record of a run's file.
value() # RUN EXIT|END KEY
{
	show "$1" | sed -n "s/^$2 \(.* \)*$3=\([^ ]*\).*/\2/p"
}

# One value of a run's header.
header() # RUN KEY
{
	show "$1" | sed -n "s/^$2=//p"
}

kill_run() # RUN SIGNAL GRACE-SECONDS
{
	"$shimlook" kill "$(file "$1")" "$2" "$3"
}

is_dead() # RUN
{
	[ "$("$shimlook" alive "$(file "$1")")" = dead ]
}

# Pids of the processes whose environment holds that NAME=VALUE; no zombies.
marked() # NAME=VALUE
{
	local path
	grep -lszxF -- "$1" /proc/[0-9]*/environ | while read -r path; do
		basename "$(dirname "$path")"
	done
}

not() # COMMAND...
{
	! "$@"
}
