#!/bin/bash
# crontab -e: whatever editor, user or others do meanwhile, no work is lost, no
# secret gets into a crontab, and nothing hangs.
# limit: 120
. "$(dirname "$0")/../lib.sh"
need_root
need python3
getent passwd nobody >/dev/null || skip_all "needs the user nobody"

# A blank in the path: the editor gets it as one word all the same.
export TMPDIR="$dir/a b"
unset VISUAL EDITOR CRONTAB_NOHEADER
mkdir "$TMPDIR"
ln -s "$cronsctl" "$dir/crontab"
cd "$dir" || exit
export CT=$dir/crontab
good='0 0 * * * echo good'
echo "$good" >good
echo '1 1 * * * echo other' >other
echo secret >secret

# An editor of that text: $1 is the file.
editor() # SHELL-TEXT
{
	printf '#!/bin/sh\n%s\n' "$1" >"$dir/ed.new"
	chmod +x "$dir/ed.new"
	mv "$dir/ed.new" "$dir/ed"
}
export EDITOR=$dir/ed

# Edits with the answers to what is asked; the status is the last line.
edit() # [ANSWERS]
{
	printf '%b' "${1-}" | timeout 20 "$CT" -e 2>&1
	echo "=$?"
}

now()
{
	"$CT" -l 2>&1
}

# The file that was named as the place of the edit; it is removed.
left_in() # MESSAGES
{
	local file
	file=$(sed -n 's/.*edits left in //p' <<<"$1")
	[ ! -f "$file" ] || cat "$file"
	rm -rf "${file%/crontab}"
}

for d in debian cronie; do
	cat >"$dir/conf" <<-END
	[daemon]
	dialect = $d
	[crontabs]
	user-crontabs = $dir/tabs-$d
	END
	start_daemon --config "$dir/conf"
	# shellcheck disable=SC2016 # text for the editor's shell
	editor 'echo "0 0 * * * echo good" >"$1"'
	said=$(edit)
	like "$d: an edit of no crontab" "$said" \
	    "no crontab for root - using an empty one*installing new crontab*=0"
	is "$d: it is installed" "$(now)" "$good"

	editor ':'
	like "$d: an edit that changes nothing" "$(edit)" "$(
	    [ $d = debian ] && echo 'No modification made' ||
		echo 'crontab: no changes made to crontab')"$'\n=0'
	# shellcheck disable=SC2016
	editor 'cat "$1" >seen; stat -c %a "$1" "$(dirname "$1")" >modes
	pwd >cwd; ls -l /proc/self/fd >fds; exit 0'
	sed -i "s,>\([a-z]\),>$dir/\1,g" ed
	edit >/dev/null
	is "$d: the editor sees the text without a header" "$(cat seen)" "$good"
	is "$d: the file is the user's alone" "$(tr '\n' ' ' <modes)" "600 700 "
	is "$d: the editor works in /tmp" "$(cat cwd)" /tmp
	is "$d: it has no socket of ours" "$(grep -c socket fds)" 0

	EDITOR=false VISUAL="sed -i -e 's/good/fine; :/'" edit >/dev/null
	is "$d: VISUAL goes first, and is a shell's line" "$(now)" \
	    "0 0 * * * echo fine; :"
	VISUAL='' EDITOR="sed -i -e 's/fine; :/good/'" edit >/dev/null
	is "$d: an empty VISUAL is none" "$(now)" "$good"

	# The editor fails.
	editor 'exit 3'
	is "$d: an editor that fails" "$(edit)" \
	    "crontab: \"$dir/ed\" exited with status 3"$'\n=1'
	# shellcheck disable=SC2016
	editor 'echo "9 9 * * * work" >>"$1"; kill -KILL $$'
	said=$(edit)
	like "$d: one that dies" "$said" '*edits left in*=1'
	like "$d: its work is left" "$(left_in "$said")" '*9 9 * * * work'
	is "$d: and not installed" "$(now)" "$good"

	# The text is bad.
	# shellcheck disable=SC2016
	editor 'echo "99 * * * * bad" >"$1"'
	for answer in 'n\n' '' 'what\nn\n'; do
		said=$(edit "$answer")
		like "$d: a bad edit that is given up ($answer)" "$said" \
		    "*:1:1: bad minute*retry the same edit*edits left in*=1"
		is "$d: it is left" "$(left_in "$said")" '99 * * * * bad'
	done
	# shellcheck disable=SC2016
	editor 'grep -q 99 "$1" && sed -i s/99/9/ "$1" ||
	    echo "99 * * * * late" >"$1"'
	like "$d: a bad edit that is made good" "$(edit 'y\n')" \
	    "*retry the same edit*installing new crontab*=0"
	is "$d: it is installed" "$(now)" '9 * * * * late'
	"$CT" good 2>/dev/null

	# Somebody else was there meanwhile.
	# shellcheck disable=SC2016
	editor 'echo "2 2 * * * mine" >"$1"; "$CT" '"$dir/other"
	said=$(edit)
	like "$d: edits that cross" "$said" "*changed meanwhile*edits left in*=1"
	is "$d: the first one stands" "$(now)" "$(cat other)"
	is "$d: the second one is left" "$(left_in "$said")" '2 2 * * * mine'
	# shellcheck disable=SC2016
	editor 'echo "2 2 * * * mine" >"$1"; "$CT" -r'
	said=$(edit)
	like "$d: a removal is a change too" "$said" \
	    "*changed meanwhile*edits left in*=1"
	left_in "$said" >/dev/null
	"$CT" good 2>/dev/null

	# What the editor leaves is not the user's text.
	for what in "ln -sf $dir/secret" 'rm -f "$1"; mkfifo' \
	    'rm -f "$1"; mkdir' 'chown nobody' 'rm -f'; do
		editor "$what \"\$1\""
		said=$(edit)
		like "$d: refused: ${what%% \"*}" "$said" "*crontab: *=1"
		is "$d: nothing of it is installed" "$(now)" "$good"
		left_in "$said" >/dev/null
	done

	# The editor is stopped, and goes on with us.
	# shellcheck disable=SC2016
	editor 'echo "3 3 * * * stopped" >"$1"; kill -STOP $PPID'
	"$CT" -e >stopped 2>&1 </dev/null &
	pid=$!
	check "$d: we stop with the editor" wait_for \
	    "grep -q 'State:.T' /proc/$pid/status" 10
	kill -CONT $pid
	wait $pid
	is "$d: and go on with it" "$? $(now)" "0 3 3 * * * stopped"

	# We are ended while the editor is open.
	# shellcheck disable=SC2016
	editor 'echo "4 4 * * * open" >"$1"; : >'"$dir/is-open"'
	exec sleep 100'
	rm -f is-open
	"$CT" -e >ended 2>&1 </dev/null &
	pid=$!
	check "$d: the editor is open" wait_for "[ -e is-open ]" 10
	child=$(ps -o pid= --ppid $pid)
	kill -TERM $pid
	wait $pid
	isnt=$?
	[ $isnt != 0 ] && pass "$d: an end by signal is no success" ||
		fail "$d: an end by signal is no success"
	is "$d: it says where the work is" "$(left_in "$(cat ended)")" \
	    '4 4 * * * open'
	# shellcheck disable=SC2086 # a pid
	kill $child

	# The daemon goes away.
	# shellcheck disable=SC2016
	editor 'echo "5 5 * * * alone" >"$1"; kill '"$daemon_pid"'
	while kill -0 '"$daemon_pid"' 2>/dev/null; do sleep 0.02; done'
	edit >alone &
	wait "$daemon_pid"
	daemon_pid=
	wait
	like "$d: the daemon went away" "$(cat alone)" "*edits left in*=1"
	is "$d: the work is left" "$(left_in "$(cat alone)")" \
	    '5 5 * * * alone'
	like "$d: without a daemon no editor is begun" "$(edit)" "*=1"
done

start_daemon
"$CT" good
editor ':'
like "a TMPDIR that is not there" "$(TMPDIR=$dir/nosuch edit)" \
    "*nosuch: No such file or directory*=1"
is "no file is left in TMPDIR" "$(ls -A "$TMPDIR")" ""

# Descriptors that are closed are not taken for the socket.
"$CT" other <&- >&- 2>&-
is "installing with closed descriptors" "$? $(now)" "0 $(cat other)"
"$CT" -l >&- 2>&-
is "-l to nowhere is an error" "$?" 1
"$CT" - <&- 2>/dev/null
is "nothing is installed from nowhere" "$? $(now)" "1 $(cat other)"
python3 - "$cronsctl" <<-'END' >/dev/null 2>&1
	import ctypes, sys
	ctypes.CDLL(None).execv(sys.argv[1].encode(), (ctypes.c_char_p * 1)())
END
status=$?
[ $status -lt 126 ] && pass "a name of nothing does no harm" ||
	fail "a name of nothing does no harm" "status $status"
