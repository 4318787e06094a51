#!/bin/bash
# What the roles view and admin may and may not, as crons(7) tells it.
# limit: 60
. "$(dirname "$0")/../lib.sh"
need_root
need setpriv
getent passwd nobody >/dev/null || skip_all "needs the user nobody"

chmod 711 "$dir"
mkdir -m 711 "$state"
# cronsctl where that user can execute it; two groups that are nobody's.
cp "$cronsctl" "$dir/cronsctl"
read -r viewers admins <<<"$(getent group | awk -F: '$3 > 1 && $3 < 100 {
    printf "%s:%s ", $1, $3 }')"
admins=${admins%% *}
[ -n "$admins" ] || skip_all "needs two groups with numbers below 100"
cat >"$dir/conf" <<END
[daemon]
view-group = ${viewers%:*}
admin-group = ${admins%:*}
END

in_group() # GROUP:GID WORD...
{
	setpriv --reuid nobody --regid "$(id -g nobody)" --groups "${1#*:}" \
	    -- "$dir/cronsctl" "${@:2}" 2>&1
}

start_daemon --config "$dir/conf"
ctl add theirs @yearly --env KEY=hidden --comment seen -- \
    'cat >/dev/null; echo hidden; exit 3' >/dev/null
ctl set theirs stdin=hidden >/dev/null
ctl run theirs --wait >/dev/null
ctl add words @yearly --argv='/bin/echo hidden' >/dev/null
ctl add long @yearly -- 'exec sleep 1000' >/dev/null

is "without a role there is nothing to see" \
    "$(as nobody "$dir/cronsctl" list --all-users 2>&1)" "no jobs"
for group in "$viewers" "$admins"; do
	role=$(in_group "$group" status | sed -n 's/^you are nobody (\(.*\))/\1/p')
	like "$role sees the jobs of all" "$(in_group "$group" list -a)" \
	    "*theirs*exit 3*"
	like "$role sees when and how" "$(in_group "$group" show theirs)" \
	    "*@yearly*seen*"
	like "$role sees how it went" "$(in_group "$group" runs theirs)" \
	    "*exit 3*"
	like "$role may ask why" "$(in_group "$group" why theirs)" "*fail*"
	is "but $role does not see what is run" "$({
		in_group "$group" show theirs
		in_group "$group" show theirs --json
		in_group "$group" show words --json
		in_group "$group" export --all-users
		in_group "$group" list -a --json
		in_group "$group" runs -a --json
	} | grep -c hidden)" 0
	for verb in 'export theirs' 'history theirs' 'logs theirs' \
	    'set theirs nice=1' 'disable theirs' 'rm theirs'; do
		# shellcheck disable=SC2086 # a verb and its words
		like "$role may not $verb" "$(in_group "$group" $verb)" \
		    "*belongs to another user*"
	done
done
like "view may not run it" "$(in_group "$viewers" run long)" \
    "*belongs to another user*"
like "admin may run it" "$(in_group "$admins" run long)" "*started"
wait_for 'ctl ps 2>/dev/null | grep -q running' 10
like "view may not kill it" "$(in_group "$viewers" kill long)" \
    "*belongs to another user*"
like "admin may kill it" "$(in_group "$admins" kill long)" "*signal sent"
like "it is killed" "$(ctl wait long)" "*killed*"
like "root sees what is run" "$(ctl show theirs)" "*hidden*"

# What root exports does not make others' jobs root's.
ctl add nobodys @yearly --user nobody -- true >/dev/null
like "an export says whose a job is" "$(ctl export nobodys)" \
    "cronsctl add nobodys @yearly --user=nobody -- true"
is "but not of one's own" "$(ctl export words | grep -c user=)" 0
like "root's crontab has no job of another user" \
    "$(ctl export --crontab 2>/dev/null)" "*# nobodys: *another user's*"
like "that user's has it" "$(ctl export --crontab --user nobody)" \
    "*@yearly true"
stop_daemon
