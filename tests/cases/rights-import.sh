#!/bin/bash
# A crontab's faults are its own: they are told line by line, and neither stop
# other users' changes nor make the daemon believe that its disk is full.
# limit: 60
. "$(dirname "$0")/../lib.sh"
need_root
need setpriv sqlite3
getent passwd nobody >/dev/null || skip_all "needs the user nobody"

chmod 711 "$dir"
mkdir -m 711 "$state"
printf '[limits]\njobs-per-uid = 5\n' >"$dir/conf"
start_daemon --config "$dir/conf"
cp "$talk" "$dir/talk"

import() # FILE
{
	{
		echo "import dialect=extended <$(stat -c %s "$1")"
		cat "$1"
	} | as nobody "$dir/talk" "$CRONS_SOCKET" | tail -n +2
}

# The name that an entry would be given where its own is taken is taken too.
printf '#crons: name=foo\n1 1 1 1 * true\n' >"$dir/tab"
like "a crontab is imported" "$(import "$dir/tab")" "*200 *added=1 *"
stop_daemon
key=$(sqlite3 "$state/main.db" 'SELECT source_key FROM job')
sqlite3 "$state/main.db" "UPDATE job SET source_key = NULL"
start_daemon --config "$dir/conf"
for name in "foo-$key" "foo-$key-2"; do
	echo "add name=$name schedule=@yearly command=true" |
		as nobody "$dir/talk" "$CRONS_SOCKET" >/dev/null
done
like "names that are taken are no trouble" "$(import "$dir/tab")" \
    "*foo-$key-3*200 *added=1 *"
printf '2 2 2 2 * true\n3 3 3 3 * true\n' >>"$dir/tab"
answer=$(import "$dir/tab")
like "more jobs than a user may have are refused" "$answer" \
    "*more than 5 jobs*200 *added=1 *errors=1*"
is "so that there are 5" \
    "$(ctl list --all-users -q | wc -l)" 5
# A job that is larger than one may be; its text fits into a payload.
{
	printf '1 2 3 4 * cat %%'
	head -c 120000 /dev/zero | tr '\0' '\1'
	echo
	for i in {1..9}; do
		printf 'V%s=' "$i"
		head -c 120000 /dev/zero | tr '\0' '\2'
		echo
	done
	echo '1 2 3 5 * cat'
} >"$dir/tab"
like "what is too large is told" "$(import "$dir/tab" | tr -d '\1\2')" \
    "*200 *errors=*"
seq -f '%g * * * * true' 20000 | sed 's/^[0-9]*/0/' >"$dir/tab"
answer=$(ctl import "$dir/tab" 2>&1)
is "a file of too many lines is refused" $? 8
like "and says which line was too many" "$answer" \
    "*tab:10004: too many lines: at most 10003*"
is "and not what every line is" "$(wc -l <<<"$answer")" 2
like "the daemon has no trouble with any of that" "$(ctl status)" "*: ok, *"
is "nor says so" "$(grep -c 'DEGRADED\|reserve' "$dir/daemon.log")" 0
check "others change their jobs" ctl add roots @yearly -- true
stop_daemon
is "the daemon ends well" $? 0
