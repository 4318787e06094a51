#!/bin/bash
# clang has nothing to say about any source, with and without fail points.
# LINT_FLAGS are the flags of the Makefile, from `make lint`.
set -u
cd "$(dirname "$0")/.." || exit 1
shopt -s nullglob
command -v clang >/dev/null || {
	echo "skip clang is silent # needs clang"
	exit
}

compile() # FLAG SOURCE...
{
	local flag=$1
	shift
	# shellcheck disable=SC2086 # flags are words
	[ $# = 0 ] || printf '%s\n' "$@" | xargs -n 8 -P 2 \
	    clang $LINT_FLAGS -Itests -O2 -Werror -fsyntax-only $flag
}

if compile -DCRONS_CLANG {share,cronsd,cronsctl,tests/*}/*.c &&
	compile -DCRONS_FAILPOINTS cronsd/*.c; then
	echo "ok clang is silent"
else
	echo "not ok clang is silent"
fi
