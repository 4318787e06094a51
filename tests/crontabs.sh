# Sourced by the cases of live crontabs, after lib.sh: places of their own in
# $dir, a daemon that reads them, and words to look at what it made of them.
# shellcheck shell=bash disable=SC2034
tab=$dir/etc/crontab
crond=$dir/etc/cron.d
tabs=$dir/spool/crontabs

# Settings: the three places, and what else stands in the arguments.
settings() # [LINE...]
{
	{
		printf '[daemon]\ndialect = %s\n' "${dialect-debian}"
		printf '[crontabs]\ncrontab = %s\ncron-d = %s\n' "$tab" "$crond"
		printf 'user-crontabs = %s\n' "$tabs"
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$dir/conf"
	chmod 644 "$dir/conf"
}

# Directories as a system has them, all empty.
make_places()
{
	mkdir -p "$crond" "$tabs"
	chmod 755 "$dir/etc" "$crond"
	chmod 711 "$dir" "$dir/spool" "$tabs"
}

start_reading() # [DAEMON OPTION...]
{
	[ -e "$dir/conf" ] || settings
	start_daemon --config "$dir/conf" "$@"
	wait_for 'grep -q "all are read" "$dir/daemon.log"' 30 ||
		fail "the crontabs are read at the start"
}

# A user's crontab, as crontab(1) leaves it: replaced by a rename.
put_tab() # USER; text on standard input
{
	cat >"$tabs/tmp.$$"
	chmod 600 "$tabs/tmp.$$"
	chown "$1" "$tabs/tmp.$$"
	mv "$tabs/tmp.$$" "$tabs/$1"
}

# "state jobs" of a file as `sources` says it; "none" if it has no row.
state_of() # PATH
{
	ctl sources "$1" --json 2>/dev/null | python3 -c '
import json, sys
row = json.loads(sys.stdin.readline() or "null")
print(*[row["state"], row["jobs"]] if row else ["none"])'
}

# Waits until the file is in that state.
reaches() # NAME PATH "STATE JOBS"
{
	if wait_for "[ \"\$(state_of '$2')\" = '$3' ]" 20; then
		pass "$1"
	else
		fail "$1" "expected: $3" "found:    $(state_of "$2")" \
		    "$(ctl sources "$2")"
	fi
}

# Why the file is as it is.
why() # PATH
{
	ctl sources "$1" --json | python3 -c '
import json, sys
print(json.loads(sys.stdin.readline())["text"])'
}

# "id schedule" of each job whose command holds the word, by id.
jobs_with() # WORD
{
	ctl export --all-users --json | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
print(*sorted("%d %s" % (r["id"], r["schedule"]) for r in rows
    if sys.argv[1] in r["command"]), sep="\n")' "$1"
}

id_of() # WORD
{
	jobs_with "$1" | cut -d' ' -f1
}
