#!/bin/bash
# The next instant of a schedule, here and in other implementations: each of
# them that can be had is timed in this run, on the schedules of the shared
# list, and ours is to be three times as fast as any on every one that fires.
#
# Those of npm come from $BENCH_NODE_MODULES (a directory that holds
# node_modules) or are installed below a directory that goes away; croniter is
# that of Debian, unpacked there; those in Go need Debian's Go packages.
# limit: 900
. "$(dirname "$0")/../lib.sh"
need_shared bench/sched/exprs.txt
sched=$shared/bench/sched
exprs=$sched/exprs.txt

# "NAME TAB SCHEDULE TAB NANOSECONDS" from the lines of the shared programs:
# the name in 22 columns, the schedule in 34.
tabular()
{
	sed -E 's/^(.{22}) (.{34}) +([0-9.]+).*/\1\t\2\t\3/; s/ +\t/\t/g' |
		grep "	[0-9.]*$"
}

ours()
{
	"$build/test/bench/when" "$exprs" | sed -nE \
	    's/^# (.{32}) +([0-9.]+) .*/ours\t\1\t\2/p' | sed 's/ *	/	/g' |
		grep -v '^ours	schedule'
}

npm_peers()
{
	local modules=${BENCH_NODE_MODULES-}
	command -v node >/dev/null || { skip "npm libraries" "no node"; return; }
	if [ -z "$modules" ]; then
		modules=$dir/npm
		mkdir "$modules"
		(cd "$modules" && timeout 300 npm install --no-audit --no-fund \
		    --silent croner cron-parser cron-schedule cron luxon) \
		    >/dev/null 2>&1 || {
			skip "npm libraries" "they cannot be installed"
			return
		}
	fi
	TZ=UTC node "$sched/bench_npm.cjs" "$modules/node_modules" "$exprs" \
	    2>/dev/null | tabular >>"$dir/peers"
}

croniter()
{
	local path=$dir/deb
	if ! /usr/bin/python3 -c 'import croniter' 2>/dev/null; then
		mkdir "$path"
		(cd "$path" && timeout 300 apt-get download python3-croniter \
		    python3-dateutil python3-tz python3-tzlocal \
		    python3-natsort python3-six &&
			for deb in *.deb; do dpkg -x "$deb" .; done) \
		    >/dev/null 2>&1
	fi
	PYTHONPATH=$path/usr/lib/python3/dist-packages \
	    /usr/bin/python3 "$sched/bench_croniter.py" "$exprs" \
	    2>/dev/null | tabular >"$dir/croniter" && [ -s "$dir/croniter" ] ||
		skip "croniter" "python3-croniter cannot be had"
	cat "$dir/croniter" >>"$dir/peers"
}

go_peers()
{
	command -v go >/dev/null || { skip "libraries in Go" "no go"; return; }
	GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$dir/go \
	    go build -o "$dir/bench_go" "$sched/bench_go.go" 2>/dev/null || {
		skip "libraries in Go" "Debian's packages of them are missing"
		return
	}
	"$dir/bench_go" "$exprs" | tabular >>"$dir/peers"
}

: >"$dir/peers"
ours >"$dir/ours"
npm_peers
croniter
go_peers
ours >>"$dir/ours" # at both ends of the run: the slower one counts
[ -s "$dir/peers" ] || skip_all "no other implementation can be had"

# A schedule that never fires has no next instant: it is not compared, but
# shown; "never" marks it in our own list.
"$build/test/bench/when" "$exprs" | sed -nE 's/^# (.{32}) .*never/\1/p' |
	sed 's/ *$//' >"$dir/never"
awk -F'\t' -v never="$dir/never" '
BEGIN { while ((getline line < never) > 0) skipped[line] = 1 }
$1 == "ours" { if ($3 > own[$2]) own[$2] = $3; next }
{
	if (!($2 in own))
		next
	ratio = $3 / own[$2]
	printf "# %-20s %-34s %10.1f ns, ours %7.1f: %8.1f times%s\n", \
	    $1, $2, $3, own[$2], ratio, $2 in skipped ? "  (never)" : ""
	if ($2 in skipped)
		next
	count[$1]++
	if (!($1 in least) || ratio < least[$1])
		least[$1] = ratio
}
END {
	for (peer in count) {
		good = least[peer] >= 3 && count[peer] >= 10
		printf "%s %s: at least %.1f times its speed on %d schedules\n", \
		    good ? "ok" : "not ok", peer, least[peer], count[peer]
		bad += !good
	}
	exit bad > 0
}' "$dir/ours" "$dir/peers" || failures=1
