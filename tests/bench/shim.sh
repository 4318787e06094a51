#!/bin/bash
# What a supervisor costs: runs started and reaped through the zygote and by
# shims that stay, with output captured, beside two bare vfork spawners that do nothing else, and
# beside the least a zygote can be: a forked supervisor without a library that
# writes output to a file and sends the status to who started it; output taken
# beside `| cat >file`; memory of a shim that waits. Each is the median
# of ROUNDS (5), taken in turns; only the ratios mean something.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"
need gcc
need_shared bench/limits/spawn.c
rounds=${ROUNDS:-5}
runs=1000
limits=$shared/bench/limits
export BENCH_TMP=$dir/tmp
mkdir "$BENCH_TMP"

for program in spawn chatty pause; do
	flags=-O2
	[ $program != pause ] || flags="-Os -ffreestanding -nostdlib -static
	    -fno-stack-protector"
	# shellcheck disable=SC2086 # words
	gcc -w -D_GNU_SOURCE $flags -o "$dir/$program" "$limits/$program.c" \
	    || skip_all "cannot build $program.c"
done
# shellcheck disable=SC2086 # words
gcc -w -D_GNU_SOURCE -DNOLIBC $flags -o "$dir/least" "$limits/shim.c" \
    || skip_all "cannot build shim.c"

# The spool in memory: creating files on a disk differs twentyfold by itself.
if [ -w /dev/shm ]; then
	fast=$(mktemp -d /dev/shm/shim.XXXXXX)
else
	fast=$(mktemp -d "$dir/fast.XXXXXX")
fi
trap 'rm -rf "$fast"; clean_up 0' EXIT

now_us()
{
	echo "${EPOCHREALTIME/./}"
}

# Both become nobody, if they may.
spawner_drops='' shim_drops=''
if [ "$(id -u)" = 0 ]; then
	spawner_drops=-c
	shim_drops='drop=1 uid=65534 gid=65534 group=65534 cwd=/tmp'
fi

two_spawners()
{
	"$dir/spawn" vfork true null $spawner_drops -n $runs >"$dir/a" &
	"$dir/spawn" vfork true null $spawner_drops -n $runs >"$dir/b"
	wait $!
	cat "$dir/a" "$dir/b" | awk '{ n += $(NF - 1) } END { print int(n) }'
}

through_least()
{
	BENCH_TMP=$fast "$dir/spawn" "zygote=$dir/least" true pipe \
	    $spawner_drops -n $((2 * runs)) | awk '{ print $(NF - 1) }'
}

# As many in all, and at once, as the two spawners have; with stay=1 as in a
# burst, when a shim that is done takes the next order.
through_zygote() # [stay=1]
{
	mkdir "$fast/runs"
	# shellcheck disable=SC2086 # words
	"$shimdrive" "$fast/runs" "$@" quiet=1 count=$((2 * runs)) window=16 \
	    $shim_drops argv=1 -- /bin/true | sed 's/rate \([0-9]*\).*/\1/'
	rm -r "$fast/runs"
}

# Megabytes a second of a job that writes in pieces of that size.
through_cat() # PIECE BYTES
{
	local from
	from=$(now_us)
	"$dir/chatty" "$2" "$1" | cat >"$fast/out"
	echo $(($2 / ($(now_us) - from)))
	rm "$fast/out"
}

through_shim() # PIECE BYTES
{
	local from
	mkdir "$fast/runs"
	from=$(now_us)
	"$shimdrive" "$fast/runs" quiet=1 argv=1 head=100000000000 \
	    -- "$dir/chatty" "$2" "$1" >/dev/null
	echo $(($2 / ($(now_us) - from)))
	rm -r "$fast/runs"
}

median() # NAME
{
	sed -n "s/^$1 //p" "$dir/raw" | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

ratio() # WHAT NAME NAME
{
	awk -v what="$1" -v a="$(median "$2")" -v b="$(median "$3")" \
	    'BEGIN { printf "%s: %d beside %d: %.2f\n", what, a, b, a / b }'
}

for ((i = 0; i < rounds; i++)); do
	echo "spawners $(two_spawners)"
	echo "burst $(through_zygote stay=1)"
	echo "zygote $(through_zygote)"
	echo "least $(through_least)"
	for piece in 65536 4096 80; do
		bytes=$((piece == 80 ? 20000000 : 500000000))
		echo "cat$piece $(through_cat $piece $bytes)"
		echo "shim$piece $(through_shim $piece $bytes)"
	done
done >"$dir/raw"
ratio "runs a second of a burst" burst spawners
ratio "the same, beside the least zygote" burst least
ratio "runs a second, a shim for each" zygote spawners
ratio "the same, beside the least zygote" zygote least
for piece in 65536 4096 80; do
	ratio "MB/s in pieces of $piece, taken by the shim" \
	    shim$piece cat$piece
done

# Shims that wait, as the daemon starts them: with an empty environment.
env -i "$shimdrive" "$spool" count=100 window=100 until=started quiet=1 \
    shim="$build/crons-shim" argv=1 -- "$dir/pause" >/dev/null
settled() # a shim gives back what its start needed after a second
{
	memory=$(for ((i = 1; i <= 100; i++)); do
		cat "/proc/$(header $i shim)/smaps_rollup"
	done | awk '/^Private/ { n += $2 } END { print n / 100 }')
	[ "${memory%.*}" -le 16 ]
}
wait_for settled 5
echo "private memory of a waiting shim: $memory kB"
pass "the measurement ran"
