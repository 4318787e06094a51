#!/bin/bash
# The limits of the house style that can be counted: functions up to 60 lines,
# files up to 600, 4 arguments, nesting of 3, 80 columns, include guards, no
# unfinished business. Tests may have more arguments and nesting. Between
# `clang-format off` and `on` stand tables, which may be wide.
set -u
cd "$(dirname "$0")/.." || exit 1
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT
shopt -s nullglob

sources=(share/*.[ch] cronsd/*.[ch] cronsctl/*.[ch] tests/*/*.[ch])

cat >"$tmp.awk" <<'AWK'
# One file after another; what is wrong is printed as KIND FILE:LINE: why.
function tell(kind, line, why) {
	print kind, FILENAME ":" line ": " why
}
function width(text,    n, i, c) {
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "\t")
			n += 8 - n % 8
		else if (c < "\200" || c >= "\300") # one a UTF-8 character
			n++
	}
	return n
}
# The line without comments, and with strings and characters emptied.
function bare(text,    before, after) {
	if (in_comment) {
		if (!sub(/^.*\*\//, "", text))
			return ""
		in_comment = 0
	}
	gsub(/\\\\/, "", text)
	gsub(/\\"/, "", text)
	gsub(/'[^']*'/, "0", text)
	gsub(/"[^"]*"/, "\"\"", text)
	while (match(text, /\/\*/)) {
		before = substr(text, 1, RSTART - 1)
		after = substr(text, RSTART + 2)
		if (match(after, /\*\//))
			text = before " " substr(after, RSTART + 2)
		else {
			in_comment = 1
			text = before
		}
	}
	sub(/\/\/.*/, "", text)
	return text
}
# Arguments of the first parameter list in text; 0 while it is not closed.
function arguments(text,    i, c, depth, count) {
	for (i = index(text, "("); i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "(")
			depth++
		else if (c == ")" && --depth == 0)
			return count + 1
		else if (c == "," && depth == 1 &&
		    substr(text, i + 1) !~ /^[ \t]*\.\.\./)
			count++
	}
	return 0
}
function end_of_file() {
	if (name != "" && lines > 600)
		print "file", name ":" lines ": over 600 lines"
	if (name ~ /\.h$/ && guard != wanted)
		print "guard", name ":1: the include guard is to be " wanted
}
FNR == 1 {
	end_of_file()
	name = FILENAME
	is_test = name ~ /^tests\//
	wanted = toupper(name)
	gsub(/[^A-Z0-9]/, "_", wanted)
	if (wanted ~ /^TESTS_/)
		sub(/^TESTS_[^_]*_/, "TESTS_", wanted)
	guard = ""
	fenced = in_comment = in_function = in_head = 0
}
{
	lines = FNR
	if (/clang-format off/)
		fenced = 1
	if (/clang-format on/)
		fenced = 0
	if (!fenced && width($0) > 80)
		tell("columns", FNR, "over 80 columns")
	if (/[ \t]$/)
		tell("blanks", FNR, "blanks at the end")
	words = $0
	gsub(/"[^"]*"/, "", words)
	if (words ~ /(^|[^A-Za-z0-9_])(TO[D]O|XX[X]|FIXM[E])([^A-Za-z0-9_]|$)/)
		tell("unfinished", FNR, "unfinished business")
	if (/#[ \t]*pragma once/)
		tell("guard", FNR, "pragma once is not used")
	if (guard == "" && /^#ifndef /)
		guard = $2
	code = bare($0)
}
# A function: its name at the start of a line, then { and } alone on theirs.
!in_function && !fenced && code ~ /^[a-z_][A-Za-z0-9_ *]*\(/ {
	in_head = 1
	head = ""
	head_line = FNR
}
in_head {
	head = head " " code
	if ((count = arguments(head)) > 0) {
		in_head = 0
		if (count > 4 && !is_test)
			tell("arguments", head_line, count " arguments")
	}
}
code ~ /^{$/ {
	in_function = 1
	next
}
code ~ /^}$/ {
	if (in_function && FNR - head_line + 1 > 60)
		tell("function", head_line,
		    "a function of " FNR - head_line + 1 " lines")
	in_function = 0
}
in_function && !fenced && !is_test && code ~ /^\t\t\t\t\t+[a-z{}]/ {
	tell("nesting", FNR, "nested deeper than 3")
}
END { end_of_file() }
AWK

awk -f "$tmp.awk" "${sources[@]}" >"$tmp"
rm -f "$tmp.awk"
while read -r kind sentence; do
	if grep -q "^$kind " "$tmp"; then
		sed -n "s/^$kind /# /p" "$tmp"
		echo "not ok $sentence"
	else
		echo "ok $sentence"
	fi
done <<'END'
function functions have at most 60 lines
file files have at most 600 lines
arguments functions take at most 4 arguments
nesting nesting is at most 3
columns lines have at most 80 columns
blanks lines end without blanks
guard headers are guarded by their names
unfinished nothing is unfinished
END
if command -v clang-format >/dev/null && [ ${#sources[@]} != 0 ]; then
	echo "# advice: clang-format would lay out" \
	    "$(clang-format -n "${sources[@]}" 2>&1 |
		sed -n 's/^\([^:]*\):.*warning.*/\1/p' | sort -u | wc -l)" \
	    "of ${#sources[@]} files otherwise"
fi
