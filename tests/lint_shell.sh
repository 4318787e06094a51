#!/bin/bash
# No script of ours gives shellcheck cause for a warning. What a script sources
# would be taken apart again for each that does, which is two thirds of all the
# work: they get a list of its names instead, and it is read once, by itself.
set -u
cd "$(dirname "$0")/.." || exit 1
command -v shellcheck >/dev/null || {
	echo "skip shellcheck is silent # needs shellcheck"
	exit
}
lists=$(mktemp -d) || exit 1
trap 'rm -rf "$lists"' EXIT
mkdir -p "$lists/tests/cases"

# Names that a file sets, and all that it may look at.
list_names() # FILE
{
	echo '# shellcheck shell=bash'
	grep -oE '(^|[[:blank:](])[A-Za-z_][A-Za-z0-9_]*=' "$1" |
		tr -d '(\t ' | sort -u
	grep -oE '\$\{?[A-Za-z_][A-Za-z0-9_]*' "$1" | tr -d '${' | sort -u |
		sed 's/.*/: "$&"/'
}

files_that_begin() # with REGEX
{
	find .ci contrib tests -type f -exec awk -v first="$1" \
	    'FNR == 1 && $0 ~ first { printf "%s%c", FILENAME, 0 }' {} +
}

sourced=$(find tests -maxdepth 2 -name '*.sh' -exec awk \
    'FNR == 1 && !/^#!/ { print FILENAME }' {} +)
for file in $sourced; do
	mkdir -p "$lists/${file%/*}"
	list_names "$file" >"$lists/$file"
done
# One of the cases is another's, too.
list_names tests/cases/shim-run.sh >"$lists/tests/cases/shim-run.sh"

if files_that_begin '^#!/bin/(ba)?sh' |
	xargs -0 -n 8 -P "$(nproc)" shellcheck -S warning -x \
	    -P "$lists/tests/cases" &&
	# They use names, and leave arguments, of whoever sources them.
	echo "$sourced" | xargs shellcheck -S warning -e SC2154,SC2120; then
	echo "ok shellcheck is silent"
else
	echo "not ok shellcheck is silent"
fi
