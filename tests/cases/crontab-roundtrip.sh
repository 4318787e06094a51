#!/bin/bash
# Crontabs that were imported come out of export as crontabs that mean the
# same: schedule, command, input, and the options of #crons: comments.
# limit: 300
. "$(dirname "$0")/../lib.sh"

# What the entries of a crontab mean, in no order: one line each.
entries() # DIALECT FILE
{
	ctl import --dry-run --json --dialect "$1" "$2" |
		sed -n 's/.*"kind":"job",\("schedule".*\),"env".*/\1/p' | sort
}

start_daemon
for dialect in debian cronie; do
	for tab in user percent; do
		file=$root/tests/golden/crontabs/$tab.tab
		grep -v '^@daily %' "$file" >"$dir/tab"
		check "$tab.tab is imported in the $dialect dialect" \
		    ctl import --dialect "$dialect" "$dir/tab"
		ctl export --crontab >"$dir/out"
		entries "$dialect" "$dir/tab" >"$dir/want"
		entries "$dialect" "$dir/out" >"$dir/have"
		check "it comes out of export as it went in" \
		    diff -u "$dir/want" "$dir/have"
		like "a second import of the same text changes nothing" \
		    "$(ctl import --dialect "$dialect" "$dir/tab" | tail -n 1)" \
		    "*accept: [1-9]* kept"
		ctl list -q | awk '{ print $1 }' | xargs -n 1 "$cronsctl" rm \
		    >"$dir/log" 2>&1
		is "all of them are removed" "$(ctl list -q)" ""
	done
done

# The same with real crontabs, and those that were made to be misread. Files
# with more entries than a crontab with comments may have are left out.
files=()
if [ -e "$shared/corpus/expect.jsonl" ]; then
	python3 "$shared/corpus/hostile/make_hostile.py" "$dir/hostile" \
	    >"$dir/made" 2>&1 || rm -rf "$dir/hostile"
	mkdir -p "$dir/hostile"
	while IFS= read -r -d '' file; do
		files+=("$file")
	done < <(find "$shared/corpus/wild/user" "$shared/corpus/wild/system" \
	    "$shared/corpus/debian" "$dir/hostile" -type f -size -100k -readable \
	    -print0)
	python3 "$root/tests/tools/roundtrip.py" "$dir" "$cronsctl" \
	    "${files[@]}" || failures=1
else
	need_shared corpus/expect.jsonl
fi
stop_daemon
