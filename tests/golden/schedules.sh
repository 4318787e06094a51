#!/bin/bash
# Every schedule of schedules.txt has the normal form, the words, the warning
# or the error that stand below it there. After a change that is meant:
# tests/golden/schedules.sh --write
. "$(dirname "$0")/../lib.sh"
golden=$root/tests/golden/schedules.txt

grep '^[a-z]' "$golden" | "$build/test/tools/schedule" >"$dir/now"
if [ "${1-}" = --write ]; then
	cp "$dir/now" "$golden"
fi
check "schedules mean what the golden file says" diff -u "$golden" "$dir/now"
check "there are many" test "$(grep -c '^[a-z]' "$golden")" -gt 100
check "what is printed parses again, to the same" \
    bash -c "! grep 'NOT ' '$dir/now'"
