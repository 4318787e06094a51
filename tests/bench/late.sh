#!/bin/bash
# Lateness of one job, every second, through sh -c: the daemon beside a bare
# timerfd loop (the floor), in turns; each job appends its own clock reading.
# limit: 600
. "$(dirname "$0")/../lib.sh"
need gcc python3
need_shared bench/peers/floor.c
need_shared bench/peers/stamp.c
gcc -O2 -w -D_GNU_SOURCE -o "$dir/floor" "$shared/bench/peers/floor.c" ||
	skip_all "cannot build floor.c"
gcc -Os -w -ffreestanding -nostdlib -static -fno-stack-protector \
    -o "$dir/stamp" "$shared/bench/peers/stamp.c" ||
	skip_all "cannot build stamp.c"
rounds=${ROUNDS:-3} seconds=${SECONDS_EACH:-15}

by_floor()
{
	printf '0\t%s\n' "$dir/stamp $dir/floor.out 0" >"$dir/floor.tab"
	"$dir/floor" sh "$dir/floor.tab" &
	sleep "$seconds"
	kill $!
	wait $! 2>/dev/null
}

by_daemon() # FILE
{
	ctl enable "$1" >/dev/null
	sleep "$seconds"
	ctl disable "$1" >/dev/null
}

start_daemon
# ; keeps the shell: a simple command needs none.
ctl add shell '* * * * * *' -- "$dir/stamp $dir/shell.out 0 ;" >/dev/null
ctl add direct '* * * * * *' -- "$dir/stamp $dir/direct.out 0" >/dev/null
ctl disable shell >/dev/null
ctl disable direct >/dev/null
for ((i = 0; i < rounds; i++)); do
	by_floor
	by_daemon shell
	by_daemon direct
done
stop_daemon

# A reading is two numbers of 64 bits: a name, and nanoseconds since 1970.
lateness() # NAME -> "p50 p99 count" in microseconds
{
	python3 - "$dir/$1.out" <<-END
		import struct, sys
		late = sorted(at % 1000000000 // 1000 for _, at in
		    struct.iter_unpack("qq", open(sys.argv[1], "rb").read()))
		print(late[len(late) // 2], late[len(late) * 99 // 100], len(late))
	END
}
floor="" shell=""
for name in floor shell direct; do
	read -r p50 p99 count <<<"$(lateness $name)"
	echo "$name: p50 $p50 us, p99 $p99 us, $count runs"
	declare "$name=$p50"
done
echo "p50 of a job through the shell beside the floor's:" \
    "$(awk "BEGIN { printf \"%.2f\", $shell / $floor }")"
check "p50 is at most twice the floor's" test "$shell" -le $((2 * floor))
