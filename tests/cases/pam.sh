#!/bin/bash
# pam=cron: a run has a PAM session for as long as it lives: the account is
# checked, limits and variables are PAM's, and the session is closed after the
# job. In namespaces of its own, with an /etc of its own and the real modules.
# limit: 180
if [ "${1-}" != --boxed ]; then
	. "$(dirname "$0")/../lib.sh"
	. "$root/tests/live/parts.sh"
	need_box python3
	[ -x "$build/crons-pam" ] || skip_all "needs libpam0g-dev to build with"
	[ -e "$(find /lib /usr/lib -name pam_limits.so 2>/dev/null |
		head -n 1)" ] || skip_all "needs PAM's modules"
	chmod 755 "$dir"
	run_boxed
fi
box=$2
. "$(dirname "$0")/../lib.sh"
. "$root/tests/live/box.sh"
make_box "$box"
chmod 755 "$dir"
mkdir -m 711 "$state"
witness=$dir/sessions

cat >/etc/pam.d/cron <<END
account	required	pam_unix.so
session	required	pam_env.so
session	optional	pam_exec.so $dir/note
session	required	pam_limits.so
session	required	pam_permit.so
auth	required	pam_permit.so
END
cat >"$dir/note" <<END
#!/bin/sh
echo "\$PAM_SERVICE \$PAM_USER \$PAM_TYPE" >>$witness
if [ -e $dir/hang ]; then exec /bin/sleep 1000; fi
END
chmod 755 "$dir/note"
printf 'LANG=xx_YY\nPATH=/from/pam\nA=pam\n' >/etc/environment
echo 'games hard nofile 77' >/etc/security/limits.conf
printf '[runs]\npam = cron\n' >"$dir/conf"
start_daemon --config "$dir/conf"

run() # NAME; what it came to
{
	ctl run "$1" --wait 2>&1
}
add() # NAME [OPTION...] -- COMMAND...
{
	ctl add "$1" @yearly --user games --cwd / "${@:2}" >/dev/null
}

add look --env A=own --env LD_PRELOAD=/nonexistent/evil.so -- \
    'id -u; id -G; ulimit -Hn; echo $LANG $A $PATH; echo $LD_PRELOAD
    ls /proc/self/fd | wc -l
    test "$(cut -d" " -f6 /proc/$$/stat)" = $$ && echo leader
    tr "\0" "\n" </proc/$PPID/environ 2>&1 | head -n 1'
like "a run ends well" "$(run look)" "*: ok"
all=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
is "it has PAM's limits, PAM's variables below its own, and nothing of root's" \
    "$(ctl logs look 2>/dev/null)" "5
60
77
xx_YY own $all
/nonexistent/evil.so
4
leader"
is "the helper did not load what the job's variables say" \
    "$(ctl logs look --err 2>/dev/null | grep -c '^ERROR.*crons-pam')" 0
is "its session was opened and closed" "$(cat "$witness")" \
    "cron games open_session
cron games close_session"

add fails -- 'exit 7'
add dies -- 'kill -SEGV $$'
ctl run fails --wait --propagate >/dev/null 2>&1
is "a status is the job's" $? 7
like "a signal too" "$(run dies)" "*signal 11*"
ctl add words @yearly --user games --cwd / -- /bin/echo 'a  b' '$HOME' >/dev/null
run words >/dev/null
is "words are passed on as they are" "$(ctl logs words)" 'a  b $HOME'
ctl add gone @yearly --user games --cwd / -- /nonexistent/program x >/dev/null
like "a program that is not there" "$(run gone)" \
    "*nostart*executing the command*No such file*"
ctl add nowhere @yearly --user games --cwd /nonexistent -- true >/dev/null
like "nor a directory" "$(run nowhere)" "*nostart*working directory*"

: >"$witness"
add long -- 'trap "echo caught; exit 0" TERM; echo up; while :; do sleep 0.1; done'
ctl run long >/dev/null
wait_for 'ctl logs long 2>/dev/null | grep -q up' 20
is "while it runs its session is open" "$(cat "$witness")" \
    "cron games open_session"
check "a kill reaches the job" ctl kill long
wait_for '! ctl ps -q | grep -q long' 20
like "which may clean up" "$(ctl logs long)" "*caught*"
check "and the session is closed" wait_for 'grep -q close "$witness"' 20
add stubborn --grace 1s -- 'trap "" TERM; echo up; while :; do sleep 0.1; done'
for how in --grace=1s --signal=KILL; do
	: >"$witness"
	ctl run stubborn >/dev/null
	wait_for 'ctl logs stubborn 2>/dev/null | grep -q up' 20
	ctl kill stubborn $how >/dev/null
	check "a job that does not listen is ended ($how)" \
	    wait_for '! ctl ps -q | grep -q stubborn' 60
	check "and its session is closed" \
	    wait_for 'grep -q close "$witness"' 20
	like "it was killed" "$(ctl runs stubborn -n 1 --json)" \
	    '*"result":"killed"*"signal":9*'
done
add escapes --grace 1s -- 'setsid sh -c "trap : TERM; echo \$\$ >'"$dir"'/escaped
    while :; do sleep 0.1; done" & trap : TERM; while :; do sleep 0.1; done'
chmod 777 "$dir"
ctl run escapes >/dev/null
wait_for '[ -s "$dir/escaped" ]' 20
ctl kill escapes >/dev/null
check "what escaped from it is ended, too" \
    wait_for '! kill -0 "$(cat "$dir/escaped")" 2>/dev/null' 60

# Accounts.
cp /etc/shadow "$dir/shadow"
sed -i 's/^games:\([^:]*\):\([^:]*\):.*/games:\1:\2:0:99999:7::1:/' /etc/shadow
like "an account that expired runs nothing" "$(run look)" \
    "*nostart*opening the PAM session*"
like "and it is said why" "$(ctl logs look 2>&1)" "*account*expired*"
cp "$dir/shadow" /etc/shadow
like "until it is mended" "$(run look)" "*: ok"
mv /etc/pam.d/cron "$dir/service"
printf 'account required pam_deny.so\nsession required pam_deny.so\n' \
    >/etc/pam.d/cron
like "a service that denies is obeyed" "$(run look)" "*nostart*PAM*"
printf 'account required pam_permit.so\nauth required pam_permit.so
session required pam_nosuch.so\n' >/etc/pam.d/cron
like "a module that is not there lets nobody through" "$(run look)" \
    "*nostart*PAM*"
mv "$dir/service" /etc/pam.d/cron

# A module that hangs holds up its own run.
touch "$dir/hang"
add hangs --timeout 3s --grace 1s -- 'echo never'
ctl run hangs >/dev/null
check "while a session hangs others are served" ctl list
ctl add roots @yearly --cwd / -- 'echo root' >/dev/null
check "the time limit ends it" wait_for '! ctl ps -q | grep -q hangs' 60
is "the job did not begin" "$(ctl logs hangs | grep -c never)" 0
rm "$dir/hang"

# cronie's service has another name.
cp /etc/pam.d/cron /etc/pam.d/crond
: >"$witness"
printf '%s\n' 'HOME=/' '#crons: name=cronies' '1 1 1 1 * true' >"$dir/tab"
ctl import --dialect cronie "$dir/tab" >/dev/null
run cronies >/dev/null
is "the service is that of the dialect" "$(head -n 1 "$witness")" \
    "crond root open_session"

sed -i 's/pam = cron/pam = no/' "$dir/conf"
kill -HUP "$daemon_pid"
: >"$witness"
check "without the setting PAM is not asked" wait_for \
    ': >"$witness"; run look >/dev/null; [ ! -s "$witness" ]' 20
stop_daemon
is "the daemon ends well" $? 0
