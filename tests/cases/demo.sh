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
