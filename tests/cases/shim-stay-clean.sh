#!/bin/bash
# Two kinds of jobs in bursts, odd and plain: a plain one whose shim had an odd
# one before sees what any other sees.
# limit: 120
. "$(dirname "$0")/../lib.sh"
count=$((32 * $(getconf _NPROCESSORS_ONLN)))

# Little work, or all of a burst would run before the first of it is over.
cat >"$dir/odd" <<-'END'
	echo "$PPID $CRONS_RUN odd" >>"$1/shims"
	kill -USR1 $PPID
	echo "$SECRET" >&2
	exit 9
END
# All of the process that is not its own number, time or pipe.
cat >"$dir/plain" <<-'END'
	echo "$PPID $CRONS_RUN plain" >>"$1/shims"
	exec 9>"$1/part.$CRONS_RUN"
	{
		grep -vE '^(State|.*[Pp]id|Tgid|Ngid|NS.*|Vm.*|Rss.*|SigQ|.*switches):' \
		    /proc/self/status
		(cd /proc/self && cat limits oom_score_adj sessionid loginuid \
		    timerslack_ns)
		awk '{ sub(/.*\) /, ""); print $17, $16, $38, $39 }' /proc/self/stat
		ionice -p $$
		find /proc/$$/fd -mindepth 1 -printf '%f\n'
		env | grep -vE '^(CRONS_|_=)'
		pwd
		cat
	} >&9 2>/dev/null
	mv "$1/part.$CRONS_RUN" "$1/view.$CRONS_RUN"
END

is_enough() # is there a view of one that came after an odd one?
{
	local run
	for run in $(awk '$3 == "plain" && last[$1] == "odd" { print $2 }
		{ last[$1] = $3 }' "$dir/shims" 2>/dev/null); do
		[ ! -e "$dir/view.$run" ] || return 0
	done
	return 1
}

start_daemon
for ((i = 0; i < count; i++)); do
	if ((i % 6 == 5)); then
		echo "add name=plain$i schedule=\"* * * * * *\" cwd=/" \
		    "command=\"/bin/sh $dir/plain $dir\""
		continue
	fi
	echo "add name=odd$i schedule=\"* * * * * *\" cwd=/tmp nice=5" \
	    "umask=077 limits=nofile=64,core=0,fsize=1M ionice=idle stdin=all" \
	    "merge=yes env=SECRET=much timeout=1m" \
	    "command=\"/bin/sh $dir/odd $dir\""
done | "$talk" "$CRONS_SOCKET" >"$dir/added"
is "bursts are to come" "$(grep -c ^201 "$dir/added")" "$count"
check "a shim has a plain job after an odd one" wait_for is_enough 90
is "all plain ones see the same" \
    "$(md5sum "$dir"/view.* | cut -d' ' -f1 | sort -u | wc -l)" 1
check "and that is something" grep -qs '^SigIgn' "$dir"/view.*
stop_daemon
is "the daemon ends well" $? 0
