#!/bin/bash
# A live test: another cron and cronsd on the same crontabs, each in namespaces
# of its own, under the same faked time, over two nights on which the clocks
# change. The same jobs run the same number of times, and each finds the same
# words, input, environment, directory, ids, groups, descriptors, mask, signals,
# session and limits. What may differ is a list below, with the reason.
# limit: 600
. "$(dirname "$0")/../lib.sh"
. "$root/tests/live/parts.sh"
# Time runs eighty times as fast here: instrumented programs cannot follow.
[ -z "${CRONS_SAN-}" ] || skip_all "an hour of faked time is 45 s"
need_root
need unshare python3 setpriv
need_namespaces
need_faketime

# Jobs of both dialects. Those that end with an unbounded field are `always`:
# they are compared, but not counted.
common_tabs() # SIDE-DIRECTORY
{
	local etc=$1/etc
	mkdir -p "$etc/cron.d"
	cat >"$etc/crontab" <<'END'
# /etc/crontab
SHELL=/bin/sh
MAILTO=""
A = "b c"
30 1 * * *	root	/mnt/view fixed
15 1,2 * * *	root	/mnt/view fixed-twice
*/20 1-2 * * *	root	/mnt/view wild
30 */1 * * *	root	/mnt/view wild-hours
5 * * * *	root	/mnt/view each-hour
@hourly		root	/mnt/view hourly
@reboot		root	/mnt/view reboot
* * * * *	root	/mnt/view always-root
* * * * *	nobody	/mnt/view always-nobody 'two words' "$A" "$LOGNAME"
B=later
* * * * *	games	/mnt/view always-later $B; exit 3
0-59/20 1-2 * * * root	/mnt/view gap-slots
0 3 1 1 *	root	/mnt/view never
END
	cat >"$etc/cron.d/percent" <<'END'
MAILTO=""
* * * * * root /mnt/view always-input one%first line%second \% line%
* * * * * root /mnt/view always-percent "a\%b" 'c\%d' e\\f
* * * * * root   /mnt/view always-blanks   "a  b"
* * * * * root umask 077; cd /; nice /mnt/view always-moved | cat
END
	cat >"$etc/cron.d/variables" <<'END'
MAILTO=""
HOME=/usr/lib
LOGNAME=mallory
PATH="/mnt:/usr/bin:/bin"
'QUOTED'='single "inside" '
TRAILING = value with blanks   
EMPTY=""
* * * * * games view always-variables
SHELL=/bin/bash
* * * * * games view always-bash "${BASH_VERSION:+yes}" {a,b}
HOME=/nonexistent
* * * * * games view always-homeless
END
	printf 'MAILTO=""\n* * * * * root /mnt/view not-bad-name\n' |
		tee "$etc/cron.d/old~" "$etc/cron.d/.hidden" \
		    >"$etc/cron.d/writable"
	chmod 666 "$etc/cron.d/writable"
	printf 'MAILTO=""\n* * * * * root /mnt/view not-theirs\n' \
	    >"$etc/cron.d/theirs"
	chown nobody "$etc/cron.d/theirs"
	printf 'MAILTO=""\n* * * * * root /mnt/view always-linked\n' \
	    >"$etc/linked"
	ln -s ../linked "$etc/cron.d/link"
	printf 'MAILTO=""\n* * * * * root /mnt/view not-one-line' \
	    >"$etc/cron.d/unfinished"
	mkdir "$etc/cron.d/directory"
}

# A user's tab; its mode and owner.
put() # FILE MODE OWNER; text on standard input
{
	cat >"$1"
	chmod "$2" "$1"
	chown "$3" "$1"
}

user_tabs() # DIRECTORY
{
	put "$1/bin" 600 bin <<'END'
MAILTO=""
* * * * * /mnt/view always-tab
30 2 * * * /mnt/view tab-fixed
@reboot /mnt/view tab-reboot
END
	put "$1/root" 600 root <<'END'
MAILTO=""
* * * * * /mnt/view always-roots-tab
END
	put "$1/daemon" 666 daemon <<'END'
MAILTO=""
* * * * * /mnt/view not-a-mode
END
	put "$1/games" 600 nobody <<'END'
MAILTO=""
* * * * * /mnt/view not-an-owner
END
	put "$1/nosuchuser" 600 root <<'END'
MAILTO=""
* * * * * /mnt/view not-a-user
END
}

debian_tabs() # SIDE-DIRECTORY
{
	common_tabs "$1"
	mkdir -m 1730 "$1/spool/crontabs"
	user_tabs "$1/spool/crontabs"
	printf 'MAILTO=""\n* * * * * root /mnt/view not-dotted\n' \
	    >"$1/etc/cron.d/dotted.name"
	cat >"$1/etc/cron.d/one-bad-line" <<'END'
MAILTO=""
* * * * * root /mnt/view not-beside-a-bad-line
61 * * * * root /mnt/view not-a-minute
END
	cat >"$1/etc/cron.d/no-user" <<'END'
MAILTO=""
* * * * * root /mnt/view not-beside-a-stranger
* * * * * nosuchuser /mnt/view not-a-strangers
END
	cat >"$1/etc/cron.d/odd" <<'END'
MAILTO=""
* * * * * root -n /mnt/view not-an-option
*,15 * * * * root /mnt/view always-star
0,30 1 1 3,10 sun root /mnt/view day-or
0,30 1 */2 * sat root /mnt/view never-day-and
0,30 1 */2 * sun root /mnt/view day-and
END
}

cronie_tabs() # SIDE-DIRECTORY
{
	common_tabs "$1"
	user_tabs "$1/spool"
	printf 'MAILTO=""\n* * * * * root /mnt/view always-dotted\n' \
	    >"$1/etc/cron.d/dotted.name"
	cat >"$1/etc/cron.d/one-bad-line" <<'END'
MAILTO=""
* * * * * root /mnt/view always-beside-a-bad-line
61 * * * * root /mnt/view not-a-minute
* * * * * nosuchuser /mnt/view not-a-strangers
-* * * * * root /mnt/view always-unlogged
* * * * * root -n /mnt/view always-option
PLAIN=
* * * * * root /mnt/view always-plain "[$PLAIN]"
END
}

# ---- what may differ ----

# PATTERN of lines of a job's file that are left out, and why:
#	env CRONS_		what a job of ours is told about its run
#	kind			cron's input is a pipe from a process of its
#				own, its output a file without a name (Debian)
#				or a pipe: ours are /dev/null or memory, and a
#				pipe. What can be read from them is compared
#	descriptors		the same: ours are open in one direction only.
#				Which there are is checked below
#	death signal		ours die with their supervisor
#	env PWD, env OLDPWD,	the shell's own: one of ours may be started
#	env SHLVL, env _,	without a shell, and is the session's leader
#	own session		itself then
different='^(env (CRONS_[A-Z]*|PWD|OLDPWD|SHLVL|_)=|kind |descriptors |death signal|own session)'

# The same for one job:
#	always-homeless,	a home that is not there: Debian's cron stays
#	always-nobody		where it is, in its spool; ours is in /
different_of()
{
	case $1 in
	always-homeless | always-nobody) echo '^directory ' ;;
	*) echo '^$' ;;
	esac
}

# NIGHT NAME COUNT-THEIRS COUNT-OURS of jobs whose number may differ, and why:
#	runs of a job that fall on one instant, because the clock skips those
#	they were meant for, are one of ours (crons.7, rule R3); cron starts
#	each.
may_differ=(
	"spring gap-slots 5 2"
	"spring day-or 2 1"
	"spring day-and 2 1"
)

# ---- the comparison ----

# The names of the jobs' files are those of the jobs and an instant. What came
# after the last job of the night does not count: one side waits for the other.
runs() # SIDE-DIRECTORY: a name a line
{
	find "$1/mnt/out" -type f -name '[a-z]*.*' -printf '%f\n' |
		sort -t. -k2n | sed '/^end\./,$d; s/\.[0-9]*$//'
}

# "NAME COUNT", without those that always run.
counts() # SIDE-DIRECTORY
{
	runs "$1" | grep -v '^always' | sort | uniq -c | awk '{ print $2, $1 }'
}

allowed_counts() # NIGHT; counts of theirs become ours where they may differ
{
	local row
	local words=()
	for row in "${may_differ[@]}"; do
		[[ $row == "$1 "* ]] || continue
		words+=(-e "s/^$(cut -d' ' -f2 <<<"$row") $(cut -d' ' -f3 \
		    <<<"$row")\$/$(cut -d' ' -f2,4 <<<"$row")/")
	done
	sed "${words[@]}" -e ''
}

# What the first run of that name found; and whether all others found that too.
found() # SIDE-DIRECTORY NAME
{
	local file first
	for file in "$1/mnt/out/$2".*; do
		grep -avE "$different|$(different_of "$2")" "$file" \
		    >"$dir/found"
		[ -n "${first-}" ] || first=$(cat "$dir/found")
		[ "$(cat "$dir/found")" = "$first" ] ||
			echo "not the same as the first time: $file"
	done
	echo "$first"
}

# The log's lines without the time and the pid, up to the last job. Cronie
# says that it starts a job before it finds that its home is not there.
commands_logged() # SIDE-DIRECTORY CRON
{
	sed '/ CMD (.*view end)/q' "$1/syslog" | sed -nE 's/^<78>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [A-Za-z]+\[[0-9]+\]: (\(.*\) CMD \(.*\))$/\1/p' |
		if [ "$2" = cronie ]; then
			grep -v 'always-homeless\|always-nobody'
		else
			cat
		fi | sort -u
}

compare() # CRON NIGHT
{
	local theirs=$dir/$1-$2 ours=$dir/crons-$1-$2 name names
	names=$(runs "$theirs" | sort -u)
	is "$1, $2: the same jobs ran as often" \
	    "$(counts "$ours")" "$(counts "$theirs" | allowed_counts "$2")"
	is "$1, $2: and no others" "$(runs "$ours" | sort -u)" "$names"
	is "$1, $2: none that must not" "$(grep -c '^n\(ot\|ever\)-' <<<"$names")" 0
	[ "$2" = spring ] || return 0
	for name in $names; do
		is "$1: $name finds the same" "$(found "$ours" "$name")" \
		    "$(found "$theirs" "$name")"
	done
	is "$1: no job of ours has other descriptors than three" \
	    "$(grep -ah '^descriptors' "$ours/mnt/out"/* | sort | uniq -c |
		awk '{ $1 = ""; print }')" " descriptors 0r 1w 2w"
	commands_logged "$theirs" "$1" >"$dir/theirs"
	commands_logged "$ours" "$1" >"$dir/ours"
	is "$1: the system's log says the same" "$(cat "$dir/ours")" \
	    "$(cat "$dir/theirs")"
}

# Sleeps of the other cron that take long because the machine is busy look to
# it as if the clock had been set; so a night is tried again, slower, before
# it is said to differ.
night() # CRON NIGHT EPOCH END
{
	local speed side
	for speed in 90 40; do
		for side in "$1-$2" "crons-$1-$2"; do
			rm -rf "${dir:?}/$side"
			start_side "$side" "$1" "$speed" "$3" "$4"
		done
		wait_for "ended $1-$2 && ended crons-$1-$2" 240
		stop_side "$1-$2"
		stop_side "crons-$1-$2"
		[ "$(counts "$dir/crons-$1-$2")" != \
		    "$(counts "$dir/$1-$2" | allowed_counts "$2")" ] || break
	done
}

# shellcheck disable=SC2048 # words
for cron in ${*:-debian cronie}; do
	find_cron "$cron" || {
		skip "live-cron with $cron's" "there is no $cron cron here"
		continue
	}
	# From 2026-03-29 00:56:30 and 2026-10-25 00:25:30 UTC, in London.
	night "$cron" spring 1774745790 '25 2' &
	night "$cron" autumn 1792887930 '22 2' &
	wait
	compare "$cron" spring
	compare "$cron" autumn
done
