#!/bin/bash
# The mail with a run's output: when there is one, what stands in it, who gets
# it, and that nothing waits for a mailer. The mailer is a script that writes
# down how it was called.
# limit: 300
. "$(dirname "$0")/../lib.sh"
[ -x "$cronsd" ] && [ -x "$cronsctl" ] || skip_all "the programs are not built"
need python3 sqlite3

box=$dir/box
mkdir -m 1777 "$box"
host=$(uname -n)
host=${host%%.*}
me=$(id -un)
home=$(getent passwd "$me" | cut -d: -f6)

# A message is a file: its arguments, who called, the environment, the text.
cat >"$dir/mailer" <<END
#!/bin/sh
f=\$(mktemp $box/tmp.XXXXXX)
{
	for word; do echo "arg \$word"; done
	echo "user \$(id -un) in \$(pwd)"
	env | sed 's/^/env /'
	echo text
	cat
} >"\$f"
[ ! -e $dir/hang ] || sleep 300
[ ! -e $dir/refuse ] || { rm "\$f"; echo "no such host" >&2; exit 75; }
mv "\$f" "$box/mail.\${f##*.}"
END
chmod 755 "$dir" "$dir/mailer"

configure() # LINE...
{
	printf '[mail]\nmailer = %s\n' "$dir/mailer" >"$dir/conf"
	printf '%s\n' "$@" >>"$dir/conf"
}

start()
{
	LC_ALL=C start_daemon --config "$dir/conf"
}

ask() # SQL
{
	sqlite3 -cmd '.timeout 5000' "file:$state/main.db?mode=ro" "$1"
}

mails()
{
	find "$box" -name 'mail.*' | wc -l
}

# Nothing waits to be told, and nothing is being told.
is_quiet()
{
	[ "$(ask 'SELECT count(*) FROM outbox WHERE state < 2
	    UNION ALL SELECT count(*) FROM run WHERE result = 0')" = $'0\n0' ]
}

# Runs a job, and gives the message that comes of it ("" none) in $mail.
run_job() # JOB
{
	rm -f "$box"/mail.*
	ctl run "$1" --wait >/dev/null
	wait_for is_quiet 60 || fail "$1: all that is to be told is told"
	mail=$(cat "$box"/mail.* 2>/dev/null)
}

part() # WORD: those lines of the message, without it
{
	echo "$mail" | sed '/^text$/,$d' | sed -n "s/^$1 //p"
}

text()
{
	echo "$mail" | sed '1,/^text$/d'
}

# Imports a crontab's text and names its jobs, in order, in ${job[@]}.
crontab_of() # DIALECT; text on standard input
{
	local old
	for old in $(names); do ctl rm "$old" >/dev/null; done
	cat >"$dir/tab"
	ctl import --dialect "$1" "$dir/tab" >/dev/null ||
		fail "the crontab can be imported"
	mapfile -t job < <(names)
}

names()
{
	ctl list --json | python3 -c '
import json, sys
for r in sorted(map(json.loads, sys.stdin), key=lambda r: r["id"]):
    print(r["job"])'
}

configure
start

# ---- as Debian's cron ----

crontab_of debian <<'END'
MAILTO=ann@example.org,bob
@yearly echo one; echo two >&2; echo three # 100\%
@yearly true
MAILTO=""
@yearly echo secret
MAILTO=carl
MAILFROM=robot@example.org
CONTENT_TYPE=text/html; charset=latin1
CONTENT_TRANSFER_ENCODING=quoted-printable
@yearly echo '<p>'
END
run_job "${job[0]}"
is "debian: the mailer's arguments" "$(part arg)" "-FCronDaemon
-i
-B8BITMIME
-oem
ann@example.org,bob"
is "debian: the whole message" "$(text)" "From: root (Cron Daemon)
To: ann@example.org,bob
Subject: Cron <$me@$host> echo one; echo two >&2; echo three # 100%
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
X-Cron-Env: <MAILTO=ann@example.org,bob>
X-Cron-Env: <SHELL=/bin/sh>
X-Cron-Env: <HOME=$home>
X-Cron-Env: <PATH=/usr/bin:/bin>
X-Cron-Env: <LOGNAME=$me>

one
two
three"
is "the mailer runs as the job's user, at home" "$(part user)" "$me in $home"
is "its environment has nothing of the daemon's and the job's" \
    "$(part env | sed 's/=.*//' | grep -v '^CRONS_' | sort | tr '\n' ' ')" \
    "HOME LOGNAME PATH PWD SHELL USER "
run_job "${job[1]}"
is "no output, no mail" "$mail" ""
run_job "${job[2]}"
is "an empty MAILTO, no mail" "$mail" ""
run_job "${job[3]}"
is "MAILTO, MAILFROM and the content's type count from their line on" \
    "$(text | sed '/^X-Cron-Env/,$d'; part arg | tail -n 1)" \
    "From: robot@example.org
To: carl
Subject: Cron <$me@$host> echo '<p>'
MIME-Version: 1.0
Content-Type: text/html; charset=latin1
Content-Transfer-Encoding: quoted-printable
carl"
is "clients see no run of a mailer" \
    "$(ctl runs -n 50 --json | grep -c notice)" 0

# ---- as cronie ----

crontab_of cronie <<'END'
MAILTO=ann
MAILFROM=robot@example.org
@yearly printf 'a\r\nb\n'
@yearly -n echo fine
@yearly -n echo bad; false
END
run_job "${job[0]}"
is "cronie: the mailer's arguments" "$(part arg | tr '\n' ' ')" \
    "-FCronDaemon -i -odi -oem -oi -t -f robot@example.org "
is "cronie: the whole message, without carriage returns" "$(text)" \
"From: \"(Cron Daemon)\" <robot@example.org>
To: ann
Subject: Cron <$me@$host> printf 'a\\r\\nb\\n'
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
Auto-Submitted: auto-generated
Precedence: bulk
X-Cron-Env: <MAILTO=ann>
X-Cron-Env: <MAILFROM=robot@example.org>
X-Cron-Env: <SHELL=/bin/sh>
X-Cron-Env: <HOME=$home>
X-Cron-Env: <PATH=/usr/bin:/bin:/usr/sbin:/sbin>
X-Cron-Env: <LOGNAME=$me>
X-Cron-Env: <USER=$me>

a
b"
run_job "${job[1]}"
is "cronie's -n: no mail when it went well" "$mail" ""
run_job "${job[2]}"
like "cronie's -n: mail when it failed" "$(text)" "*bad*"

# ---- the order of the variables, as measured on both crons ----

for dialect in debian cronie; do
	crontab_of $dialect <<'END'
Z=1
MAILTO=ann
LOGNAME=mallory
Z=3
USER=eve
@yearly echo x
SHELL=/bin/bash
A='x y'
MAILTO=bob
@yearly echo y
END
	user=eve
	[ $dialect = debian ] || user=$me
	path=/usr/bin:/bin
	[ $dialect = debian ] || path=$path:/usr/sbin:/sbin
	run_job "${job[0]}"
	is "$dialect: variables stand as they came, then those of cron" \
	    "$(text | sed -n 's/^X-Cron-Env: <\(.*\)>$/\1/p')" "Z=3
MAILTO=ann
LOGNAME=$me
USER=$user
SHELL=/bin/sh
HOME=$home
PATH=$path"
	run_job "${job[1]}"
	is "$dialect: a later value takes the place of the first" \
	    "$(text | sed -n 's/^X-Cron-Env: <\(.*\)>$/\1/p')" "Z=3
MAILTO=bob
LOGNAME=$me
USER=$user
SHELL=/bin/bash
A=x y
HOME=$home
PATH=$path"
done

# ---- addresses and headers that are meant to harm ----

long=$(printf '%050000d' 1)
for to in '-oQ/tmp/x' '|touch /tmp/x' 'a b' 'a,b c' '/etc/passwd' \
    '`id`' 'a;b' 'a$b' 'a"b' '<a@b>' "x@b'"; do
	crontab_of debian <<END
MAILTO=$to
@yearly echo x
END
	run_job "${job[0]}"
	is "nothing is mailed to: $to" "$mail" ""
done
like "the log says so" "$(cat "$dir/daemon.log")" \
    "*UNSAFE MAIL (-oQ/tmp/x)*"
for from in -oQ/tmp/x 'R <r@x>' '"a b"' '""'; do
	crontab_of debian <<END
MAILTO=ann
MAILFROM=$from
CONTENT_TYPE=""
CONTENT_TRANSFER_ENCODING=""
@yearly echo x
END
	run_job "${job[0]}"
	is "debian: instead of this sender the usual one stands: $from" \
	    "$(text | grep -e ^From -e ^Content)" "From: root (Cron Daemon)
Content-Type: 
Content-Transfer-Encoding: "
	printf '%s\n' MAILTO=ann "MAILFROM=$from" '@yearly echo x' |
		crontab_of cronie
	run_job "${job[0]}"
	is "cronie: the same, for the mailer, too: $from" \
	    "$(text | grep ^From; part arg | tail -n 1)" \
	    "From: \"(Cron Daemon)\" <$me>
$me"
done
ctl add long '@yearly' --env="MAILTO=a$long" -- 'echo x' >/dev/null
run_job long
is "50 kB of address are one word of the mailer's" \
    "$(part arg | tail -n 1 | wc -c)" 50002
crontab_of debian < <(printf '%s\n' MAILTO=ann \
    $'CONTENT_TYPE=text/plain\rBcc: evil' $'@yearly echo x \r\e[31mBcc: y')
run_job "${job[0]}"
is "control bytes are shown, and begin no header" \
    "$(text | sed '/^$/,$d' | grep -c '^Bcc')" 0
like "where they stood" "$(text)" "*Subject: Cron*^M^\[\[31mBcc: y*"
crontab_of debian <<'END'
LD_PRELOAD=/tmp/evil.so
BASH_ENV=/tmp/evil.sh
@yearly echo x
END
run_job "${job[0]}"
is "what a crontab sets is not set for the mailer" \
    "$(part env | grep -c -e LD_PRELOAD -e BASH_ENV)" 0
is "and without MAILTO it goes to the job's user" "$(part arg | tail -n 1)" \
    "$me"

# ---- jobs of our own ----

for old in $(names); do ctl rm "$old" >/dev/null; done
ctl add plain '@yearly' -- 'echo x' >/dev/null
run_job plain
is "a job that was added mails nothing unless it is asked to" "$mail" ""
ctl set plain env=MAILTO=ann >/dev/null
run_job plain
like "with a MAILTO it does" "$(text)" "*Subject: crons <$me@$host> plain: ok*"
ctl set plain mail=never >/dev/null
run_job plain
is "mail=never: it does not" "$mail" ""
ctl add bad '@yearly' --mail=fail -- 'exit $(cat '"$dir"'/code)' >/dev/null
echo 0 >"$dir/code"
run_job bad
is "mail=fail: not when it went well" "$mail" ""
echo 3 >"$dir/code"
run_job bad
like "mail=fail: when it failed, output or not" "$(text)" "*bad: exit 3*"
ctl set bad mail=change >/dev/null
run_job bad
is "mail=change: not when it failed again" "$mail" ""
echo 0 >"$dir/code"
run_job bad
like "mail=change: when it went well again" "$(text)" "*bad: ok*"
ctl set bad mail=always >/dev/null
run_job bad
like "mail=always: always" "$(text)" "*bad: ok*"
ctl add late '@yearly' --mail=output --linger=10s -- \
    '(sleep 1; echo after the end) & true' >/dev/null
run_job late
like "what children write after the end is in the mail" "$(text)" \
    "*after the end*"

# ---- long output ----

stop_daemon
configure 'mail-limit = 1k'
start
ctl add many '@yearly' --mail=output -- 'seq 1000000 1000999' >/dev/null
run_job many
n=$(ask "SELECT max(id) FROM run WHERE job > 0")
is "long output is cut, and the mail says where the rest is" \
    "$(text | tail -n 1)" \
    "[crons: cut after 1024 of 8000 bytes; the rest is in the history: cronsctl logs $n]"
is "what was before it is whole" "$(text | grep -c '^1000[0-9]*$')" 128

# ---- mailers that hang, refuse or are not there ----

stop_daemon
configure '[limits]' 'max-running = 1' '[notices]' 'deliveries = 2' \
    'delivery-timeout = 2s' 'delivery-tries = 2' 'delivery-delay = 0s'
start
touch "$dir/hang"
ctl run many --wait >/dev/null
check "a mailer hangs" wait_for '[ -n "$(ls "$box"/tmp.*)" ]' 20
is "meanwhile jobs run as ever" \
    "$(ctl run plain --wait --propagate >/dev/null; echo $?)" 0
is "and it counts for nothing" \
    "$(ctl status --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["running"])')" 0
check "it is ended at its time limit, tried again, and given up" \
    wait_for '[ "$(ask "SELECT state || tries FROM outbox ORDER BY id DESC
        LIMIT 1")" = 32 ]' 60
like "that is said" "$(cat "$dir/daemon.log")" \
    "*output was not told by mail: timeout*"
rm -f "$dir/hang" "$box"/tmp.*
touch "$dir/refuse"
run_job many
like "what a mailer says stands in the history of its run" \
    "$(ctl logs "$(ask 'SELECT max(id) FROM run WHERE job = 0')")" \
    "no such host"
rm "$dir/refuse"

stop_daemon
configure '[notices]' 'delivery-delay = 1h'
start
touch "$dir/refuse"
ctl run many --wait >/dev/null
check "a try that fails waits for the next" wait_for \
    '[ "$(ask "SELECT state || tries FROM outbox ORDER BY id DESC LIMIT 1")" = 01 ]' 20
ctl rm many >/dev/null
rm -f "$dir/refuse" "$box"/mail.*
kill9_daemon
sqlite3 "$state/main.db" 'UPDATE outbox SET at = 0 WHERE state = 0'
start
check "what was to be told of a job that is gone is told" \
    wait_for '[ "$(mails)" = 1 ]' 30
mail=$(cat "$box"/mail.*)
is "and its output is whole, from the store" \
    "$(text | grep -cx '1000[0-9][0-9][0-9]')" 1000
stop_daemon

# ---- a disk that hangs while output is read for a mail ----

if [ -x "$build/test/cronsd" ]; then
	configure '[notices]' 'deliveries = 4'
	touch "$dir/slow"
	(
		cronsd=$build/test/cronsd
		export CRONS_FAIL="+notice_composing@$dir/slow"
		start
		echo "$daemon_pid" >"$dir/pid"
	)
	daemon_pid=$(cat "$dir/pid")
	rm -f "$box"/mail.*
	ctl set plain mail=output >/dev/null
	ctl add second '@yearly' --mail=output -- 'echo second' >/dev/null
	ctl run plain --wait >/dev/null
	ctl run second --wait >/dev/null
	check "while output is being read for a mail" \
	    wait_for '[ "$(ask "SELECT count(*) FROM outbox
	        WHERE state = 1")" = 2 ]' 30
	is "jobs run" \
	    "$(ctl run plain --wait --propagate >/dev/null; echo $?)" 0
	ctl kill "$(ask 'SELECT max(sent) FROM outbox WHERE state = 1')" \
	    --grace 0s >/dev/null
	rm "$dir/slow"
	check "and when it was read it is mailed" wait_for is_quiet 60
	is "but for the one that was ended before" "$(mails)" 2
	stop_daemon
fi

printf '[mail]\nmailer = %s/nothing\n' "$dir" >"$dir/conf"
: >"$dir/daemon.log"
start
ctl set plain mail=output >/dev/null
run_job plain
run_job plain
like "without a mailer the status says so" "$(ctl status)" \
    "*mail is not sent: $dir/nothing: No such file*"
is "and the log, once" "$(grep -c 'mail is not sent' "$dir/daemon.log")" 1
stop_daemon
printf '[mail]\nmailer = no\n' >"$dir/conf"
: >"$dir/daemon.log"
start
run_job plain
is "mailer = no: nothing is said" \
    "$(grep -c 'mail is not' "$dir/daemon.log")" 0
stop_daemon
