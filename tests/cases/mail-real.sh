#!/bin/bash
# Mail through a real mailer (msmtp, called as sendmail) to a mail server of
# our own; and, as root, whose mailers and hooks run as whom, and that one user
# cannot keep another's mail waiting.
# limit: 200
. "$(dirname "$0")/../lib.sh"
[ -x "$cronsd" ] && [ -x "$cronsctl" ] || skip_all "the programs are not built"
need python3 sqlite3 msmtp
has_loopback || skip_all "needs the loopback network"

chmod 711 "$dir"
mkdir -m 711 "$state"
mkdir -m 1777 "$dir/box"
mkdir -m 777 "$dir/open"
: >"$dir/open/who"
chmod 666 "$dir/open/who"
python3 -B "$root/tests/tools/smtp_sink.py" "$dir/box" >"$dir/port" &
sink=$!
wait_for '[ -s "$dir/port" ]' 20
cat >"$dir/msmtprc" <<END
account default
host 127.0.0.1
port $(cat "$dir/port")
from %U@test.example
domain test.example
END
chmod 644 "$dir/msmtprc"
cat >"$dir/mailer" <<END
#!/bin/sh
[ "\$(id -un)" != "\$(cat $dir/open/hangs 2>/dev/null)" ] || exec sleep 300
exec msmtp -C $dir/msmtprc "\$@"
END
chmod 755 "$dir/mailer"
mkdir "$dir/hooks"
cat >"$dir/hooks/who" <<END
#!/bin/sh
echo "\$(id -un) \$1" >>$dir/open/who
echo a secret of the hook
END
chmod 755 "$dir/hooks" "$dir/hooks/who"
cat >"$dir/conf" <<END
[mail]
mailer = $dir/mailer
[notices]
hooks = $dir/hooks
hook-user = daemon
deliveries = 4
END
start_daemon --config "$dir/conf"
cp "$cronsctl" "$dir"
cronsctl=$dir/cronsctl

ask() # SQL
{
	sqlite3 -cmd '.timeout 5000' "file:$state/main.db?mode=ro" "$1"
}

# The one message that came since the last time, in $mail.
one_mail()
{
	wait_for '[ "$(ls "$dir/box" | wc -l)" -ge 1 ]' 60
	mail=$(cat "$dir"/box/*)
	rm -f "$dir"/box/*
}

for dialect in debian cronie; do
	printf '%s\n' MAILTO=ann@example.org,bob@example.org \
	    "@yearly echo out; echo err >&2; printf '.\n..\n'; echo end" \
	    >"$dir/tab"
	ctl import --dialect $dialect "$dir/tab" >/dev/null
	job=$(ctl list --json | sed 's/.*"job":"\([^"]*\)".*/\1/')
	ctl run "$job" --wait >/dev/null
	one_mail
	is "$dialect: both get it" "$(echo "$mail" | grep '^to ')" \
	    "to ann@example.org
to bob@example.org"
	like "$dialect: the subject is there" "$mail" "*Subject: Cron <*@*> echo out;*"
	is "$dialect: so is all of the output, in its order" \
	    "$(echo "$mail" | sed '1,/^X-Cron-Env/d' | sed '1,/^$/d')" "out
err
.
..
end"
	ctl rm "$job" >/dev/null
done
check "the mailers ended well" \
    wait_for '[ "$(ask "SELECT count(*) FROM outbox WHERE state = 2")" = 2 ]' 30

if [ "$(id -u)" = 0 ] && getent passwd nobody games daemon >/dev/null; then
	as nobody ctl add theirs @yearly --cwd=/ --mail=always \
	    --env=MAILTO=ann@example.org -- 'echo x' >/dev/null
	as games ctl add others @yearly --cwd=/ --mail=always \
	    --env=MAILTO=bob@example.org -- 'echo y' >/dev/null
	as nobody ctl run theirs --wait >/dev/null
	one_mail
	like "a user's mail is from that user, by its mailer too" "$mail" \
	    "from nobody@test.example*"
	echo nobody >"$dir/open/hangs"
	for more in 1 2 3; do
		as nobody ctl add "theirs$more" @yearly --cwd=/ \
		    --mail=always --env=MAILTO=ann -- 'echo x' >/dev/null
		as nobody ctl run "theirs$more" --wait >/dev/null
	done
	as games ctl run others --wait >/dev/null
	one_mail
	like "a user's mailers that hang do not keep another's waiting" \
	    "$mail" "from games@test.example*"
	is "of one user half of the mailers run at one time" \
	    "$(ask "SELECT count(*) FROM outbox WHERE state = 1
	        AND user = 'nobody'")" 2
	as nobody ctl set theirs mail=never notify=ok:who >/dev/null
	rm "$dir/open/hangs"
	for run in $(ask 'SELECT sent FROM outbox WHERE state = 1'); do
		ctl kill "$run" --grace 0s >/dev/null
	done
	as nobody ctl run theirs --wait >/dev/null
	check "a hook of the system runs as the one the settings name" \
	    wait_for 'grep -qx "daemon ok" "$dir/open/who"' 30
	run=$(ask "SELECT sent FROM outbox WHERE hook = 'who'")
	is "what it says is not for the job's user" \
	    "$(as nobody ctl logs "$run" 2>/dev/null | grep -c secret)" 0
	wait_for '[ "$(ask "SELECT state FROM outbox WHERE hook = '"'who'"'")" = 2 ]' 30
	is "but for root" "$(ctl logs "$run")" "a secret of the hook"
	as nobody ctl set theirs notify="ok:$dir/hooks/who" >/dev/null
	as nobody ctl run theirs --wait >/dev/null
	check "a user's own hook runs as the user" \
	    wait_for 'grep -qx "nobody ok" "$dir/open/who"' 30
else
	skip "mailers of several users" "needs root, nobody, games and daemon"
fi
kill "$sink"
wait "$sink" 2>/dev/null
stop_daemon
