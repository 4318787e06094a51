#!/bin/bash
# Every file of crontabs/ is read as crontabs.txt says, line by line, in each
# dialect. After a change that is meant: tests/golden/crontabs.sh --write
. "$(dirname "$0")/../lib.sh"
golden=$root/tests/golden/crontabs.txt

# What is written must not hang on this machine's users.
read_all()
{
	local tab dialect options
	for tab in "$root"/tests/golden/crontabs/*.tab; do
		options=()
		[ "$(basename "$tab")" != system.tab ] || options=(--system)
		for dialect in debian cronie extended; do
			echo "== $(basename "$tab") $dialect"
			ctl import --dry-run --json --dialect "$dialect" \
			    "${options[@]}" "$tab" |
				sed 's/{"schema":1,/{/'
		done
	done
}

read_all >"$dir/now"
if [ "${1-}" = --write ]; then
	cp "$dir/now" "$golden"
fi
check "crontabs mean what the golden file says" diff -u "$golden" "$dir/now"
check "there are many lines" \
    test "$(grep -c '"kind":"job"' "$golden")" -gt 50
