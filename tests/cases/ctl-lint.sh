#!/bin/bash
# cronsctl lint: what it prints for people and programs, which files it reads,
# exit statuses; real crontabs have errors only where cron refuses them. The
# rules themselves are tested in unit/lint.c.
# limit: 120
. "$(dirname "$0")/../lib.sh"

mkdir -p "$dir/cron.d"
chmod 755 "$dir/cron.d"
tab=$dir/tab
printf '60 * * * * a\n0 0 * * * b\n' >"$tab"
is "an error has its place, the line, a caret and a fix" \
    "$(ctl lint "$tab")" "$tab:1:1: error: bad minute: \"60\" is not in 0-59 [bad-minute]
  60 * * * * a
  ^
  fix: 0 * * * * a
1 error, 0 warnings"
ctl lint "$tab" >"$dir/out"
is "errors make the status 8" $? 8
ctl lint -q "$tab" >"$dir/out"
is "quiet leaves out the summary" "$(tail -n 1 "$dir/out")" \
    "  fix: 0 * * * * a"

printf '*/7 * * * * a\n' >"$tab"
ctl lint "$tab" >"$dir/out"
is "warnings alone leave it 0" $? 0
like "warnings have a word that the manual has" "$(cat "$dir/out")" \
    "*:1:1: warning: *\[step-uneven\]*"
printf '0 0 * * * a\n' >"$tab"
is "a good file is a word" "$(ctl lint "$tab")" "nothing found"
is "standard input is read" "$(ctl lint - <"$tab")" "nothing found"

printf '1 1 * * * a\033[31m\xe2\x80\xae 50%%x\n' >"$tab"
ctl lint "$tab" >"$dir/out"
is "lines are shown without what a terminal obeys" \
    "$(LC_ALL=C grep -c $'\033\|\xe2\x80\xae' "$dir/out")" 0
like "but they are shown" "$(cat "$dir/out")" '*a\\x1b\[31m\\u202e 50%x*'
{
	printf '1 1 * * * '
	head -c 5000 /dev/zero | tr '\0' x
	printf ' 5%%y\n'
} >"$tab"
ctl lint -d cronie "$tab" >"$dir/out"
is "the caret of a long line is under its fault" "$(python3 -c '
import sys
rows = open(sys.argv[1], encoding="utf-8").read().split("\n")
at = next(i for i, row in enumerate(rows) if "[percent]" in row)
print(rows[at + 1][rows[at + 2].index("^")], len(rows[at + 1]) < 80)
' "$dir/out")" "% True"

printf '60 * * * * root a\n' >"$dir/cron.d/good"
printf '1 * * * * root a\n' >"$dir/cron.d/bad.name"
chmod 644 "$dir/cron.d/"*
ctl lint "$dir/cron.d" >"$dir/out"
is "a directory is all its files" $? 8
like "a file in cron.d has users without being told" "$(cat "$dir/out")" \
    "*good:1:1: error: *fix: 0 \* \* \* \* root a*"
like "cron passes over its name" "$(cat "$dir/out")" \
    "*bad.name: warning: *BAD NAME*\[not-read\]*"
chmod 666 "$dir/cron.d/good"
like "and over its mode" "$(ctl lint "$dir/cron.d/good")" \
    "*good: warning: *INSECURE MODE*\[not-read\]*"
mkfifo "$dir/fifo"
check "it does not wait for a FIFO" \
    bash -c "timeout 20 '$cronsctl' lint '$dir/fifo' 2>&1; [ \$? = 8 ]"
ctl lint "$dir/none" >"$dir/out" 2>&1
is "a file that is not there is status 3" $? 3
printf '1 5 cron.daily run-parts /etc/cron.daily\n' >"$dir/anacrontab"
like "an anacrontab is none" "$(ctl lint "$dir/anacrontab")" "*\[not-read\]*"

is "a schedule is looked at" "$(ctl lint -q --schedule '0 24 * * *')" \
    'error: hour: "24" is not in 0-23 [bad-schedule]
  0 24 * * *
    ^
  fix: 0 0 * * *'
is "where a schedule is refused, the fix is told too" \
    "$(ctl next '0 24 * * *' 2>&1)" \
    'cronsctl: next: hour: "24" is not in 0-23
  0 24 * * *
    ^
  fix: 0 0 * * *'
is "as a word too" "$(ctl lint -q '0 24 * * *')" \
    "$(ctl lint -q --schedule '0 24 * * *')"
ctl lint '@every 90s' 'every 2 weeks on mon at 09:00' >"$dir/out"
is "in all forms" "$? $(cat "$dir/out")" "0 nothing found"
ctl lint --dialect calendar 'Mon..Fri 25:00' >"$dir/out"
is "in systemd's" $? 8
ctl lint --dialect cronie '0 0 L * *' >"$dir/out"
is "in that of a crontab" $? 8
ctl lint >"$dir/out" 2>&1
is "with nothing to look at it says so" $? 2

printf '60 * * * * a%%b\n1 1 * * * b\n' | ctl lint --json - >"$dir/out"
is "programs get objects" "$(python3 -c '
import json, sys
for line in open(sys.argv[1]):
    row = json.loads(line)
    print(*[row.get(k, "-") for k in
        "kind line column level rule fix verdict errors warnings".split()])
' "$dir/out")" "finding 1 1 error bad-minute 0 * * * * a%b - - -
file - - - - - reject 1 0"

# Between .Bd and .Ed of its section EXAMPLES; \e is a backslash.
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$root/man/crontab.5" | grep -v '^\.' |
	sed 's/\\e/\\/g' >"$dir/example"
is "the manual's example is a crontab in both dialects" "$(
    ctl lint --json "$dir/example" | tail -n 1 | grep -o '"verdict.*"errors":0'
    ctl lint --json -d cronie "$dir/example" | tail -n 1 |
	grep -o '"verdict.*"errors":0')" '"verdict":"accept","jobs":5,"errors":0
"verdict":"accept","jobs":5,"errors":0'

if [ -e "$shared/corpus/expect_files.jsonl" ]; then
	python3 "$root/tests/tools/lint_corpus.py" "$shared/corpus" \
	    "$cronsctl" lint || failures=1
else
	need_shared corpus/expect_files.jsonl
fi
