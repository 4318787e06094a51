#!/bin/bash
# The floors and the counters of the house style find what they are there to
# find: tried on a small tree with a mistake in each file.
. "$(dirname "$0")/../lib.sh"

tree=$dir/tree
mkdir -p "$tree/tests" "$tree/share" "$tree/cronsd" "$tree/cronsctl"
cp "$root/tests/floors.sh" "$root/tests/lint_style.sh" "$tree/tests/"

source_file() # PATH, text on standard input
{
	cat >"$tree/$1"
}

finds() # NAME SCRIPT PATTERN
{
	like "$1" "$(bash "$tree/tests/$2" 2>&1)" "$3"
}

echo '#include "log.h"' | source_file share/buf.c
finds "a step down is fine" floors.sh "*ok includes go downward only*"
finds "a tree without mistakes is fine" lint_style.sh \
    "ok *ok nothing is unfinished*"
like "nothing else is said of it" \
    "$(bash "$tree/tests/lint_style.sh" | grep -c '^not ok')" 0

echo '#include "share/clock.h"' | source_file share/log.c
finds "a step up is found" floors.sh \
    "*share/log.c:1: share/log may not look up to share/clock*not ok inc*"
echo '#include "../cronsd/db.h"' | source_file share/log.c
finds "share/ looking into a program is found" floors.sh \
    "*share/log.c:1: share/ knows neither program*"
echo '#include "log.h"' | source_file share/log.c
echo '#include "cronsctl/call.h"' | source_file cronsd/main.c
finds "a program looking into the other is found" floors.sh \
    "*cronsd/main.c:1: the programs do not include each other*"
rm "$tree/cronsd/main.c"
echo '#include <stdint.h>' | source_file share/novelty.c
finds "an unknown room is told where to go" floors.sh \
    "*share/novelty.c: no floor: add the room to the table in tests/floors.sh*"
rm "$tree/share/novelty.c"
echo '#include <stdio.h>' | source_file cronsd/shim.c
finds "stdio in the shim is found" floors.sh \
    "*cronsd/shim.c:1:*not in the shim*not ok the shim stays small*"
echo '#include "db.h"' | source_file cronsd/shim.c
finds "the daemon in the shim is found" floors.sh \
    "*cronsd/shim.c:1:*no more of ours*not ok the shim stays small*"
rm "$tree/cronsd/shim.c"
mkdir "$tree/misc"
finds "a stranger at the top level is found" floors.sh \
    "*misc*not ok the top level is as agreed*"
rmdir "$tree/misc"

function_of() # LINES
{
	printf 'static int\nlong_one(void)\n{\n'
	for ((i = 0; i < $1 - 3; i++)); do
		printf '\tstep();\n'
	done
	printf '}\n'
}
function_of 60 | source_file share/log.c
like "a function of 60 lines is fine" \
    "$(bash "$tree/tests/lint_style.sh" | grep -c '^not ok')" 0
function_of 61 | source_file share/log.c
finds "a function of 61 lines is found" lint_style.sh \
    "*share/log.c:2: a function of 61 lines*not ok functions have*"
for _ in {1..601}; do echo; done | source_file share/log.c
finds "a file of 601 lines is found" lint_style.sh "*not ok files have*"
printf 'int\nf(int a, int (*b)(int, int), int c,\n    int d, int e)\n{\n}\n' |
	source_file share/log.c
finds "five arguments are found" lint_style.sh \
    "*share/log.c:2: 5 arguments*not ok functions take*"
printf 'int\nf(int a, int (*b)(int, int), int c,\n    int d, ...)\n{\n}\n' |
	source_file share/log.c
finds "four and more by ... are fine" lint_style.sh "*ok functions take*"
printf 'int\nf(void)\n{\n\t\t\t\t\tx();\n}\n' | source_file share/log.c
finds "deep nesting is found" lint_style.sh "*not ok nesting*"
printf '\t%075d;\n' 1 | source_file share/log.c
finds "a tab counts as eight columns" lint_style.sh "*not ok lines have*"
printf '/* clang-format off */\n%099d\n/* clang-format on */\n' 1 |
	source_file share/log.c
finds "a table may be wide" lint_style.sh "*ok lines have*"
printf '/* TO%s: more */\n' DO | source_file share/log.c
finds "unfinished business is found" lint_style.sh "*not ok nothing is*"
printf '#ifndef LOG_H\n#define LOG_H\n#endif\n' | source_file share/log.h
finds "a wrong include guard is found" lint_style.sh \
    "*share/log.h:1: the include guard is to be SHARE_LOG_H*not ok headers*"
