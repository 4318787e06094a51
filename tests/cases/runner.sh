#!/bin/bash
# tests/run finds what it is there to find: tried on a small tree of its own.
# limit: 60
. "$(dirname "$0")/../lib.sh"

tree=$dir/tree
mkdir -p "$tree/tests/cases"
cp "$root/tests/run" "$tree/tests/run"

item() # NAME, text on standard input
{
	cat >"$tree/tests/cases/$1.sh"
}

# Runs the items whose names hold a word; what it said is in $said.
run_items() # WORD
{
	said=$(cd / && env -u CRONS_SOAK CRONS_BUILD="$build" "$tree/tests/run" \
	    "$1" 2>&1)
	status=$?
	last=${said##*$'\n'}
}

item good <<'END'
echo 'ok one thing'
echo 'ok another'
echo 'skip a third # no moon'
END
run_items good
is "passes are counted" "$last" "2 passed, 0 failed"
is "success is exit status 0" "$status" 0
like "a skip is told with its reason" "$said" \
    "*skipped: cases/good.sh: a third # no moon*"

ln -s tree "$dir/a tree"
ln -s "$build" "$dir/a build"
cat >"$tree/tests/cases/words.sh" <<'END'
[ -d $PWD/tests ] && [ -x $CRONS_BUILD/cronsd ] && echo ok fine
END
said=$(CRONS_BUILD="$dir/a build" "$dir/a tree/tests/run" words 2>&1)
is "a path may have blanks: items see one that has none" "${said##*$'\n'}" \
    "1 passed, 0 failed"

item bad <<'END'
echo 'ok one thing'
echo 'the reason'
echo 'not ok another'
END
run_items bad
is "failures are counted" "$last" "1 passed, 1 failed"
is "failure is exit status 1" "$status" 1
like "the output of a failed item is shown" "$said" "*the reason*"

echo 'exit 3' | item silent
run_items silent
is "an item that says nothing has failed" "$last" "0 passed, 1 failed"

printf 'echo ok fine\nexit 3\n' | item status
run_items status
is "an item that exits badly has failed" "$last" "1 passed, 1 failed"

printf '# limit: 1\necho ok fine\nsleep 60\n' | item slow
run_items slow
is "an item that takes too long has failed" "$last" "1 passed, 1 failed"

item report <<'END'
echo ok fine
path=${UBSAN_OPTIONS#log_path=}
echo 'a null pointer' >"${path%%:*}.1"
END
run_items report
is "an item with a sanitizer's report has failed" "$last" "1 passed, 1 failed"
like "the report is shown" "$said" "*a null pointer*"
[ -z "${CRONS_SAN-}" ] ||
	is "the sanitizers write to where they are told to" \
	    "$(ldd "$build/cronsd" | grep libubsan)" ""

printf 'echo ok fine\ntouch "$TMPDIR/x"\n' | item litter
run_items litter
is "an item that leaves a file has failed" "$last" "1 passed, 1 failed"

printf 'printf "1..3\\nok 1 - a\\nnot ok 2 # SKIP b\\n"\n' | item short
run_items short
is "a unit test that ends early has failed" "$last" "1 passed, 1 failed"

printf 'printf "1..2\\n# skip: why\\nok 1 - a\\nnot ok 2 # SKIP b\\n"\n' |
	item skipping
run_items skipping
is "a skipped unit test is no failure" "$last" "1 passed, 0 failed"
like "the reason of a unit test is told" "$said" "*: b # why*"

run_items nothing-is-called-so
is "no test at all is a failure" "$last" "0 passed, 1 failed"

printf 'echo ok fine\n(setsid sleep 61 &)\n' | item leak
for way in yes no; do
	NAMESPACES=$way run_items leak
	is "an item that leaves a process has failed (namespaces: $way)" \
	    "$last" "1 passed, 1 failed"
	like "the process is named (namespaces: $way)" "$said" \
	    "*left running: sleep 61*"
done

# One that forks faster than it is killed one by one. Its user is nobody else's.
bomber=$((20000 + $$ % 20000))
if [ "$(id -u)" = 0 ]; then
	cp "$build/test/tools/witness" "$dir/witness"
	chmod 711 "$dir"
	: >"$dir/mark"
	chmod 666 "$dir/mark"
	item bomb <<-END
		setpriv --reuid $bomber --regid $bomber --clear-groups \
		    prlimit --nproc=60 "$dir/witness" "$dir/mark" bomb &
		until [ \$(pgrep -cu $bomber) -ge 50 ]; do sleep 0.1; done
		echo ok fine
	END
	for way in yes no; do
		NAMESPACES=$way run_items bomb
		is "a fork bomb ends with its item (namespaces: $way)" \
		    "$last $(pgrep -cu $bomber)" "1 passed, 1 failed 0"
	done
else
	skip "a fork bomb ends with its item" "needs root"
fi

# Ends when asked to, with what it runs; the item would go on for its limit.
item begun <<END
touch "$dir/begun"
trap 'touch "$dir/cleaned"; exit 1' TERM
echo ok fine
sleep 100 &
wait
END
for way in yes no; do
	rm -f "$dir/begun" "$dir/cleaned"
	NAMESPACES=$way CRONS_BUILD=$build "$tree/tests/run" begun \
	    >/dev/null 2>&1 &
	runner=$!
	wait_for '[ -e $dir/begun ]' 20
	kill $runner
	check "told to end, it ends (namespaces: $way)" \
	    wait_for '! kill -0 $runner 2>/dev/null' 40
	check "what it runs can clean up (namespaces: $way)" \
	    test -e "$dir/cleaned"
done
