#!/bin/bash
# Live crontabs: whatever is done to a file is seen; an entry that stays keeps
# its job, one that is back gets it back.
# limit: 120
. "$(dirname "$0")/../lib.sh"
. "$root/tests/crontabs.sh"
need_root
need python3

make_places
printf '1 1 1 1 * root echo first\n2 2 2 2 * root echo second\n' >"$tab"
printf '3 3 3 3 * root echo third\n' >"$crond/one"
echo '4 4 4 4 * echo fourth' | put_tab nobody
start_reading

reaches "/etc/crontab is read" "$tab" "ok 2"
reaches "a file of cron.d is read" "$crond/one" "ok 1"
reaches "a user's crontab is read" "$tabs/nobody" "ok 1"
is "its job is the user's" \
    "$(ctl export --user nobody --json | grep -c '"command":"echo fourth"')" 1
third=$(id_of third)
fourth=$(id_of fourth)

printf '5 5 5 5 * root echo fifth\n' >"$crond/two"
reaches "a file that is added is seen" "$crond/two" "ok 1"

# One line is edited: the others are the same jobs.
second=$(jobs_with second)
ctl run "${second%% *}" --wait >/dev/null
printf '1 1 1 2 * root echo first\n2 2 2 2 * root echo second\n' >"$tab"
check "a file that is edited in place is seen" \
    wait_for '[ "$(jobs_with first | cut -d" " -f2-)" = "1 1 1 2 *" ]' 20
is "the other line has the id it had" "$(jobs_with second)" "$second"
is "and its history" "$(ctl runs "${second%% *}" -q | wc -l)" 1
is "a job that is edited leaves its revisions" \
    "$(sqlite3 "$state/main.db" "SELECT change FROM job_rev WHERE job = 1 OR
	change LIKE 'removed%' GROUP BY change" | cut -d' ' -f1 | sort -u | xargs)" \
    "added removed"

printf '1 1 1 2 * root echo first\n' >"$dir/etc/new"
mv "$dir/etc/new" "$tab"
reaches "a file that is renamed over is seen" "$tab" "ok 1"

# The same second, the same size, the time set back: still another text.
touch -d @1000000000 "$crond/two"
printf '5 5 5 5 * root echo fifty\n' >"$crond/two"
touch -d @1000000000 "$crond/two"
check "a second edit in the same second is seen" \
    wait_for '[ -n "$(id_of fifty)" ]' 20
printf '5 5 5 5 * root echo sixty\n' >"$crond/two"
touch -d '2040-01-01' "$crond/two"
check "an edit with a time in the future is seen" \
    wait_for '[ -n "$(id_of sixty)" ]' 20
touch -d @0 "$crond/two"
printf '5 5 5 5 * root echo zero\n' >"$crond/two"
touch -d @0 "$crond/two"
check "an edit with time 0 is seen" wait_for '[ -n "$(id_of zero)" ]' 20

# A writer that keeps the file open.
exec 5>>"$crond/two"
printf '6 6 6 6 * root echo appended\n' >&5
check "what is written by a process that keeps the file open is seen" \
    wait_for '[ -n "$(id_of appended)" ]' 20
exec 5>&-

chmod 666 "$crond/one"
reaches "a file that others may write is not read" "$crond/one" "skipped 0"
like "and it is said why" "$(why "$crond/one")" "INSECURE MODE*"
is "its job is gone" "$(id_of third)" ""
chmod 644 "$crond/one"
reaches "its mode is mended" "$crond/one" "ok 1"
is "and its job is the one it was" "$(id_of third)" "$third"
chown nobody "$crond/one"
reaches "a file of another owner is not read" "$crond/one" "skipped 0"
like "and it is said why" "$(why "$crond/one")" "WRONG FILE OWNER*"
chown root "$crond/one"
reaches "its owner is mended" "$crond/one" "ok 1"

ctl disable "$third" >/dev/null
printf '# a comment above\n3 3 3 3 * root echo third\n' >"$crond/one"
check "the line's number is kept" wait_for '[ "$(sqlite3 "$state/main.db" \
    "SELECT line FROM entry WHERE job = $third")" = 2 ]' 20
like "a disabled job stays so when its file is read again" \
    "$(ctl list "$third")" "*disabled*"
rm "$crond/one"
reaches "a file that is removed is gone" "$crond/one" "gone 0"
is "so is its job" "$(id_of third)" ""
printf '3 3 3 3 * root echo third\n' >"$crond/one"
reaches "the file is back" "$crond/one" "ok 1"
is "with the same job" "$(id_of third)" "$third"
like "which is still disabled" "$(ctl list "$third")" "*disabled*"
check "it may be enabled" ctl enable "$third"

is "a job of a file cannot be changed" \
    "$(ctl set "$third" timeout=5m 2>&1; echo $?)" \
    "cronsctl: set: job: \"one:echo-$(ctl export "$third" --json |
	sed 's/.*one:echo-\([0-9a-f]*\).*/\1/')\" comes from $crond/one
  edit that file, or disable the job
1"
is "nor removed" "$(ctl rm "$third" >/dev/null 2>&1; echo $?)" 1
is "nor imported once more" \
    "$(ctl import --system "$crond/one" >/dev/null 2>&1; echo $?)" 1

# What runs is not touched.
printf '7 7 7 7 * root sleep 1; echo survived >%s/survived\n' "$dir" \
    >"$crond/long"
reaches "a job that takes a while is there" "$crond/long" "ok 1"
run=$(ctl run "$(id_of survived)" --json | sed 's/.*"run":\([0-9]*\).*/\1/')
export run # for the conditions below
rm "$crond/long"
reaches "its file is removed while it runs" "$crond/long" "gone 0"
check "it goes on to its end" wait_for '[ -e "$dir/survived" ]' 20
check "which is recorded" wait_for \
    'ctl runs -n 100 -q | grep -q "^ *$run .* ok"' 20

# Directories come and go.
mv "$tabs" "$dir/spool/away"
reaches "the directory of the users' crontabs is moved away" \
    "$tabs/nobody" "gone 0"
mkdir "$tabs"
chmod 711 "$tabs"
echo '4 4 4 4 * echo fourth' | put_tab nobody
reaches "another one is made" "$tabs/nobody" "ok 1"
is "with the same job as before" "$(id_of fourth)" "$fourth"
rm -r "$dir/spool"
reaches "all above it is removed" "$tabs/nobody" "gone 0"
mkdir -p "$tabs"
chmod 711 "$dir/spool" "$tabs"
echo '4 4 4 4 * echo fourth' | put_tab nobody
reaches "and made again" "$tabs/nobody" "ok 1"
is "with the same job again" "$(id_of fourth)" "$fourth"
mv "$crond" "$dir/etc/real.d"
ln -s real.d "$crond"
reaches "a directory may become a link" "$crond/two" "ok 2"
mkdir "$dir/etc/other.d"
printf '8 8 8 8 * root echo eighth\n' >"$dir/etc/other.d/eight"
ln -sfn other.d "$crond"
reaches "and the link may lead elsewhere" "$crond/eight" "ok 1"
reaches "where other files are" "$crond/two" "gone 0"

stop_daemon
is "the daemon ends well" $? 0
rm "$tab"
printf '9 9 9 9 * root echo ninth\n' >"$crond/eight"
: >"$dir/daemon.log"
start_reading
reaches "what was removed while it was away is gone" "$tab" "gone 0"
check "what was edited is read" wait_for '[ -n "$(id_of ninth)" ]' 20
is "what was not touched is as it was" "$(id_of fourth)" "$fourth"
settings "cron-d = no" 2>/dev/null
sed -i '/^cron-d = \//d' "$dir/conf"
kill -HUP "$daemon_pid"
reaches "a place that is switched off is not read" "$crond/eight" "gone 0"
settings
kill -HUP "$daemon_pid"
reaches "until it is switched on again" "$crond/eight" "ok 1"
stop_daemon
