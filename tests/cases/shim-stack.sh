#!/bin/bash
# A shim whose run takes a while gives back what its start needed, the lower
# part of its stack too. Wherever the stack begins, it never gives back what it
# still stands on: all shims of a zygote have the same stack, so all runs of a
# daemon that was started in a bad place would be lost.
# limit: 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../shim.sh"
need setarch
setarch -R true 2>/dev/null || skip_all "needs personality(2)"
[ -z "${CRONS_SAN-}" ] || skip_all "the sanitizers have stacks of their own"

# Every place there is in a page: the environment moves the stack by 16 bytes.
places=256
for ((i = 1; i <= places; i++)); do
	PAD=$(printf '%*s' $((16 * i)) '') setarch -R "$shimdrive" "$spool" \
	    run=$i cwd=/ until=started command='exec sleep 1.3' >"$dir/news"
done
check "all runs end" wait_for \
    'for ((i = 1; i <= places; i++)); do is_dead $i || break; done
    [ $i -gt $places ]' 60
lost=
for ((i = 1; i <= places; i++)); do
	[ "$(value $i EXIT code)" = 0 ] || lost+=" $i"
done
is "none of them is lost" "$lost" ""
