#!/bin/bash
# README.md: what it tells people to type exists: verbs, options and fields of
# cronsctl, targets of make, manual pages, files.
# limit: 60
. "$(dirname "$0")/../lib.sh"
cd "$root" || exit 1
[ -x "$cronsctl" ] || skip_all "the programs are not built"

# What stands in backquotes, and the indented lines.
commands=$({
	grep -o '`[^`]*`' README.md | tr -d '`'
	sed -n 's/^    *\(\$ \)\{0,1\}//p' README.md
} | sed 's/^sudo //')

missing()
{
	echo "$commands" | sed -n 's/^ *cronsctl \([a-z][a-z]*\).*/\1/p' |
		sort -u | while read -r verb; do
		ctl help "$verb" >/dev/null 2>&1 || echo "$verb"
	done
}
is "every verb of cronsctl is one" "$(missing)" ""
is "and there are some" \
    "$(($(echo "$commands" | grep -c '^ *cronsctl [a-z]') > 9))" 1

ctl help | awk '/^  [a-z]/ { print $1 }' | while read -r verb; do
	ctl help "$verb"
done >"$dir/help"
cronsd_help=$("$cronsd" --help)
is "every option is one" "$(echo "$commands" |
	grep -o -- '--[a-z][a-z-]*' | sort -u | while read -r option; do
		grep -q -- "$option\b" "$dir/help" ||
			[[ $cronsd_help == *"$option "* ]] ||
			[ "$option" = --now ] || echo "$option"
	done)" ""
is "every target of make is one" "$(echo "$commands" |
	grep -o '\bmake [a-z][a-z-]*' | sort -u | while read -r _ target; do
		grep -q "^$target:" Makefile || echo "$target"
	done)" ""
is "every page is there" "$(grep -o '`cron[a-z.-]*([0-9])`' README.md |
	tr -d '`)' | tr '(' . | while read -r page; do
		[ -e "man/$page" ] || echo "$page"
	done)" ""
is "every file is there" "$(grep -o '`[a-z][a-z]*/[A-Za-z./]*`' README.md |
	tr -d '`' | while read -r file; do
		[ -e "$file" ] || echo "$file"
	done)" ""
