#!/bin/bash
# Output as its reader meets it: whatever a job writes, in whatever pieces; the
# end of a long log; searching; followers who stall, and a daemon that is
# restarted, killed or stopped under those who follow.
# limit: 240
. "$(dirname "$0")/../lib.sh"

start_daemon

add() # NAME COMMAND [OPTION...]
{
	ctl add "$1" @yearly "${@:3}" -- "$2" >/dev/null
}

stored() # RUN: its run file is gone
{
	! compgen -G "$state/spool/*-$1.*" >/dev/null
}

# ---- any bytes, in any pieces ----

head -c 300000 /dev/urandom >"$dir/binary"
add binary "cat $dir/binary"
ctl run binary --wait >/dev/null
ctl logs binary >"$dir/out"
check "binary output comes back byte by byte" cmp "$dir/binary" "$dir/out"
check "from the store too" wait_for 'stored 1' 20
ctl logs binary >"$dir/out"
check "byte by byte" cmp "$dir/binary" "$dir/out"

printf 'caf\351 \303\50 \377\376\n\0\1 end without LF' >"$dir/odd"
add odd "cat $dir/odd"
ctl run odd --wait >/dev/null
ctl logs odd >"$dir/out"
check "so does what is no UTF-8 and has no last LF" cmp "$dir/odd" "$dir/out"
is "its last line is a line" "$(ctl logs odd -n 1 | od -An -c | tr -d ' \n')" \
    '\0001endwithoutLF'
is "what is behind a NUL is found" "$(ctl logs odd --grep 'out LF$' |
    tr -d '\0\1')" " end without LF"

# shellcheck disable=SC2016 # for the job
add bytes 'i=0; while [ $i -lt 400 ]; do i=$((i + 1)); printf x; done; echo'
ctl run bytes --wait >/dev/null
is "single bytes are one line" "$(ctl logs bytes -n 1 | wc -lc | xargs)" "1 401"

add endless "head -c 5000000 /dev/zero | tr '\\0' z" --output-head=16M
ctl run endless --wait >/dev/null
is "five million bytes without a line feed are one line" \
    "$(ctl logs endless -n 1 | wc -lc | xargs)" "0 5000000"
# The daemon sends what there is room for; that there is room again may become
# known at any of several places.
often()
{
	local i
	for i in {1..40}; do
		timeout 60 "$cronsctl" logs endless -n 1 | cmp -s - "$dir/once" ||
			return 1
	done
}
ctl logs endless >"$dir/once"
check "which comes whole each time" often
check "in which something can be found" test \
    "$(ctl logs endless --grep 'zzz$' | wc -c)" -gt 0
is "and which other searches pass over" \
    "$(ctl logs endless --grep y; echo $?)" 1

# ---- lines, their times, and the last of them ----

# The first half of each line is seen before the second is allowed.
mkfifo "$dir/go"
add halves "printf 'out '; printf 'err ' >&2; read x <$dir/go; echo is whole;
    echo too >&2; echo done"
run=$(ctl run halves --json | sed 's/.*"run":\([0-9]*\).*/\1/')
wait_for '[ "$(ctl logs halves 2>&1 | wc -c)" = 8 ]' 20
half=${EPOCHREALTIME/./}
echo >"$dir/go"
ctl wait "$run" >/dev/null
is "a line is one, however it was written" "$(ctl logs halves --grep .)" \
    "out is whole
done"
times=$(ctl logs halves --grep . --json | sed 's/.*"time_us":\([0-9]*\).*/\1/' |
    sort -n | tr '\n' ' ')
check "and has the time of its first byte" \
    awk -v half="$half" -v times="$times" 'BEGIN {
	split(times, t, " "); exit !(t[1] < half && t[2] < half && t[3] > half)
    }'
is "the last lines are those that ended last" \
    "$(ctl logs halves -n 2 2>&1 | sort)" "done
err too"

add long "seq 200000; echo 1 >&2; seq 200001 200300" --output-head=64M
ctl run long --wait >/dev/null
run=$(ctl runs long --json | sed 's/.*"run":\([0-9]*\).*/\1/')
tails() # of stdout, of stderr, of a great part
{
	ctl logs long --out -n 3 | xargs
	ctl logs long --err -n 1 2>&1 | xargs
	ctl logs long --out -n 150000 | cksum
}
wanted="200298 200299 200300
1
$(seq 50301 200300 | cksum)"
is "-n of a run file begins at the right line" "$(tails)" "$wanted"
check "(it becomes stored)" wait_for 'stored $run' 20
is "so it does of what is stored" "$(tails)" "$wanted"
echo "logs $run lines=3" | "$talk" "$CRONS_SOCKET" >"$dir/frames"
check "without reading the head" [ "$(wc -c <"$dir/frames")" -lt 1100000 ]
is "a search of all finds what there is" "$(ctl logs long --grep '^2000.0$' |
    xargs)" "200000 200010 200020 200030 200040 200050 200060 200070 200080 200090"

# ---- which runs wrote it ----

add greet 'echo hello from $CRONS_RUN; [ $((CRONS_RUN % 2)) = 0 ]'
for _ in 1 2 3 4; do
	ctl run greet --wait >/dev/null
done
first=$(ctl runs greet --json | sed -n '$s/.*"run":\([0-9]*\).*/\1/p')
column() # what follows --json of runs, oldest first
{
	sed 's/.*"run":\([0-9]*\).*/\1/' | sort -n | xargs
}
is "--output-matches shows the runs that wrote it" \
    "$(ctl runs --output-matches "from ($first|$((first + 3)))" --json |
	column)" "$first $((first + 3))"
is "the newest of them" "$(ctl runs --output-matches 'hello' -n 1 --json |
    column)" "$((first + 3))"
is "of one job" "$(ctl runs greet --output-matches . --json | column)" \
    "$first $((first + 1)) $((first + 2)) $((first + 3))"
ctl runs --output-matches 'was never said' >/dev/null 2>&1
is "or says that there are none" $? 1
is "of a job's runs, those before one" \
    "$(ctl runs greet --before $((first + 2)) --json | column)" \
    "$first $((first + 1))"
failed=$((first % 2 == 1 ? first + 2 : first + 3))
is "--last-failed is the newest that failed" \
    "$(ctl logs greet --last-failed)" "hello from $failed"

# ---- over restarts ----

# Lines as fast as the shell can, until it is told to end.
add stream "i=0; until [ -e $dir/enough ]; do i=\$((i + 1)); echo \$i; done" \
    --output-head=512M
ctl run stream >/dev/null
: >"$dir/follow.1"
for i in 1 2 3; do
	ctl logs stream -f >"$dir/follow.$i" 2>>"$dir/said" &
	followers+=($!)
done
ctl logs stream -f -n 5 >"$dir/follow.tail" 2>>"$dir/said" &
followers+=($!)
ctl logs stream -f --grep '00$' >"$dir/follow.grep" 2>>"$dir/said" &
followers+=($!)
grown() # LINES more than there were
{
	[ "$(wc -l <"$dir/follow.1")" -gt "$1" ]
}
all_begun()
{
	local file
	for file in 1 2 3 tail grep; do
		[ -s "$dir/follow.$file" ] || return 1
	done
}
check "several follow" wait_for all_begun 60
for how in KILL TERM KILL; do
	check "they see it come" wait_for "grown $(wc -l <"$dir/follow.1")" 60
	if [ $how = KILL ]; then kill9_daemon; else stop_daemon; fi
	start_daemon
done
check "they go on with another daemon" \
    wait_for "grown $(wc -l <"$dir/follow.1")" 60
# It ends while there is none.
kill9_daemon
touch "$dir/enough"
wait_for '! pgrep -f "until \[ -e $dir/enough" >/dev/null' 30
start_daemon
wait "${followers[@]}"
is "and end well when the run has" $? 0
ctl logs stream >"$dir/all"
count=$(wc -l <"$dir/all")
echo "# $count lines, over $(grep -c 'is back' "$dir/said") new connections"
seq "$count" >"$dir/expected"
check "all of it is kept" cmp "$dir/all" "$dir/expected"
for i in 1 2 3; do
	check "follower $i has each byte once" cmp "$dir/follow.$i" \
	    "$dir/expected"
done
from=$(head -n 1 "$dir/follow.tail")
check "who began at the tail has each byte from there" \
    cmp "$dir/follow.tail" <(seq "$from" "$count")
check "who searches has each match once" \
    cmp "$dir/follow.grep" <(grep '00$' "$dir/expected")

# ---- followers who stall ----

rm "$dir/enough"
ctl run stream >/dev/null
memory()
{
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$daemon_pid/status"
}
before=$(memory)
mkfifo "$dir/stalled"
exec 9<>"$dir/stalled" # and nobody reads it
for i in {1..100}; do
	ctl logs stream -f >"$dir/stalled" 2>/dev/null &
done
attached()
{
	[ "$(find "/proc/$daemon_pid/fd" -lname "$state/spool/*" | wc -l)" \
	    -ge 100 ]
}
check "a hundred may follow" wait_for attached 60
check "while they stall, others are served" \
    timeout 60 "$cronsctl" run bytes --wait
: >"$dir/follow"
ctl logs stream -f >"$dir/follow" &
follower=$!
check "and one who reads sees it come" \
    wait_for '[ "$(wc -l <"$dir/follow")" -gt 1000 ]' 60
after=$(memory)
echo "# kB of memory: $before before, $after with 100 that stall"
[ -n "${CRONS_SAN-}" ] || check "they cost less than 256 kB each" \
    [ $((after - before)) -lt 25600 ]
exec 9>&- # their pipe is gone
touch "$dir/enough"
wait "$follower"
is "who follows to the end has all" "$(tail -n 1 "$dir/follow")" \
    "$(wc -l <"$dir/follow")"
stop_daemon
is "the daemon ends all the same" $? 0
