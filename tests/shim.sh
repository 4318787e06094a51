# Sourced by the cases about shims, after lib.sh: the daemon is played by
# shimdrive and shimlook, the spool is $spool.
# shellcheck shell=bash disable=SC2034
shimdrive=$build/test/tools/shimdrive
shimlook=$build/test/tools/shimlook
spool=$dir/spool
mkdir "$spool"
last_run=0
export CRONS_BUILD=$build

# Starts one run (the next number, or $run) and waits until it is over; what
# the daemon was told is in $news.
drive() # KEY=VALUE... [-- WORD...]
{
	local number=${run-}
	[ -n "$number" ] || number=$((++last_run))
	news=$("$shimdrive" "$spool" run="$number" "$@" 2>&1)
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
	show "$1" | sed -n "s/^$2 .*[ ]$3=\([^ ]*\).*/\1/p; s/^$2 $3=\([^ ]*\).*/\1/p"
}

# One value of a run's header.
header() # RUN KEY
{
	show "$1" | sed -n "s/^$2=//p"
}

not() # COMMAND...
{
	! "$@"
}
