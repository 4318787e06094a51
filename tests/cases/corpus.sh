#!/bin/bash
# Real crontabs and hostile ones mean to `import --dry-run` what they mean to
# Debian's cron and to cronie; the deliberate exceptions are a list, with their
# reasons, in tools/corpus.py.
# limit: 300
. "$(dirname "$0")/../lib.sh"

need_shared corpus/expect.jsonl
compare=$root/tests/tools/corpus.py
command=("$cronsctl" import --dry-run --json)

python3 "$compare" real "$shared/corpus" "${command[@]}" || failures=1

# Other owners, FIFOs and modes that cannot be read are made by root only.
name="hostile files mean what they mean to the crons"
if [ "$(id -u)" != 0 ]; then
	skip "$name" "needs root"
elif ! python3 "$shared/corpus/hostile/make_hostile.py" "$dir/hostile" \
    >"$dir/made" 2>&1; then
	fail "hostile files can be made" "$(tail -n 3 "$dir/made")"
else
	python3 "$compare" hostile "$shared/corpus" "$dir/hostile" \
	    "${command[@]}" || failures=1
fi
