#!/bin/bash
# A daemon that cannot see for a while does not guess: without descriptors,
# stopped, or late with what it hears.
# limit: 90
. "$(dirname "$0")/../lib.sh"
need prlimit sqlite3
tool=$build/test/tools/witness
witness=$dir/witness
: >"$witness"

ask() # REQUEST
{
	echo "$*" | "$talk" "$CRONS_SOCKET" | sed 1d
}

rows() # SQL after SELECT
{
	sqlite3 "file:$state/main.db?mode=ro" "SELECT $1"
}

add() # NAME SCHEDULE WORDS [FIELDS]
{
	like "the job $1 is added" "$(ask "add name=$1 schedule=\"$2\" \
command=\"$tool $witness $3\" overlap=allow ${4-}")" "201 *"
}

never="@at 2090-01-01T00:00"
start_daemon

# ---- no descriptors ----

add nap "$never" "sleep 700 700"
# shellcheck disable=SC2034 # it is in the text for wait_for
run=$(ask run nap | sed 's/.*=//')
wait_for '[ "$(ask ps | grep -c "running")" = 1 ]' 10
limit=$(prlimit --pid "$daemon_pid" --nofile --output HARD --noheadings)
# shellcheck disable=SC2046 # a word each
prlimit --pid "$daemon_pid" --nofile=1:$(echo $limit)
check "a daemon without descriptors says what it cannot open" \
    wait_for 'grep -q "run $run: its file: Too many open files" \
    "$dir/daemon.log"' 20
# shellcheck disable=SC2046
prlimit --pid "$daemon_pid" --nofile=$(echo $limit $limit | tr ' ' :)
check "and knows how the run ended when it has some again" \
    wait_for '[ "$(rows "result FROM run WHERE id = $run")" = 1 ]' 20

# ---- stopped, with requests waiting ----

add tick "@every 500ms" ""
wait_for '[ "$(grep -c "^S tick " "$witness")" -ge 2 ]' 10
mkfifo "$dir/words"
"$talk" "$CRONS_SOCKET" <"$dir/words" >"$dir/answer" &
asked=$!
exec 9>"$dir/words"
wait_for '[ -s "$dir/answer" ]' 10 # it has greeted
kill -STOP "$daemon_pid"
before=$(rows "max(slot) FROM run WHERE job = 2")
echo "disable tick" >&9
sleep 2.2 # so many slots pass: it is what the daemon has to account for
kill -CONT "$daemon_pid"
exec 9>&-
wait $asked
until=$(rows "max(at) FROM job_rev WHERE job = 2")
like "a job is disabled after a while of silence" "$(sed 1d "$dir/answer")" "200 *"
wait_for '[ "$(rows "count(*) FROM run WHERE result = 0")" = 0 ]' 10
is "its slots until then follow each other" "$(rows \
    "sum(coalesce(slots, 1)) FROM run WHERE job = 2 AND slot > $before")" \
    "$(rows "(max(coalesce(slot_to, slot)) - $before) / 500000 FROM run WHERE job = 2")"
check "and reach until then" \
    [ "$(rows "$until - max(coalesce(slot_to, slot)) <= 500000 FROM run WHERE job = 2")" = 1 ]

# ---- many ends at once, children that hold the output ----

add linger "$never" "linger 15000" "linger=20s"
for _ in {1..60}; do
	echo "run linger"
done | "$talk" "$CRONS_SOCKET" >"$dir/answer"
is "60 runs are ordered at once" "$(grep -c ^202 "$dir/answer")" 60
check "each is over when its job is, though children hold the output" \
    wait_for '[ "$(rows "count(*) FROM run WHERE job = 3 AND result = 1")" \
    = 60 ]' 12
check "and the children are still there" [ "$(pgrep -c -f "$witness linger")" \
    -ge 50 ]
pkill -KILL -f -- "$witness linger"
check "with them the output ends" \
    wait_for '[ -z "$(ask ps | grep "^\*")" ]' 20
stop_daemon
is "the daemon ends well" $? 0
