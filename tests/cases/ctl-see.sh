#!/bin/bash
# cronsctl shows what the daemon says: tables, JSON, pages, widths. The daemon
# is a fake one that says what this case tells it to.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../tools/fake.sh"
need python3

now=$(date +%s)000000
soon=$((now + 33120500000))
past=$((now - 14 * 3600000000 - 5000000))
fake <<EOF
= list evil
#|id|user|job|schedule|zone|enabled|next_us|running|last_run|last_start_us|last_end_us|last_result|last_exit
*|1|ann|x\\x1b]0;title\\x07‮|@daily||yes||||||
200
= list( .*)?
#|id|user|job|schedule|zone|enabled|next_us|running|last_run|last_start_us|last_end_us|last_result|last_exit|new_column
*|1|ann|backup-db|30 2 * * *||yes|$soon||7|$past|$((past + 250000000))|ok|0|x
*|2|ann|feed|*/5 * * * *||yes|$soon|8|8|$past|$((past + 1200000))|fail|3|x
*|3|ann|report|0 9 * * mon||no|||||||x
200 rows=3
= ps( .*)?
#|run|job|user|pid|state|cause|slot_us|start_us|timeout_us
200
= runs feed n=2
#|run|job|user|cause|slot_us|start_us|end_us|state|result|exit|signal|why|try|out_bytes|err_bytes|dropped_bytes
*|9|feed|ann|slot|$past|$past|$((past + 1200000))|done|fail|3|0||1|5000|0|0
*|8|feed|ann|manual||$past|$((past + 400000))|done|signal|0|9|told|1|0|0|0
200
= history feed
#|rev|at_us|by|change
*|2|$past|ann|schedule=a\\tb
200
= status.*
#|state|host|pid|version|uptime_s|jobs|enabled|running|failed_24h|next_us|next_job|dropped_bytes|warning
*|DEGRADED|db1|77|0.1|3700|3|2|1|1|$soon|feed|2048|the disk is full
200
= next( .*)?
#|slot_us|job|user|moved
*|$soon|feed|ann|
200
= why feed at=.*
#|slot_us|result|run|sentence
*|$past|missed|7|missed: the daemon was down
200
= why never.*
#|slot_us|result|run|sentence
200
EOF

is "the names of jobs are in the table" \
    "$(ctl list | awk 'NR > 1 && NR < 5 { print $1 }' | xargs)" \
    "backup-db feed report"
is "the table begins with the names of its columns" \
    "$(ctl list | head -1 | xargs)" \
    "JOB SCHEDULE NEXT IN LAST AGO DUR RESULT"
like "a failed run shows its status" "$(ctl list)" "*14h*"
like "a running job says so" "$(ctl list | grep feed)" "*running*"
like "a disabled job says so" "$(ctl list | grep report)" "*disabled*"
like "the summary counts" "$(ctl list | tail -1)" \
    "3 jobs, 1 running, 1 disabled, 1 failed last"
is "quiet means rows only" "$(ctl list -q | wc -l)" 3
widest() # the longest line of the table, in characters
{
	COLUMNS=$1 ctl list | sed '$d' | LC_ALL=C.UTF-8 wc -L
}
check "80 columns are enough for a list" [ "$(widest 80)" -le 80 ]
check "40 columns are enough for a list" [ "$(widest 40)" -le 40 ]
is "the one's own name is no column, another's is" \
    "$(sed -i 's/\*|3|ann/*|3|bob/' "$dir/script"; ctl list | head -1 |
	xargs | cut -d' ' -f2)" USER

on_terminal() # COMMAND LINE, its output as a terminal got it
{
	script -qec "$1" /dev/null </dev/null | tr -d '\r'
}
esc=$(printf '\033')
like "a failure is red on a terminal" \
    "$(on_terminal "TERM=xterm $cronsctl runs feed -n 2")" "*$esc\[31m*exit 3*"
is "but not with NO_COLOR" \
    "$(on_terminal "NO_COLOR=1 TERM=xterm $cronsctl runs feed -n 2" |
	grep -c "$esc")" 0
is "nor in a pipe" "$(ctl runs feed -n 2 | grep -c "$esc")" 0
is "the escapes of a job's name do not reach the terminal" \
    "$(on_terminal "$cronsctl list evil" | grep -c "$esc]0;")" 0
is "but are seen" "$(ctl list evil | grep -cF 'x\x1b]0;title\x07\u202e')" 1

is "JSON has one object per line" "$(ctl list --json | wc -l)" 3
query=
json() # prints the Python expression in $query, rows being the objects
{
	ctl "$@" --json | python3 -c "
import json, sys
rows = [json.loads(line) for line in sys.stdin]
print($query)"
}
is "JSON rows have schema, job, name and numbers" \
    "$(query='rows[0]["schema"], rows[0]["job"], rows[0]["name"], rows[0]["id"]' json list)" \
    "1 backup-db backup-db 1"
is "yes and no are booleans, the run that runs is a number" \
    "$(query='[(r["enabled"], r["running"]) for r in rows]' json list)" \
    "[(True, None), (True, 8), (False, None)]"
is "instants come as text and as microseconds" \
    "$(query='rows[0]["next_us"], rows[0]["next"][10], rows[2]["next"]' \
	json list)" "$soon T None"
is "a column that is not known is in JSON all the same" \
    "$(query='rows[0]["new_column"]' json list)" x
is "runs have the names that are promised" \
    "$(query='all(k in rows[0] for k in "job name user run slot state result exit signal why start end try cause slot_us start_us end_us".split())' \
	json runs feed -n 2)" True
like "a signal is named" "$(ctl runs feed -n2)" "*signal 9*"
like "a run by hand says so" "$(ctl runs feed -n2)" "*manual*"
like "sizes are short" "$(ctl runs feed -n2)" "*4.8k*"
is "nothing running is said on stderr" "$(ctl ps 2>/dev/null)" ""
check "nothing running is no failure" ctl ps
is "an escaped cell is read and made visible" \
    "$(ctl history feed | tail -1 | grep -cF 'schedule=a\tb')" 1

ctl status >"$dir/status"
is "a degraded daemon is exit status 1" $? 1
like "status says how it is" "$(cat "$dir/status")" \
    "*DEGRADED*2 planned*2.0k bytes*warning: the disk is full*"
like "status shows what is next" "$(cat "$dir/status")" "*feed*"
is "no verb is status" "$(ctl | head -1)" "$(head -1 "$dir/status")"

like "why tells what became of it" "$(ctl why feed '2 h' 2>&1; ctl why feed 2h)" \
    "*\"2 h\" is not a time*: missed: the daemon was down \[run 7\]"
ctl why never
is "why without an answer is exit status 1" $? 1
ctl why feed "2026-11-22T03:00:00+01:00" >/dev/null
like "an instant is sent as RFC 3339" "$(tail -1 "$dir/requests")" \
    "why feed at=2026-11-22T02:00:00Z"

ctl list --user bob >/dev/null
is "--user is a key where the verb has it" "$(tail -1 "$dir/requests")" \
    "list user=bob"
ctl history feed --user bob 2>/dev/null
is "--user names the owner of a job elsewhere" "$(tail -1 "$dir/requests")" \
    "history bob/feed"

{
	echo '= GREETING'
	echo '200 crons proto=1 version=0.1 host=h uid=1 user=u role=user state=ok'
	echo '= list'
	echo '#|id|user|job|schedule'
	echo 'r 30000 *|{}|ann|job-{}|@hourly'
	echo '200 rows=30000'
} >"$dir/script"
is "a long listing comes in pages" "$(ctl list | grep -c '^JOB ')" 3
is "and has all its rows" "$(ctl list -q | wc -l)" 30000
like "a full disk behind stdout is said" \
    "$(ctl list 2>&1 >/dev/full | head -1)" "*standard output*"
is "a closed pipe is quiet" "$(ctl list 2>&1 | head -1 | wc -l)" 1
