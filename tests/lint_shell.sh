#!/bin/bash
# No script of ours gives shellcheck cause for a warning. It reads what a
# script sources again for each, so as many at a time as there are processors.
set -u
cd "$(dirname "$0")/.." || exit 1
command -v shellcheck >/dev/null || {
	echo "skip shellcheck is silent # needs shellcheck"
	exit
}
if find .ci contrib tests -type f \
    -exec awk 'FNR == 1 && /^#!\/bin\/(ba)?sh/ { printf "%s%c", FILENAME, 0 }' \
    {} + |
	xargs -0 -n 8 -P "$(nproc)" shellcheck -S warning -x -P SCRIPTDIR
then
	echo "ok shellcheck is silent"
else
	echo "not ok shellcheck is silent"
fi
