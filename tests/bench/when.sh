#!/bin/bash
# What it costs to ask for the next instant of a schedule (when_next).
. "$(dirname "$0")/../lib.sh"

need_shared bench/sched/exprs.txt
"$build/test/bench/when" "$shared/bench/sched/exprs.txt" ||
	fail "the measurement ran"
