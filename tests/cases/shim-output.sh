#!/bin/bash
# What a run's file holds of a great deal of output, and how much of the disk.
# limit: 120
# soak: 900
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"

blocks_kb() # RUN
{
	echo $(($(stat -c %b "$(file "$1")") / 2))
}

gap() # RUN KEY
{
	show "$1" frames | sed -n "s/^g .* $2=\([0-9]*\).*/\1/p" | tail -n 1
}

# ---- every byte ----

for largest in 1 100 5000 200000; do
	bytes=$((largest == 1 ? 20000 : largest * 60))
	drive head=100000000 argv=1 -- "$chatter" $largest $bytes $largest \
	    "$dir/out.$largest" "$dir/err.$largest"
	show $last_run out >"$dir/out"
	show $last_run err >"$dir/err"
	check "every byte of writes up to $largest is there, stdout" \
	    cmp "$dir/out" "$dir/out.$largest"
	check "every byte of writes up to $largest is there, stderr" \
	    cmp "$dir/err" "$dir/err.$largest"
	is "and they are counted" \
	    "$(value $last_run END o) $(value $last_run END e)" \
	    "$(stat -c %s "$dir/out") $(stat -c %s "$dir/err")"
	rm -f "$dir"/out* "$dir"/err*
done
is "frames have times that do not go back" \
    "$(show 1 frames | cut -d' ' -f2 | sort -nc && echo yes)" yes
is "and stand close to now" "$(($(show 1 frames | tail -n 1 |
	cut -d' ' -f2) / 100000000000))" "$((${EPOCHREALTIME/./} / 100000000000))"

drive merge=1 head=100000000 argv=1 -- "$chatter" 5 1000000 3000 \
    "$dir/out.m" "$dir/err.m"
is "merged, all bytes are there" "$(value $last_run END o)" \
    "$(($(stat -c %s "$dir/out.m") + $(stat -c %s "$dir/err.m")))"

# ---- the middle is let go ----

size=$((512 << 20))
[ -z "${CRONS_SOAK-}" ] || size=$((10 << 30))
[ -z "${CRONS_SAN-}" ] || size=$((64 << 20))
drive patience=800 command="head -c $size /dev/zero; echo last"
is "a great output ends well" "$(value $last_run EXIT code)" 0
is "it is counted to the byte" "$(value $last_run END o)" $((size + 5))
check "it keeps what its limits say and no block more" \
    [ "$(blocks_kb $last_run)" -le 2120 ]
show $last_run out >"$dir/out"
is "what is not there was counted in the gap" \
    "$(($(gap $last_run o) + $(stat -c %s "$dir/out")))" $((size + 5))
is "the last words are kept" "$(tail -c 5 "$dir/out")" last

drive head=10000 tail=10000 command='yes 0123456 | head -n 400000; echo last'
check "small limits keep little" \
    [ "$(blocks_kb $last_run)" -le 40 ]
show $last_run out >"$dir/out"
check "of both ends" [ "$(stat -c %s "$dir/out")" -gt 15000 ]
is "and count the rest" "$(($(gap $last_run o) + $(stat -c %s "$dir/out")))" \
    3200005

drive head=3000 tail=3000 \
    command='i=0; while [ $i -lt 5000 ]; do printf .; i=$((i + 1)); done'
show $last_run out >"$dir/out"
is "single bytes too" \
    "$(($(gap $last_run o) + $(stat -c %s "$dir/out")))" 5000
check "within the limits" \
    [ "$(blocks_kb $last_run)" -le 24 ]

drive head=10 tail=10 command='seq 100000; sleep 0.1; echo last'
show $last_run out >"$dir/out"
is "the last words are kept however small the limits are" \
    "$(tail -n 1 "$dir/out")" last
is "and the rest is counted" \
    "$(($(gap $last_run o) + $(stat -c %s "$dir/out")))" 588900
check "which is nearly all" [ "$(stat -c %s "$dir/out")" -le 600 ]

drive head=0 tail=0 command='head -c 3000000 /dev/zero'
is "a limit of nothing keeps nothing" \
    "$(show $last_run out | wc -c) $(gap $last_run o)" "0 3000000"
