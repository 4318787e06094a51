#!/bin/bash
# In a burst a shim that is done takes the next order itself: what it keeps of
# the run before, which is nothing, and what becomes of orders when it dies.
# limit: 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"
runs=100

zygote() # NAME=VALUE in its environment
{
	local pid
	for pid in $(marked "$1"); do
		[ "$(tr -d '\0' <"/proc/$pid/cmdline")" != \
		    "crons-shim: zygote" ] || echo "$pid"
	done
}

# A signal that is pending keeps the next one out.
has_read_kill()
{
	local usr1=0x200
	((($(sed -n 's/^ShdPnd:\t*/0x/p' "/proc/$pid/status") & usr1) == 0))
}

shims() # FIRST LAST: of these runs, how many different ones
{
	local run
	for ((run = $1; run <= $2; run++)); do
		header "$run" shim
	done | sort -u | wc -l
}

# ---- many short runs ----

# Each says who it is, once by itself and once by its status.
drive count=$runs window=8 stay=1 quiet=1 command='echo $$; exit $(($$ % 200))'
n=$(shims 1 $runs)
check "fewer shims than runs ($n for $runs)" [ "$n" -lt $runs ]
for ((i = 1; i <= runs; i++)); do
	echo "said=$(show $i out)"
	show $i
done | tr ' ' '\n' | awk -F= '{ v[$1] = $2 }
	$1 == "last" { print v["said"], v["code"], v["o"], v["job"] }' \
    >"$dir/said"
is "each run has its own output, status and bytes" "$(awk '$2 != $1 % 200 ||
    $3 != length($1) + 1 || $4 != $1' "$dir/said")" ""
is "and each is another process" "$(sort -u "$dir/said" | wc -l)" $runs

# ---- nothing is kept ----

# One at a time, until one past the fiftieth has a shim that had another; it
# goes on, to be looked at.
cat >"$dir/job" <<-END
	echo \$PPID >>'$dir/shims'
	[ \$(wc -l <'$dir/shims') -lt 50 ] || [ -e '$dir/stood' ] ||
	    [ \$(grep -cx \$PPID '$dir/shims') = 1 ] ||
	    { mv '$dir/shims' '$dir/stood'; exec sleep 1000; }
END
"$shimdrive" "$spool" run=1001 count=300 window=1 stay=1 quiet=1 cwd=/ \
    "command=. '$dir/job'" >"$dir/driven" 2>&1 &
driver=$!
wait_for '[ -e "$dir/stood" ]' 60 || fail "a shim has one run after another"
last=$((1000 + $(wc -l <"$dir/stood")))
pid=$(tail -1 "$dir/stood")
before=$((1000 + $(grep -nx "$pid" "$dir/stood" | tail -2 | head -1 |
	cut -d: -f1)))
is "its run files say so" "$(header $before shim) $(header $last shim)" \
    "$pid $pid"
# Standard three, orders, spool, queue, signals, two pipes, file.
open=$(find "/proc/$pid/fd" -mindepth 1 | wc -l)
check "a shim that had many has no more open than another ($open)" \
    [ "$open" -le 11 ]
check "whose run is long keeps no place in the queue for orders" wait_for '
    [ -z "$(find /proc/$pid/fd -lname "*eventpoll*" -o -lname "socket:*")" ]' 20
is "it is called by the run it has" \
    "$(tr -d '\0' <"/proc/$pid/cmdline")" "crons-shim: run $last"

# ---- kills are for one run ----

kill_run $before 9 0
wait_for has_read_kill 20 || fail "the shim reads it"
kill_run $last 0 0
wait_for 'is_dead $last' 20
is "a kill that is meant for the run before does nothing" \
    "$(value $last EXIT sig) $(value $last EXIT why)" "15 kill"
wait "$driver"
is "the rest of the orders is carried out" "$(value 1300 EXIT code)" 0

# ---- who is not clean ends ----

mark=MARK=$dir/left
drive run=2001 count=10 window=1 stay=1 quiet=1 env="$mark" \
    command='setsid sleep 1000 >/dev/null 2>&1 &'
is "a shim whose job left a process behind has no other run" \
    "$(shims 2001 2010)" 10
is "and that process lives on" "$(marked "$mark" | wc -l)" 10
# shellcheck disable=SC2046 # pids are words
kill -KILL $(marked "$mark")
drive run=2101 count=10 window=1 stay=1 quiet=1 large=1 argv=1 -- /bin/true
is "nor has one with a spec that is mapped" "$(shims 2101 2110)" 10

# ---- nobody hears of the end ----

# The zygote stops behind its first fork, so the second order waits; then the
# daemon is gone, and the first run ends.
if [ -x "$build/test/crons-shim" ]; then
	mark=CRONS_FAIL=-zygote_after_fork
	env "$mark" "$shimdrive" "$spool" run=3001 count=3 window=2 stay=1 \
	    shim="$build/test/crons-shim" command="echo >>'$dir/first'
	    until [ -e '$dir/go' ]; do echo; sleep 0.1; done" \
	    >"$dir/driven" 2>&1 &
	driver=$!
	wait_for '[ -s "$dir/first" ]' 20 || fail "the first run begins"
	zygote=$(zygote "$mark")
	wait_for '[ "$(ps -o stat= -p "$zygote" | cut -c1)" = T ]' 20 ||
		fail "the zygote stops"
	kill -KILL "$driver"
	wait "$driver" 2>/dev/null
	touch "$dir/go"
	wait_for 'is_dead 3001' 20
	check "a shim that cannot say that its run is over ends" \
	    wait_for "[ ! -e '/proc/$(header 3001 shim)' ]" 20
	check "and leaves the order that waits to the zygote" \
	    [ ! -e "$(file 3002)" ]
	kill -CONT "$zygote"
	check "who carries it out" wait_for '[ -n "$(value 3002 END o)" ]' 20
	kill -KILL "$zygote"
fi

# ---- it dies ----

if [ ! -x "$build/test/crons-shim" ]; then
	skip "stopped dead between two runs" "needs the build with fail points"
	exit
fi
for point in shim_before_stay shim_after_stay; do
	first=$((last_run += 3000))
	CRONS_FAIL=$point drive run=$first count=20 window=2 stay=1 quiet=1 \
	    shim="$build/test/crons-shim" command='exit 7'
	is "$point: each run has its status" "$(for ((i = 0; i < 20; i++)); do
		value $((first + i)) EXIT code
	done | sort | uniq -c | tr -s ' ')" " 20 7"
	is "$point: no shim has a second run" \
	    "$(shims $first $((first + 17)))" 18
done
first=$((last_run += 3000))
CRONS_FAIL=shim_after_order drive run=$first count=200 window=8 stay=1 \
    until=sent patience=3 shim="$build/test/crons-shim" \
    command="echo \$\$ >>'$dir/ran'"
wait_for '[ -z "$(marked CRONS_FAIL=shim_after_order)" ]' 10
for ((i = first; i < first + 200; i++)); do
	[ ! -e "$(file $i)" ] || echo "$i"
done >"$dir/files"
is "shim_after_order: an order without a file was not carried out" \
    "$(sort -u "$dir/ran" | wc -l)" "$(wc -l <"$dir/files")"
