#!/bin/bash
# make install: what is there afterwards, the manual pages, a daemon started
# from that tree, and a second installation over it while it runs.
# limit: 120
. "$(dirname "$0")/../lib.sh"
[ -x "$build/cronsd" ] && [ -x "$build/cronsctl" ] ||
	skip_all "the programs are not built"
need make

tree=$dir/tree
# What was built is installed as it is (-o all): it may be built in a way that
# make does not know here. What root keeps for itself is for all to use.
make_install() # [VARIABLE=VALUE...]
{
	(umask 077 && cd "$root" && make -s -o all install B="$build" DESTDIR="$tree" \
	    PREFIX=/usr "$@" 2>&1) >"$dir/make.log"
}

check "make install ends well" make_install
# crontab's page comes with crontab, which may be another package's, and that
# of the format must not take the place of that package's.
pages=$(cd "$root/man" && ls -I 'crontab.*'; echo crons-crontab.5)
expected=$({
	echo "755 usr/bin/cronsctl"
	echo "755 usr/sbin/cronsd"
	echo "755 usr/libexec/crons/crons-shim"
	[ ! -e "$build/crons-pam" ] || echo "755 usr/libexec/crons/crons-pam"
	for hook in webhook slack dingtalk ntfy healthchecks; do
		echo "755 usr/libexec/crons/hooks/$hook"
	done
	echo "644 usr/libexec/crons/hooks/README"
	echo "644 usr/libexec/crons/hooks/common.sh"
	echo "644 usr/lib/systemd/system/cronsd.service"
	echo "644 usr/lib/systemd/system/crons-limits.service"
	for page in $pages; do
		echo "644 usr/share/man/man${page##*.}/$page"
	done
} | sort)
is "exactly these files are there" \
    "$(cd "$tree" && find usr ! -type d -printf '%m %p\n' | sort)" "$expected"
is "directories can be entered by all" \
    "$(find "$tree/usr" -type d ! -perm 755)" ""
for page in cronsctl.1 crons-protocol.5 cronsd.conf.5 crons.7 cronsd.8; do
	check "$page is among them" \
	    test -e "$tree/usr/share/man/man${page##*.}/$page"
done

echo theirs >"$tree/usr/share/man/man1/crontab.1"
check "an installation without crontab leaves another's alone" make_install
is "its page too" "$(cat "$tree/usr/share/man/man1/crontab.1")" theirs
rm "$tree/usr/share/man/man1/crontab.1"
check "with it" make_install CRONTAB_LINK=yes DESTDIR="$dir/linked"
is "cronsctl is crontab" "$(readlink "$dir/linked/usr/bin/crontab")" cronsctl
is "its page is there" \
    "$(ls "$dir/linked/usr/share/man/man1")" "$(cd "$root/man" && ls -- *.1)"

is "and that of the format has its own name" \
    "$(ls "$dir/linked/usr/share/man/man5")" "$(cd "$root/man" && ls -- *.5)"

# ---- the unit ----

unit=$tree/usr/lib/systemd/system/cronsd.service
is "the unit starts the installed daemon" \
    "$(sed -n 's/^ExecStart=//p' "$unit")" "/usr/sbin/cronsd -f"
is "nothing is left to fill in" "$(grep -c '@' "$unit")" 0
is "runs outlive the service" "$(grep -c '^KillMode=process$' "$unit")" 1
if command -v systemd-analyze >/dev/null; then
	sed "s,=/usr/sbin,=$tree/usr/sbin," "$unit" >"$dir/cronsd.service"
	cp "${unit%/*}/crons-limits.service" "$dir"
	is "systemd has nothing to say about the units" \
	    "$(systemd-analyze verify --man=no "$dir/cronsd.service" \
		"$dir/crons-limits.service" 2>&1 |
		grep -e cronsd.service -e crons-limits.service)" ""
else
	skip "systemd has nothing to say about the units" "needs systemd-analyze"
fi

# ---- the manual pages ----

for page in $pages; do
	file=$tree/usr/share/man/man${page##*.}/$page
	if command -v mandoc >/dev/null; then
		check "mandoc shows $page" mandoc -W error -T utf8 "$file"
	else
		skip "mandoc shows $page" "needs mandoc"
	fi
	# A pager would wait; man formats by itself when it writes to a file.
	if [ -x /usr/bin/man ]; then
		like "man -l shows $page" "$(man -l "$file" 2>&1 |
			sed 's/.\x08//g')" \
		    "*NAME*$(sed -n 's/^\.Nm //p;T;q' "$file")*"
	else
		skip "man -l shows $page" "needs man"
	fi
done
"$tree/usr/sbin/cronsd" --help >"$dir/help"
is "cronsd(8) has every option of --help" "$(
	sed -n 's/^ .*--\([a-z-]*\).*/\1/p' "$dir/help" | while read -r option; do
		grep -q "^\.It Fl .*-$option" "$root/man/cronsd.8" ||
			echo "$option"
	done)" ""
is "and there are some" \
    "$(($(grep -c '^ .*--[a-z]' "$dir/help") > 5))" 1

# ---- a daemon from that tree ----

cronsd=$tree/usr/sbin/cronsd
cronsctl=$tree/usr/bin/cronsctl
start_daemon
check "a job is added" ctl add hello '@every 1s' --overlap=allow --cwd=/ -- \
    'echo hello from the tree'
check "it is seen to run" \
    wait_for 'ctl runs hello --result ok 2>/dev/null | grep -q hello' 20
check "its output is there" \
    wait_for 'ctl logs hello 2>/dev/null | grep -qx "hello from the tree"' 20
children=$(cat "/proc/$daemon_pid/task/$daemon_pid/children")
if exe=$(readlink "/proc/${children%% *}/exe"); then
	is "its supervisors are made from the installed crons-shim" "$exe" \
	    "$(realpath "$tree/usr/libexec/crons/crons-shim")"
else
	skip "its supervisors are made from the installed crons-shim" \
	    "needs root and CAP_SYS_PTRACE"
fi

ctl disable hello >/dev/null
ctl add long @yearly --cwd=/ -- "until [ -e $dir/go ]; do sleep 0.05; done
    echo over; exit 7" >/dev/null
run=$(ctl run long | tr -dc 0-9)
check "a job that takes long is started" \
    wait_for 'ctl ps 2>/dev/null | grep -q running' 20
check "installing over a running daemon ends well" make_install
check "the daemon goes on" ctl run hello --wait
stop_daemon
is "it ends well" $? 0
start_daemon
touch "$dir/go"
ctl wait "$run" --propagate >/dev/null
is "the new daemon has the status of what the old one started" $? 7
is "and its output" "$(ctl logs "$run")" over
stop_daemon
