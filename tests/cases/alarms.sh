#!/bin/bash
# Events of jobs: who is told of what, when, and how often; jobs that report
# from outside; the hooks that are shipped, against a web server of our own.
# limit: 300
. "$(dirname "$0")/../lib.sh"
[ -x "$cronsd" ] && [ -x "$cronsctl" ] || skip_all "the programs are not built"
need python3 sqlite3 curl

hooks=$dir/hooks
mkdir "$hooks"
: >"$dir/told"
chmod 666 "$dir/told"
chmod 755 "$dir" "$hooks"
cat >"$hooks/note" <<END
#!/bin/sh
[ ! -e $dir/refuse ] || exit 1
echo "\$1 \$2" >>$dir/told
cat >>$dir/told.json
END
cat >"$dir/own" <<END
#!/bin/sh
echo "own \$1 \$2 \$FLAVOUR" >>$dir/told
END
cat >"$dir/mailer" <<END
#!/bin/sh
echo "mail \$(grep ^Subject:)" >>$dir/told
END
chmod 755 "$hooks/note" "$dir/own" "$dir/mailer"
printf '[notices]\nhooks = %s\ndelivery-delay = 0s\ndelivery-tries = 3\n[mail]\nmailer = %s\n' \
    "$hooks" "$dir/mailer" >"$dir/conf"
start_daemon --config "$dir/conf"

ask() # SQL
{
	sqlite3 -cmd '.timeout 5000' "file:$state/main.db?mode=ro" "$1"
}

is_quiet()
{
	[ "$(ask 'SELECT count(*) FROM outbox WHERE state < 2
	    UNION ALL SELECT count(*) FROM run WHERE result = 0')" = $'0\n0' ]
}

# Runs the job and gives what was told of it in $told, sorted.
run_job() # JOB
{
	: >"$dir/told"
	ctl run "$1" --wait >/dev/null
	heard
}

heard()
{
	wait_for is_quiet 60 || fail "all that is to be told is told"
	told=$(sort "$dir/told")
}

exits() # STATUS
{
	echo "$1" >"$dir/code"
}

# ---- changes of state ----

ctl add backup '@yearly' --notify=fail:note,recovered:note,ok:mail -- \
    'exit $(cat '"$dir"'/code)' >/dev/null
exits 3
run_job backup
is "the first failure is told" "$told" "fail backup"
run_job backup
is "the second is not" "$told" ""
like "the alarm is listed" "$(ctl alarms)" "*backup*fail-final,fail*"
stop_daemon
sqlite3 "$state/main.db" 'UPDATE alarm SET told_us = 0, remind_us = 86400000000'
: >"$dir/told"
start_daemon --config "$dir/conf"
wait_for '[ -s "$dir/told" ]' 30
heard
is "who was told is reminded, though nothing happens" "$told" "fail backup"
check "and again a day later" [ "$(ask 'SELECT remind_us - told_us
    FROM alarm')" = 86400000000 ]
ctl disable backup >/dev/null
is "not of a job that is disabled" \
    "$(ask 'SELECT coalesce(remind_us, "never") FROM alarm')" never
ctl enable backup >/dev/null
is "but of one that is enabled again" \
    "$(ask 'SELECT remind_us - told_us FROM alarm')" 86400000000
exits 0
run_job backup
is "when it is well again that is told, to each who asked" "$told" \
    "mail Subject: crons <$(id -un)@$(uname -n | cut -d. -f1)> backup: ok
recovered backup"
is "and the alarm is over" "$(ctl alarms --json 2>/dev/null)" ""
run_job backup
like "ok is told each time" "$told" "mail*backup: ok"

exits 3
ctl set backup remind=1ms >/dev/null
run_job backup
run_job backup
is "an alarm that goes on is told again after a while" "$told" "fail backup"
ctl ack backup >/dev/null
run_job backup
is "but not to who has acknowledged it" "$told" ""
is "nor is anybody reminded then" \
    "$(ask 'SELECT coalesce(remind_us, "never") FROM alarm')" never
like "who has is listed" "$(ctl alarms)" "*$(id -un)*"
ctl set backup notify= >/dev/null
exits 0
run_job backup
is "who is not asked for is not told" "$told" ""
check "ack of a job that is well is an error" \
    [ "$(ctl ack nothing 2>/dev/null; echo $?)" != 0 ]

# ---- kinds of events ----

ctl add tries '@yearly' --retry=1 --retry-delay=0s \
    --notify=fail:note,fail-final:mail -- 'false' >/dev/null
: >"$dir/told"
ctl run tries --wait >/dev/null
wait_for '[ "$(ask "SELECT count(*) FROM run JOIN job ON job.id = run.job
    WHERE name = '"'tries'"' AND result = 2")" = 2 ]' 30
heard
is "the last try is told apart from the others" \
    "$(echo "$told" | sed 's/<.*>//')" "fail tries
mail Subject: crons  tries: fail-final"
ctl add long '@yearly' --timeout=100ms --notify=timeout:note,fail:note -- \
    'sleep 60' >/dev/null
run_job long
is "a hook that asks for several hears of the most special one" "$told" \
    "timeout long"
ctl add both '@yearly' --notify=start:note,ok:note -- 'true' >/dev/null
: >"$dir/told"
ctl run both --wait >/dev/null
wait_for is_quiet 60
is "start is told before ok" "$(cat "$dir/told")" "start both
ok both"
ctl add slow '@yearly' --slow-after=1ms --notify=slow:note -- 'sleep 0.1' \
    >/dev/null
run_job slow
is "a run that takes longer than it may is slow" "$told" "slow slow"
ctl add short '@yearly' --short-under=1h --notify=short:note -- 'true' \
    >/dev/null
run_job short
is "one that takes less than it needs is short" "$told" "short short"
ctl add usual '@yearly' --notify=slow:note -- 'sleep $(cat '"$dir"'/code)' \
    >/dev/null
exits 0.01
for _ in 1 2 3 4 5 6 7 8 9 10; do
	ctl run usual --wait >/dev/null
done
exits 8
run_job usual
is "three times as long as usual is slow" "$told" "slow usual"
ctl add gone '@yearly' --notify=lost:note -- 'sleep 300' >/dev/null
: >"$dir/told"
ctl run gone >/dev/null
wait_for 'ctl ps | grep -q gone.*running' 20
kill -9 "$(ctl ps --json | python3 -c '
import json, sys
print(*[r["pid"] for r in map(json.loads, sys.stdin) if r["job"] == "gone"])')"
wait_for '[ -s "$dir/told" ]' 30
is "a run whose supervisor died is told" "$(cat "$dir/told")" "lost gone"
like "and why says which of the two it was" "$(ctl why gone)" \
    "*lost: *(its supervisor was killed)*"

ctl add late '@every 1s' --late-after=0s --notify=late:note -- true >/dev/null
check "a run that starts after its instant is late" \
    wait_for 'grep -qx "late late" "$dir/told"' 30
ctl rm late >/dev/null
ctl add absent '@every 1s' --start-deadline=1s --notify=missed:note -- true \
    >/dev/null
wait_for '[ "$(ask "SELECT count(*) FROM run JOIN job ON job.id = run.job
    WHERE name = '"'absent'"'")" -ge 1 ]' 30
kill9_daemon
: >"$dir/told"
until=$((${EPOCHREALTIME/./} + 3000000))
wait_for "[ \${EPOCHREALTIME/./} -gt $until ]" 20
start_daemon --config "$dir/conf"
check "what nobody was there to start is missed" \
    wait_for 'grep -qx "missed absent" "$dir/told"' 30
ctl rm absent >/dev/null
heard

# ---- whose hook it is ----

ctl add mine '@yearly' --notify="ok:$dir/own" --env=FLAVOUR=sweet -- true \
    >/dev/null
run_job mine
is "a user's own hook is a path, and has the job's environment" "$told" \
    "own ok mine sweet"
like "a hook that is no name and no path is refused" \
    "$(ctl set mine notify=fail:../x 2>&1)" "*notify*"
like "so is an event that there is not" \
    "$(ctl set mine notify=never:note 2>&1)" "*events: start ok*"
ctl set mine notify=ok:absent >/dev/null
run_job mine
like "a hook that is not there is said in the log" "$(cat "$dir/daemon.log")" \
    "*there is no hook $hooks/absent*"

# ---- jobs that report from outside, and those that do not run ----

ctl add outside '@yearly' --ping=yes --notify=fail:note,recovered:note >/dev/null
: >"$dir/told"
ctl ping outside --exit=4 >/dev/null
heard
is "a failure that is reported is told" "$told" "fail outside"
: >"$dir/told"
ctl ping outside >/dev/null
heard
is "so is its end" "$told" "recovered outside"
like "reports are runs" "$(ctl runs outside)" "*ping*exit 4*"
like "there is nothing to run" "$(ctl run outside 2>&1)" "*nothing to run*"
like "a job that is run here is not reported" "$(ctl ping mine 2>&1)" \
    "*ping=yes*"
: >"$dir/told"
ctl add dead '@every 1s' --ping=yes --dead-after=0s \
    --notify=did-not-run:note,recovered:note >/dev/null
check "nothing heard of a job in time is told" \
    wait_for 'grep -q "did-not-run dead" "$dir/told"' 30
after=$(($(ask 'SELECT slot FROM watchdog') + 2000000))
# shellcheck disable=SC2016 # wait_for expands it
wait_for '[ "$(ask "SELECT slot FROM watchdog")" -ge '"$after ]" 30
is "once, though more slots pass" "$(grep -c 'did-not-run dead' "$dir/told")" 1
ctl set dead schedule=@yearly >/dev/null
ctl ping dead >/dev/null
check "a ping ends that" wait_for 'grep -q "recovered dead" "$dir/told"' 30
is "a job that is disabled is not waited for" \
    "$(ctl set dead schedule='@every 1s' enabled=no >/dev/null
    ask 'SELECT count(*) FROM watchdog')" 0
ctl rm dead >/dev/null

# ---- kills ----

ctl set backup notify=fail:note >/dev/null
kill9_daemon
cronsd=$build/test/cronsd
exits 3
: >"$dir/told"
CRONS_FAIL=finish_after start_daemon --config "$dir/conf"
ctl run backup >/dev/null 2>&1
wait_for '! daemon_lives' 20 && wait "$daemon_pid"
start_daemon --config "$dir/conf"
wait_for '[ -s "$dir/told" ]' 30
heard
is "what happened before a kill is told once" "$told" "fail backup"
# Alarm, outbox row and result are one transaction.
ctl set backup notify=fail:note,recovered:note >/dev/null
exits 0
run_job backup
for point in finish_before finish_after; do
	for word in fail recovered; do
		[ $word = fail ] && exits 3 || exits 0
		stop_daemon
		: >"$dir/told"
		CRONS_FAIL=$point start_daemon --config "$dir/conf"
		ctl run backup >/dev/null 2>&1
		wait_for '! daemon_lives' 20 && wait "$daemon_pid"
		start_daemon --config "$dir/conf"
		wait_for '[ -s "$dir/told" ]' 30
		heard
		is "$word is told once, stopped at $point" "$told" "$word backup"
	done
done
touch "$dir/refuse"
: >"$dir/told"
ctl set both notify=ok:note >/dev/null
run_job both
is "a hook that fails is tried as often as it may be" \
    "$(ask 'SELECT state, tries FROM outbox ORDER BY id DESC LIMIT 1')" "3|3"
rm "$dir/refuse"

# ---- what hooks are given ----

is "JSON that can be read, whatever was printed" "$(python3 - "$dir/told.json" <<'E'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
print(all(r["job"] and r["event"] and r["text"] for r in rows), len(rows) > 5)
E
)" "True True"

# ---- the hooks that are shipped ----

has_loopback || {
	skip "the hooks that are shipped" "needs the loopback network"
	stop_daemon
	exit
}

: >"$dir/web"
python3 -B "$root/tests/tools/http_sink.py" "$dir/web" >"$dir/port" &
web=$!
wait_for '[ -s "$dir/port" ]' 20
for hook in webhook slack dingtalk ntfy healthchecks; do
	ln -s "$root/contrib/hooks/$hook" "$hooks/$hook"
	echo "http://127.0.0.1:$(cat "$dir/port")/$hook" >"$hooks/$hook.url"
done
requests() # HOOK: method, path and body of each
{
	python3 - "$dir/web" "$1" <<'E'
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    r = json.loads(line)
    if r["path"].startswith("/" + sys.argv[2]):
        print(r["method"], r["path"], r["body"].strip())
E
}
exits 3
ctl add web '@yearly' -- "printf 'a\"b\\\\\\033\\n'; exit \$(cat $dir/code)" \
    >/dev/null
notify=start:healthchecks,ok:healthchecks,recovered:ntfy
for hook in webhook slack dingtalk ntfy healthchecks; do
	notify=$notify,fail:$hook
done
ctl set web notify="$notify" >/dev/null
run_job web
is "webhook: the JSON as it is, with the end of the output" \
    "$(requests webhook | sed 's/^POST .webhook //' | python3 -c '
import json, sys
r = json.load(sys.stdin)
print(r["event"], r["job"], r["result"], r["exit"], repr(r["output"]))')" \
    "fail web fail 3 'a\"b\\\\\\x1b\\n'"
like "slack: a text" "$(requests slack)" \
    'POST /slack {"text":"web of *: exit 3 (on *)"}'
like "dingtalk: a text message" "$(requests dingtalk)" \
    'POST /dingtalk {"msgtype":"text","text":{"content":"crons: web of *: exit 3 (on *)"}}'
like "ntfy: the text" "$(requests ntfy)" 'POST /ntfy web of *: exit 3 (on *)'
like "ntfy: title and priority" "$(grep /ntfy "$dir/web")" \
    '*"title": "web: fail"*"priority": "high"*'
is "healthchecks: start, then fail" \
    "$(requests healthchecks | cut -d' ' -f1,2)" "POST /healthchecks/start
POST /healthchecks/fail"
exits 0
run_job web
is "healthchecks: start, then the check itself" \
    "$(requests healthchecks | cut -d' ' -f1,2 | tail -n 2)" \
    "POST /healthchecks/start
POST /healthchecks"
echo "http://127.0.0.1:$(cat "$dir/port")/refuse" >"$hooks/slack.url"
ctl set web notify=ok:slack >/dev/null
run_job web
is "a server that refuses is asked again" "$(requests refuse | wc -l)" 3
kill "$web"
wait "$web" 2>/dev/null
stop_daemon
