#!/bin/bash
# `make install` puts everything where it finds each other: the installed
# daemon starts its shim from libexec and runs a job.
. "$(dirname "$0")/../lib.sh"

[ -x "$cronsd" ] && [ -x "$cronsctl" ] || skip_all "the programs are not built"
[ -z "${CRONS_SAN-}" ] || skip_all "would build again without the sanitizers"
need make

inst=$dir/inst
shopt -s extglob
# The flags of the make that runs us stay in force, its job server does not.
MAKEFLAGS=${MAKEFLAGS-}
flags=${MAKEFLAGS//--jobserver-auth=+([^ ])/}
log=$(MAKEFLAGS=$flags make -C "$root" B="${build#"$root/"}" \
    DESTDIR="$inst" PREFIX=/usr install 2>&1)
is "make install succeeds" "$?" 0
[ "$failures" = 0 ] || echo "$log" | sed 's/^/# /'

for file in sbin/cronsd bin/cronsctl libexec/crons/crons-shim \
    lib/systemd/system/cronsd.service share/man/man1/cronsctl.1; do
	check "usr/$file is installed" test -s "$inst/usr/$file"
done
check "the unit starts the installed daemon" grep -qx \
    'ExecStart=/usr/sbin/cronsd -f' "$inst/usr/lib/systemd/system/cronsd.service"
check "it ends the daemon only, not its runs" grep -qx \
    'KillMode=process' "$inst/usr/lib/systemd/system/cronsd.service"
check "no crontab is put in the place of cron's" test ! -e "$inst/usr/bin/crontab"

cronsd=$inst/usr/sbin/cronsd
cronsctl=$inst/usr/bin/cronsctl
start_daemon
check "a job can be added" ctl add hello @yearly -- 'echo hello'
check "it runs" ctl run hello --wait
is "its output is kept" "$(ctl logs hello)" "hello"
stop_daemon
is "the daemon ends well" "$?" 0
