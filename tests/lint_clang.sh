#!/bin/bash
# clang has nothing to say about any source, with and without fail points.
# LINT_FLAGS are the flags of the Makefile, from `make lint`. One process takes
# many sources, which the driver never gives it: to start one for each is two
# thirds of all the work.
set -u
cd "$(dirname "$0")/.." || exit 1
shopt -s nullglob
command -v clang >/dev/null || {
	echo "skip clang is silent # needs clang"
	exit
}

# The compiler's own command line, as its driver would have it, quoted, but for
# the source's name.
command_line() # FLAG
{
	# shellcheck disable=SC2086 # flags are words
	clang $LINT_FLAGS -Itests -Werror -fsyntax-only "$1" '-###' share/buf.c \
	    2>&1 | tail -n 1 |
		sed 's/ "-main-file-name" "[^"]*"//; s, "share/buf\.c"$,,'
}

compile() # FLAG SOURCE...
{
	local line
	line=$(command_line "$1")
	shift
	printf '%s\0' "$@" | xargs -0 -n $((($# + 3) / 4)) -P "$(nproc)" \
	    bash -c "$line \"\$@\"" clang
}

mapfile -t with_points < <(grep -lE '"(cronsd/)?fail\.h"' cronsd/*.c)
if compile -DCRONS_CLANG {share,cronsd,cronsctl,tests/*}/*.c &&
	compile -DCRONS_FAILPOINTS "${with_points[@]}"; then
	echo "ok clang is silent"
else
	echo "not ok clang is silent"
fi
