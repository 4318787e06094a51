#!/bin/bash
# What `make demo` shows a newcomer is true, and `make demo-stop` ends it.
. "$(dirname "$0")/../lib.sh"

export CRONS_DEMO=$dir/demo
[ -x "$cronsd" ] && [ -x "$cronsctl" ] || skip_all "the programs are not built"

said=$("$root/tests/demo/start" 2>&1)
is "the demo runs to its end" "$?" 0
daemon_pid=$(cat "$CRONS_DEMO/pid" 2>/dev/null)
like "jobs are listed" "$said" "*cronsctl list*tick*@every 2s*"
like "runs are listed with their results" "$said" "*cronsctl runs*ok*"
like "standard output is shown" "$said" "*cronsctl logs tick*tick at *"
like "both outputs of a failed run are shown" "$said" \
    "*cronsctl logs *checking the disk*about to fail*"
like "it tells how to go on" "$said" "*make demo-stop*"
check "the daemon is still there" kill -0 "$daemon_pid"
[ "$failures" = 0 ] || echo "$said" | sed 's/^/# /'

check "it can be stopped" "$root/tests/demo/stop"
check "it is gone then" wait_for '! kill -0 "$daemon_pid" 2>/dev/null' 10
like "stopping twice does no harm" "$("$root/tests/demo/stop")" \
    "*no daemon is running*"

# A user without a home directory, and a directory with a long name.
long=$dir/$(printf 'x%.0s' {1..120})
like "where a socket cannot be, that is told with what to do" \
    "$(CRONS_DEMO=$long "$root/tests/demo/start" 2>&1)" \
    "*$long/state/cronsd.sock*at most 107*CRONS_DEMO=*"
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
	skip "the demo works for a user without a home" "needs root, setpriv"
	exit
fi
chmod 711 "$dir"
mkdir -m 755 "$dir/bin"
install -d -m 755 -o nobody "$dir/nobody"
cp "$build/cronsd" "$build/crons-shim" "$build/cronsctl" "$dir/bin"
cp -r "$root/tests" "$dir/tests"
chmod -R a+rX "$dir/tests"
homeless() # start | stop
{
	(cd / && CRONS_BUILD=$dir/bin CRONS_DEMO=$dir/nobody/demo \
	    as nobody "$dir/tests/demo/$1")
}
said=$(homeless start 2>&1)
is "the demo works for a user without a home" $? 0
[ "$failures" = 0 ] || echo "$said" | sed 's/^/# /'
homeless stop >/dev/null
is "and ends" $? 0
