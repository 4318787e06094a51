#!/bin/bash
# Manual pages: mandoc has nothing to say, and pages of ours that they name
# exist. (mandoc's own look for named pages only knows installed ones.)
set -u
cd "$(dirname "$0")/.." || exit 1
shopt -s nullglob
pages=(man/*.[1-9])
if [ ${#pages[@]} = 0 ]; then
	echo "skip manual pages # there are none yet"
	exit
fi
command -v mandoc >/dev/null || {
	echo "skip manual pages # needs mandoc"
	exit
}
for page in "${pages[@]}"; do
	bad=$(mandoc -T lint "$page" 2>&1 |
		grep -v -e 'referenced manual not found' \
		    -e 'outdated mandoc.db')
	while read -r name section; do
		case $name in
		cron*) [ -e "man/$name.$section" ] || [ "$name" = cron ] ||
			bad+="$page: there is no $name($section)"$'\n' ;;
		esac
	done < <(sed -n 's/^\.Xr \([^ ]*\) \([0-9]\).*/\1 \2/p' "$page")
	if [ -n "$bad" ]; then
		echo "$bad" | sed 's/^/# /'
		echo "not ok $page is clean"
	else
		echo "ok $page is clean"
	fi
done
