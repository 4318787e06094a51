#!/bin/bash
# System mode: what another user without a role can do to a job: nothing, not
# even find out that there is one. And what a job can do to its supervisor.
# limit: 60
. "$(dirname "$0")/../lib.sh"
need_root
need setpriv sqlite3 python3
for user in nobody games daemon; do
	getent passwd $user >/dev/null || skip_all "needs the user $user"
done

chmod 711 "$dir"
mkdir -m 711 "$state"
start_daemon
# The clients where everybody can execute them.
cp "$cronsctl" "$talk" "$dir"
cronsctl=$dir/cronsctl talk=$dir/talk
mkdir -m 777 "$dir/open"

as nobody ctl add secret @yearly --cwd / --comment 'a s3cret' -- \
    "echo s3cret; exec sleep 300" >/dev/null
as nobody ctl set secret env='KEY=s3cret' >/dev/null
run=$(as nobody ctl run secret | tr -dc 0-9)
wait_for 'ctl ps 2>/dev/null | grep -q " secret "' 10
id=$(ctl list --json | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
is "the owner sees it" "$(as nobody ctl list -q | cut -d' ' -f1)" secret

# ---- a stranger ----

stranger() # REQUEST...
{
	printf '%s\n' "$@" | as games "$talk" "$CRONS_SOCKET" | tail -n +2
}

is "a stranger's list is empty" "$(stranger list | grep -c '^\*')" 0
for listing in 'list all_users=yes' export 'export all_users=yes' ps \
    'ps all_users=yes' runs 'runs all_users=yes' 'runs n=1000 before=1000' \
    next 'next all_users=yes' alarms 'alarms all_users=yes'; do
	is "nor does '$listing' show anything" \
	    "$(stranger "$listing" | grep -c '^\*')" 0
done
for listing in list export ps runs next; do
	like "'$listing' of another user is refused" \
	    "$(stranger "$listing user=nobody")" "403 denied*"
done

# What is there is answered as what is not: nothing can be guessed.
answer() # WORD REQUEST-WITH-%
{
	stranger "${2//%/$1}" | grep -v '^#' | sed "s,\"$1\",NAME,"
}
for request in 'list %' 'show %' 'export %' 'history %' 'run %' 'wait %' \
    'kill %' 'runs %' 'logs %' 'next %' 'why %' 'rm %' 'enable %' \
    'disable %' 'set % nice=1' 'logs % follow=yes' 'kill % signal=CONT' \
    'wait % timeout=1s' 'rm % if_rev=1' 'ack %' 'ping %'; do
	none=$(answer nosuch "$request")
	like "'$request' of what is not there" "$none" "404 not-found*"
	for word in secret nobody/secret "$id" sec; do
		is "'${request//%/$word}' is answered the same" \
		    "$(answer $word "$request")" "$none"
	done
done
none=$(answer 99999 'logs %')
for request in 'logs %' 'wait %' 'kill %'; do
	is "so is run $run: '$request'" "$(answer "$run" "$request")" \
	    "$(answer 99999 "$request")"
done
is "status tells no name and no instant" \
    "$(stranger status | awk -F'\t' '$1 == "#" { for (i = 2; i <= NF; i++)
	at[$i] = i } $1 == "*" { print $at["next_us"] $at["next_job"] }')" ""
is "nor how many jobs and runs others have" \
    "$(stranger status | awk -F'\t' '$1 == "#" { for (i = 2; i <= NF; i++)
	at[$i] = i } $1 == "*" { print $at["jobs"], $at["enabled"],
	$at["running"], $at["failed_24h"] }')" "0 0 0 0"
is "the owner is told of his" "$(as nobody ctl status | sed -n 3p)" \
    "1 job, 1 planned, 1 running, 0 failed in 24h"

for request in 'add user=nobody name=x schedule=@yearly command=true' \
    'add user=root name=x schedule=@yearly command=true' \
    'import user=nobody <0' 'import system=yes <0' 'tab user=nobody' \
    'install user=nobody <0' 'uninstall user=nobody'; do
	like "'$request' is refused" "$(stranger "$request")" "403 denied*"
done
is "and nothing was added" "$(ctl list -q | wc -l)" 1
like "a stranger may have a job of that name" "$(stranger \
    'add name=secret schedule=@yearly command=true')" "201 *"
is "which is another one" "$(ctl list -q | grep -c '^secret ')" 2
like "his own is the one he means" "$(stranger 'rm secret')" "200 *"
is "the owner's is still there" \
    "$(as nobody ctl list -q | cut -d' ' -f1)" secret

# ---- what only root may set ----

like "a better priority is refused" "$(as nobody ctl add fast @yearly \
    --nice=-5 -- true 2>&1)" "*nice*only root*"
as nobody ctl add fast @yearly --cwd / -- true >/dev/null
like "later too" "$(as nobody ctl set fast nice=-5 2>&1)" "*nice*only root*"
like "even root cannot give it to him" "$(ctl set fast nice=-5 2>&1)" \
    "*only for root*"
check "root's own may have it" ctl add rootly @yearly --nice=-5 -- true
as nobody ctl set fast --command='nice; ulimit -Hn; ulimit -Hl' \
    limits=nofile=1000000000,memlock=1T >/dev/null 2>&1
as nobody ctl run fast --wait >/dev/null 2>&1
like "limits beyond those of the system are not had by a job" \
    "$(as nobody ctl logs fast 2>&1; as nobody ctl runs fast)" \
    "*$(ulimit -Hn)
*$(ulimit -Hl)
*"

# ---- a job against its supervisor ----

cat >"$dir/open/attack.py" <<END
import ctypes, os, signal, socket, glob
shim = os.getppid()
def refused(what, function):
    try:
        got = function()
    except OSError as e:
        print("refused" if e.errno in (1, 13) else e, what)
    else:
        print("possible" if got is not False else "refused", what)
def ptrace():
    if ctypes.CDLL(None, use_errno=True).ptrace(16, shim, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
for s in (0, signal.SIGTERM, signal.SIGUSR1, signal.SIGKILL):
    refused("signal %d" % s, lambda: os.kill(shim, s))
refused("ptrace", ptrace)
for name in ("mem", "environ", "maps", "fd/3"):
    refused(name, lambda: open("/proc/%d/%s" % (shim, name)).read(1))
for name in ("$state", "$state/spool", "$state/main.db", "$state/out.db",
        "$state/spool/news.sock", "$state/reserve", "$state/lock"):
    refused("open " + name.replace("$dir", ""), lambda: os.open(name, 0))
refused("news", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    .connect("$state/spool/news.sock"))
refused("write", lambda: open("$state/x", "w"))
END
as nobody ctl add attack @yearly --cwd / -- "exec python3 $dir/open/attack.py" >/dev/null
as nobody ctl run attack --wait >/dev/null
attack=$(as nobody ctl logs attack 2>&1)
is "a job's attacks were all made" "$(wc -l <<<"$attack")" 18
is "a job has no power over its supervisor or the spool" \
    "$(grep -v '^refused' <<<"$attack")" ""

# ---- a uid is not a user ----

as games ctl add moved @yearly -- "touch $dir/open/moved" >/dev/null
as games ctl add ghost @yearly -- "touch $dir/open/ghost" >/dev/null
stop_daemon
sqlite3 "$state/main.db" "UPDATE job SET user = 'alice' WHERE name = 'moved';
    UPDATE job SET uid = 54321, user = '#54321' WHERE name = 'ghost'"
start_daemon
like "a job of a uid that has another name now is held" \
    "$(ctl run moved --wait 2>&1)" "*nostart*uid 5 is games now*alice*"
like "and one of a uid that nobody has" \
    "$(ctl run ghost --wait 2>&1)" "*nostart*uid 54321 is nobody*"
is "neither was started" "$(find "$dir/open" -name moved -o -name ghost)" ""
stop_daemon
is "the daemon ends well" $? 0
