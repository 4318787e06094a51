#!/bin/bash
# Own mode: a daemon that a user starts runs that user's jobs and serves that
# user only, with nothing of root's.
# limit: 60
. "$(dirname "$0")/../lib.sh"
need_root
need setpriv
for user in nobody games; do
	getent passwd $user >/dev/null || skip_all "needs the user $user"
done

# The programs where that user can execute them.
chmod 711 "$dir"
cp "$cronsd" "$build/crons-shim" "$cronsctl" "$talk" "$dir"
talk=$dir/talk cronsctl=$dir/cronsctl
install -d -o nobody -m 711 "$state"
printf '#!/bin/sh\nexec setpriv --reuid nobody --regid %s --clear-groups %s \
"$@"\n' "$(id -g nobody)" "$dir/cronsd" >"$dir/as-nobody"
chmod 755 "$dir/as-nobody"
cronsd=$dir/as-nobody
start_daemon

is "the daemon is that user's" \
    "$(stat -c %U "/proc/$daemon_pid") $(stat -c %U "$state/main.db")" \
    "nobody nobody"
like "he may do all with his jobs" "$(as nobody "$talk" -g "$CRONS_SOCKET")" \
    "*user=nobody role=root*"
check "jobs are added" as nobody ctl add mine @yearly --cwd / -- 'id -un; id -G'
check "and run" as nobody ctl run mine --wait
is "as that user, with his groups" "$(as nobody ctl logs mine | xargs)" \
    "nobody $(id -g nobody)"
like "others cannot reach the socket" \
    "$(as games ctl list 2>&1)" "*not open to you*"
chmod 666 "$CRONS_SOCKET"
like "and are refused where they can" "$(as games ctl list 2>&1)" \
    "*serves uid $(id -u nobody) only*"
is "whatever they ask" "$(echo 'run mine' | as games "$talk" "$CRONS_SOCKET" |
    cut -d' ' -f1,2)" "403 denied"
like "jobs of others cannot be added" "$(as nobody ctl add theirs @yearly \
    --user games -- true 2>&1)" "*only root may*"
like "nor by root, nor for root" "$(ctl add rooted @yearly -- true 2>&1)" \
    "*runs the jobs of uid $(id -u nobody) only*"
is "nor are they" "$(ctl list --all-users -q | cut -d' ' -f1)" mine
check "root may look after the user's" ctl run mine --wait
as nobody ctl add fast @yearly --nice=-5 --cwd / -- nice >/dev/null 2>&1
is "a better priority is not had" \
    "$(as nobody ctl run fast --wait >/dev/null 2>&1
    as nobody ctl logs fast 2>/dev/null | grep -c '^-')" 0
as nobody ctl add long @yearly --cwd / -- 'exec sleep 300' >/dev/null
as nobody ctl run long >/dev/null
wait_for 'as nobody "$cronsctl" ps -q 2>/dev/null | grep -q running' 10
check "he can end his own runs" as nobody ctl kill long
like "which is recorded" "$(as nobody ctl wait long)" "*killed*"
is "the state is his alone" "$(find "$state" ! -user nobody)" ""
is "and closed to others" "$(find "$state/spool" "$state"/*.db \
    "$state/lock" -perm /077)" ""
stop_daemon
is "the daemon ends well" $? 0

# Where its files cannot be, it says where that is and what to do.
refused() # WORD=VALUE... then the options
{
	env -i "$@" 2>&1
}
like "a directory that cannot be made is named" \
    "$(refused HOME=/nonexistent "$dir/as-nobody" -f)" \
    "*directory /nonexistent cannot be used: Permission denied;*--state*"
like "so is that of the socket" "$(refused HOME="$dir" \
    XDG_STATE_HOME="$state" XDG_RUNTIME_DIR="$dir/no" \
    "$dir/as-nobody" -f)" "*directory $dir/no cannot be used: Permission *"
like "a file is no directory" "$(refused "$dir/as-nobody" -f \
    --state /etc/passwd)" "*/etc/passwd cannot be used: it is no directory*"
like "a socket's path may be too long" "$(refused "$dir/as-nobody" -f \
    --state "$state/$(printf 'x%.0s' {1..107})")" "*at most 107*shorter*"
like "a word too many is named" "$(refused "$dir/as-nobody" -f often)" \
    '*"often"*usage*'
mkdir -p "$dir/odd"
: >"$dir/odd/cronsd.sock"
chown -R nobody "$dir/odd"
like "so is what is where its socket should be" "$(refused "$dir/as-nobody" \
    -f --state "$dir/odd")" "*$dir/odd/cronsd.sock: *no socket; remove it*"

# As in a container that runs with any uid: the system has no name for it.
nameless=54321
while getent passwd $nameless >/dev/null; do
	nameless=$((nameless + 1))
done
as_nameless() # COMMAND...
{
	setpriv --reuid $nameless --regid $nameless --clear-groups \
	    env HOME="$state" "$@"
}
state=$dir/nameless
export CRONS_SOCKET=$state/cronsd.sock
install -d -o $nameless -m 711 "$state"
sed "s/--reuid nobody --regid [0-9]*/--reuid $nameless --regid $nameless/" \
    "$dir/as-nobody" >"$dir/as-nameless"
chmod 755 "$dir/as-nameless"
cronsd=$dir/as-nameless
HOME=$state start_daemon
check "a uid without a name has jobs" as_nameless "$cronsctl" add mine \
    @yearly -- 'id -u; echo $LOGNAME; pwd'
check "that run" as_nameless "$cronsctl" run mine --wait
is "as that uid, in its home" "$(as_nameless "$cronsctl" logs mine | xargs)" \
    "$nameless #$nameless $state"
stop_daemon
state=$dir/system
export CRONS_SOCKET=$state/cronsd.sock
mkdir -m 755 "$state"
cronsd=$dir/cronsd
start_daemon
like "root's daemon takes no job that could never run" "$(as_nameless \
    "$cronsctl" add mine @yearly -- true 2>&1)" \
    "*uid $nameless has none*getent passwd $nameless*"
stop_daemon
