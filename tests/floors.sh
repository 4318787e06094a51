#!/bin/bash
# Includes go downward only. The table has every room (a module: NAME.c and
# NAME.h) in its order: a room may include those on the lines above its own and
# those before it on its line, and nothing else of ours. A word with * stands
# for a family whose members do not include each other. A new module is added
# here, where it belongs; DESIGN names the floors.
set -u
cd "$(dirname "$0")/.." || exit 1
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT

floors='
share	log buf clock
share	errs nearest tz calendar when line run event sock
share	job verbs crontab batch
cronsd	fail spool procs
cronsd	shim pam
cronsd	sweep cgroup self step realtime loop work sql db commit conf boot ready users zygote places options notify zones tabs allow
cronsd	store_events store_jobs store_*
cronsd	live cronlog lobby policy spec bin ingest outcome transcript snapshot backup restore claims
cronsd	follow watch launch plan replan recover mail hook draft notice outbox trial alert lease peer launcher keep ends dropin vanish intake
cronsd	request serve
cronsd	verb
cronsd	verb_*
cronsd	main
cronsctl	match text json row caret complain timeword view command interrupt screen crontext tabfile lint import_dry
cronsctl	call lines tail args column member show session
cronsctl	follow logs outcome help doctor edit crontab1 top web
cronsctl	verb_*
cronsctl	main
'

# "FROM LINE TO" for each include of a file of ours, as paths from the top;
# every file counts as including itself, so that none is overlooked. What is
# generated (gen/) has no floor.
includes()
{
	find share cronsd cronsctl -maxdepth 1 -name '*.[ch]' \
	    -printf '%p 0 %p\n' 2>/dev/null
	grep -n '^[ 	]*#[ 	]*include[ 	]*"' share/*.[ch] cronsd/*.[ch] \
	    cronsctl/*.[ch] 2>/dev/null |
		sed -E 's,^([^:]+):([0-9]+):[^"]*"([^"]+)".*,\1 \2 \3,' |
		awk '
		$3 ~ /^gen\// { next }
		{
			place = $1
			sub(/\/[^\/]*$/, "", place)
			sub(/^\.\.\//, "", $3)
			if ($3 !~ /\//)
				$3 = place "/" $3
			print
		}'
}

# Complaints about the lines of includes(), or with edges=1 the rooms that
# include each other, for tsort.
complaints()
{
	awk -v floors="$floors" -v edges="${1-0}" '
	# share/tz_file.c is of the room share/tz, if that is in the table.
	function room(path,    name) {
		sub(/\.[a-z]+$/, "", path)
		for (name = path; !(name in exact);)
			if (!sub(/_[^_\/]*$/, "", name))
				return path
		return name
	}
	function rank(name,    i) {
		if (name in exact)
			return exact[name]
		for (i = 1; i <= families; i++)
			if (index(name, family[i]) == 1)
				return family_rank[i]
		return 0
	}
	BEGIN {
		count = split(floors, lines, "\n")
		for (i = 1; i <= count; i++) {
			words = split(lines[i], word, /[ \t]+/)
			for (j = 2; j <= words; j++) {
				name = word[1] "/" word[j]
				number++
				if (sub(/\*$/, "", name)) {
					family[++families] = name
					family_rank[families] = number
				} else
					exact[name] = number
			}
		}
	}
	{
		from = room($1)
		to = room($3)
		where = $1 ":" $2 ": "
		split(from, f, "/")
		split(to, t, "/")
		if (edges) {
			if (from != to)
				print from, to
			next
		}
		if (!rank(from) && !told[from]++)
			print $1 ": no floor: add the room to the table in" \
			    " tests/floors.sh"
		if (from == to)
			next
		if (f[1] == "share" && t[1] != "share")
			print where "share/ knows neither program"
		else if (t[1] != "share" && t[1] != f[1])
			print where "the programs do not include each other"
		else if (rank(from) && !rank(to))
			print where to " has no floor"
		else if (rank(from) && rank(from) <= rank(to))
			print where from " may not look up to " to
	}'
}

# What the static shim is made of must do without stdio, malloc and NSS.
shim_complaints()
{
	grep -nE '#[ 	]*include[ 	]*<(stdio|stdlib|malloc|locale|pwd|grp|netdb|bsd/.*)\.h>' \
	    cronsd/shim*.[ch] cronsd/spool*.[ch] cronsd/procs.[ch] \
	    2>/dev/null | sed 's/$/: not in the shim/'
	grep -nE '#[ 	]*include[ 	]*"' cronsd/shim*.[ch] cronsd/spool*.[ch] \
	    cronsd/procs.[ch] 2>/dev/null |
		grep -vE '"(\.\./cronsd/|cronsd/)?(shim|spool|procs|fail)[a-z_]*\.h"' |
		sed 's/$/: the shim includes spool, procs, fail and no more of ours/'
}

report() # NAME; complaints on standard input
{
	if [ -s "$tmp" ]; then
		sed 's/^/# /' "$tmp"
		echo "not ok $1"
	else
		echo "ok $1"
	fi
}

includes | complaints >"$tmp"
report "includes go downward only"
includes | complaints 1 | tsort 2>"$tmp" >/dev/null
report "no include cycles"
shim_complaints >"$tmp"
report "the shim stays small"
find . -maxdepth 1 ! -name . -printf '%f\n' | grep -vxE \
    '\.git|build|cronsd|cronsctl|share|man|tests|contrib|Makefile|README.md|NEWS.md|LICENSE|\.ci|\.clang-format|\.gitignore' >"$tmp"
report "the top level is as agreed"
