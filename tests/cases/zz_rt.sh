#!/bin/bash
. "$(dirname "$0")/../lib.sh"
start_daemon
for d in debian cronie; do
for t in user percent options zone; do
echo "== $t $d"; ctl import --dialect $d $root/tests/golden/crontabs/$t.tab
done; done
ctl list
echo == export; ctl export --crontab
stop_daemon
