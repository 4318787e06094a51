#!/bin/bash
# Crontabs that are imported again: what would change is shown field by field,
# an edited entry is still its job, what vanished is told and removed only
# where that is asked for. A directory; who may have a leading dash.
# limit: 120
. "$(dirname "$0")/../lib.sh"

tab=$dir/tab
# The answer of an import: one line.
do_import() # OPTION...
{
	ctl import "$tab" "$@" 2>"$dir/err" >"$dir/out"
	tail -n 1 "$dir/out" | sed 's/^[^:]*: //'
}
id_of() # WORD of the command
{
	ctl export --json | python3 -c '
import json, sys
print(*[row["id"] for row in map(json.loads, sys.stdin)
    if sys.argv[1] in row["command"]])' "$1"
}
field() # WORD FIELD
{
	ctl export --json | python3 -c '
import json, sys
print(*[row[sys.argv[2]] for row in map(json.loads, sys.stdin)
    if sys.argv[1] in row["command"]])' "$1" "$2"
}
names()
{
	ctl list -q | awk '{ print $1 }' | sort | tr '\n' ' '
}

start_daemon
printf 'A=1\n10 1 * * * one\n10 2 * * * two\n10 3 * * * three\n' >"$tab"
is "a crontab is new" "$(do_import)" "accept: 3 added"
one=$(id_of one) two=$(id_of two)
before=$(names)
ctl disable "$one" >/dev/null
printf 'A=2\n10 1 * * * one\n20 2 * * * two\n10 4 * * * four\n' >"$tab"
ctl run --wait "$(id_of three)" >/dev/null 2>&1
is "a dry run tells what would change" "$(do_import --dry-run)" \
    "accept: 1 added, 2 updated, 1 gone"
is "field by field, and nothing else" "$(sed 's/-[0-9a-f]\{6\} / /; $d' "$dir/out")" \
    '    2  update  one  env: -"A=1" +"A=2"
    3  update  two  schedule: "10 2 * * *" -> "20 2 * * *"
                env: -"A=1" +"A=2"
    4  add     four  10 4 * * * four
       gone    three  10 3 * * * three'
is "and changes nothing" "$(names)$(field two schedule)" "${before}10 2 * * *"
is "the import does as it said" "$(do_import)" \
    "accept: 1 added, 2 updated, 1 gone"
is "an entry with another schedule is still the job that it was" \
    "$(id_of two) $(field two schedule)" "$two 20 2 * * *"
is "its history says so" "$(ctl history "$two" -q | wc -l)" 2
is "a job that was disabled stays so" "$(field one enabled)" False
is "what vanished stays" "$(field three schedule)" "10 3 * * *"
is "the same again changes nothing" "$(do_import)" "accept: 3 kept, 1 gone"
printf '61 * * * * wrong\n' >>"$tab"
is "a refused file loses nothing" "$(do_import --prune)" "reject: 1 errors"
is "nor does one with a mistake" \
    "$(do_import --prune --dialect cronie)" \
    "partial: 3 updated, 1 gone, 1 errors"
like "though it is asked to remove" "$(cat "$dir/out")" "*gone *three*"
sed -i '$d' "$tab"
is "asked for, what vanished is removed" "$(do_import --prune)" \
    "accept: 3 updated, 1 removed"
is "it is gone" "$(field three schedule)" ""
is "but not its runs" "$(ctl runs -q | wc -l)" 1
like "standard input has no past to remove" \
    "$(ctl import - --prune </dev/null 2>&1)" "*a crontab with a name*"
is "and may be empty" "$(ctl import - </dev/null)" "standard input: accept"
printf '#crons: name=uno\n10 1 * * * one\n' >"$tab"
do_import --prune >/dev/null
is "a comment gives it another name" "$(names)" "uno "
printf '#crons: name=uno\n30 1 * * * eins\n' >"$tab"
is "and by its name it is known with another command" \
    "$(do_import --prune)" "accept: 1 updated"
is "so it keeps its number" "$(id_of eins)" "$one"
cp "$tab" "$dir/other"
: >"$tab"
is "an empty file has lost all of its jobs" "$(do_import --prune)" \
    "accept: 1 removed"

# ---- a directory ----

mkdir "$dir/tabs" "$dir/cron.d"
printf '1 1 * * * aa\n' >"$dir/tabs/a"
printf '1 1 * * * bb\n' >"$dir/tabs/b"
printf '1 1 * * * cc\n' >"$dir/tabs/c.bak"
mkfifo "$dir/tabs/d"
ctl import "$dir/tabs" >"$dir/out" 2>"$dir/err"
is "a directory is its files" "$(grep -c ': accept: 1 added' "$dir/out")" 2
is "but those that cron would not read" \
    "$(sed 's/.*\///' "$dir/err" | cut -d: -f1,2,3)" \
    "c.bak: passed over: BAD NAME
d: passed over: NOT A REGULAR FILE"
rm "$dir/tabs/a"
ctl import "$dir/tabs" --prune >/dev/null 2>&1
is "a file that was removed has lost its entries, and no other" \
    "$(ctl list -q | wc -l)" 1
like "one that was never there is a mistake" \
    "$(ctl import "$dir/tabs/typo" --prune 2>&1; echo $?)" \
    "*$dir/tabs/typo: No such file or directory
3"
rm "$dir/tabs/b"
like "it can be said beforehand what would go" \
    "$(ctl import "$dir/tabs/b" --prune --dry-run)" "*remove *bb*1 removed*"
is "nothing has gone by that" "$(ctl list -q | wc -l)" 1
check "a removed file needs the word" \
    eval '! ctl import "$dir/tabs/b" >"$dir/out" 2>&1'
is "named by itself it is known, too" \
    "$(ctl import "$dir/tabs/b" --prune | tail -n 1)" \
    "$dir/tabs/b: accept: 1 removed"
is "now nothing is left" "$(ctl list -q | wc -l)" 0

# ---- a database that is lost ----

printf '1 1 * * * dd\n' >"$dir/tabs/d1"
ctl import "$dir/tabs/d1" >/dev/null
wait_for 'snapshot_has "^import job=.*tabs.d1"' 60 ||
	fail "the snapshot says where jobs come from"
kill9_daemon
rm -r "$state"/main.db* "$state"/backup 2>/dev/null
start_daemon
is "the job is back" "$(ctl list -q | wc -l)" 1
rm "$dir/tabs/d1"
is "and it is known from where" \
    "$(ctl import "$dir/tabs/d1" --prune | tail -n 1)" \
    "$dir/tabs/d1: accept: 1 removed"

# ---- whose crontab it is, and who asks ----

printf -- '-1 1 * * * quiet\n' >"$tab"
name="a leading dash is for root's crontab"
if [ "$(id -u)" = 0 ] && getent passwd nobody >/dev/null; then
	is "$name" "$(do_import --dialect cronie)" "accept: 1 added"
	is "and not for another's, whoever asks" \
	    "$(do_import --dialect cronie --user nobody)" "partial: 1 errors"
	printf '1 1 * * * nobody sys\n' >"$dir/cron.d/x"
	is "files of cron.d have a user without being told" \
	    "$(ctl import "$dir/cron.d" 2>&1 | tail -n 1 | sed 's/.*: a/a/')" \
	    "accept: 1 added"
	is "and it is the job's" "$(ctl list --user nobody -q | wc -l)" 1
	: >"$dir/cron.d/x"
	is "it has vanished from there" "$(ctl import "$dir/cron.d" --prune |
		tail -n 1 | sed 's/.*: a/a/')" "accept: 1 removed"
else
	skip "$name" "needs root and the user nobody"
fi
stop_daemon
is "the daemon ends well" $? 0
