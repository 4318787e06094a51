#!/bin/bash
# No script of ours gives shellcheck cause for a warning.
set -u
cd "$(dirname "$0")/.." || exit 1
command -v shellcheck >/dev/null || {
	echo "skip shellcheck is silent # needs shellcheck"
	exit
}
mapfile -t scripts < <(find .ci contrib tests -type f \
    -exec awk 'FNR == 1 && /^#!\/bin\/(ba)?sh/ { print FILENAME }' {} +)
if shellcheck -S warning -x -P SCRIPTDIR "${scripts[@]}"; then
	echo "ok shellcheck is silent"
else
	echo "not ok shellcheck is silent"
fi
