#!/bin/bash
# The cases of shim-run.sh with children that are forked, not quick ones.
# limit: 60
SHIM_CWD=/proc
# shellcheck source=tests/cases/shim-run.sh
. "$(dirname "$0")/shim-run.sh"
