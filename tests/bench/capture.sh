#!/bin/bash
# What a run costs that outlives everybody: CPU of `echo hello` in a shell,
# through zygote and shim with its output captured, beside a scheduler that
# captures in its own process and loses all when it dies; and `yes` in pieces
# of 64 KiB beside `| cat >file`. Medians of ROUNDS (5), taken in turns.
# limit: 600
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"
rounds=${ROUNDS:-5}
runs=${RUNS:-1000}
inproc=$build/test/bench/inproc

# In memory: what a disk needs to create files differs twentyfold by itself.
fast=$dir/fast
[ ! -w /dev/shm ] || fast=$(mktemp -d /dev/shm/capture.XXXXXX)
mkdir -p "$fast"
trap 'rm -rf "$fast"; clean_up $?' EXIT

fresh()
{
	rm -rf "$fast/runs"
	mkdir "$fast/runs"
}

median() # NAME
{
	sed -n "s/^$1 //p" "$dir/raw" | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# A cgroup counts the CPU of all in it, also of those whom nobody waits for.
if [ -w /sys/fs/cgroup/cpuacct ]; then
	group=/sys/fs/cgroup/cpuacct/crons-bench.$$ usage=cpuacct.usage
elif [ -e /sys/fs/cgroup/cgroup.procs ] && [ -w /sys/fs/cgroup ]; then
	group=/sys/fs/cgroup/crons-bench.$$ usage=cpu.stat
else
	skip_all "needs a cgroup that counts CPU"
fi

# Microseconds of CPU a run.
cpu_of() # COMMAND... of $runs runs
{
	local from to
	mkdir "$group"
	from=$(used)
	(echo "$BASHPID" >"$group/cgroup.procs" && exec "$@") >/dev/null
	to=$(used)
	wait_for 'rmdir "$group" 2>/dev/null' 10 || fail "the group is empty"
	echo $(((to - from) / runs))
}

used() # in microseconds
{
	if [ $usage = cpu.stat ]; then
		sed -n 's/^usage_usec //p' "$group/cpu.stat"
	else
		echo $(($(cat "$group/$usage") / 1000))
	fi
}

through_cat()
{
	local from=${EPOCHREALTIME/./}
	head -c "$bytes" /dev/zero | cat >"$fast/out"
	echo $((bytes / (${EPOCHREALTIME/./} - from)))
	rm "$fast/out"
}

through_shim()
{
	local from
	fresh
	from=${EPOCHREALTIME/./}
	"$shimdrive" "$fast/runs" quiet=1 argv=1 head=100000000000 \
	    -- /usr/bin/head -c "$bytes" /dev/zero >/dev/null
	echo $((bytes / (${EPOCHREALTIME/./} - from)))
}

bytes=500000000
for ((i = 0; i < rounds; i++)); do
	fresh
	echo "inproc $(cpu_of "$inproc" "$fast/runs" "$runs" 8 'echo hello')"
	fresh
	echo "shim $(cpu_of "$shimdrive" "$fast/runs" quiet=1 count="$runs" \
	    cwd=/ command='echo hello')"
	echo "cat $(through_cat)"
	echo "taken $(through_shim)"
done >"$dir/raw"
inproc_us=$(median inproc) shim_us=$(median shim)
cat_rate=$(median cat) taken_rate=$(median taken)
echo "us of CPU a run, through the shim beside in-process:" \
    "$shim_us beside $inproc_us:" \
    "$(awk "BEGIN { printf \"%.2f\", $shim_us / $inproc_us }")"
echo "MB/s in large pieces, taken by the shim beside cat:" \
    "$taken_rate beside $cat_rate:" \
    "$(awk "BEGIN { printf \"%.2f\", $taken_rate / $cat_rate }")"
check "the shim costs at most 1.5 times the CPU" \
    awk "BEGIN { exit !($shim_us <= 1.5 * $inproc_us) }"
check "it takes large pieces at 0.6 of cat's rate or more" \
    awk "BEGIN { exit !($taken_rate >= 0.6 * $cat_rate) }"
