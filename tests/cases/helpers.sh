#!/bin/bash
# A case leaves nothing behind, whatever its daemon was doing: tried with a
# case whose job runs away, and which stops in the middle.
. "$(dirname "$0")/../lib.sh"

[ -x "$cronsd" ] && [ -x "$cronsctl" ] || skip_all "the programs are not built"

cat >"$dir/inner.sh" <<END
. "$root/tests/lib.sh"
start_daemon
ctl add runaway @yearly -- \
    'setsid sh -c "echo \\\$\\\$ >$dir/runaway; exec sleep 301" & \
    echo \$\$ >$dir/job; wait'
ctl run runaway
wait_for '[ -s $dir/runaway ] && [ -s $dir/job ]' 20 ||
	fail "the job starts" "\$(ctl runs)"
echo "\$dir" >$dir/inner-dir
echo "\$daemon_pid" >$dir/daemon
eval "\$1"
pass "all is as it was"
END

ended() # FILE: the process whose pid is in it has ended
{
	! kill -0 "$(cat "$dir/$1")" 2>/dev/null
}

# WORDS is what the inner case does in the end; STATUS what it exits with.
try() # WORDS STATUS
{
	local what
	rm -f "$dir/runaway" "$dir/job"
	TMPDIR=$dir bash "$dir/inner.sh" "$1" >"$dir/inner.log" 2>&1
	is "a case that does '$1' exits with $2" "$?" "$2"
	[ "$failures" = 0 ] || sed 's/^/# inner: /' "$dir/inner.log"
	for what in daemon job runaway; do
		check "$what: it has ended after '$1'" wait_for "ended $what" 5
	done
	check "the directory is gone after '$1'" \
	    test ! -e "$(cat "$dir/inner-dir")"
}

try true 0
try "exit 7" 7
try "fail something" 1
try kill9_daemon 0
try stop_daemon 0
try 'kill -TERM $$' 143
