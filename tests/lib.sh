# Sourced by every case: . "$(dirname "$0")/../lib.sh"
#
# Gives a case a directory $dir of its own, a daemon with its state in
# $dir/state, and words to say what was found. A case may be run by hand, and
# twice at once. It ends with `exit` or by running off its end; the trap below
# then stops what the case started, removes $dir and sets the exit status.
# shellcheck shell=bash disable=SC2034
set -u
umask 022
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${CRONS_BUILD:-$root/build}
shared=$root/../shared
dir=$(mktemp -d "${TMPDIR:-/tmp}/case.XXXXXX") || exit 1
state=$dir/state
# Fail points are only in the variants: cronsd=$build/test/cronsd.
cronsd=$build/cronsd
cronsctl=$build/cronsctl
talk=$build/test/tools/talk
export CRONS_SOCKET=$state/cronsd.sock
export LC_ALL=C
unset XDG_RUNTIME_DIR XDG_STATE_HOME NOTIFY_SOCKET CRONS_FAIL
daemon_pid=
failures=0

# ---- what was found ----

pass() # NAME
{
	echo "ok $1"
}

fail() # NAME [DETAIL...]
{
	local line
	failures=$((failures + 1))
	for line in "${@:2}"; do
		echo "$line" | sed 's/^/# /'
	done
	echo "not ok $1"
}

skip() # NAME REASON
{
	echo "skip $1 # $2"
}

# Fails unless the command succeeds; its output is shown then.
check() # NAME COMMAND...
{
	local output
	if output=$("${@:2}" 2>&1); then
		pass "$1"
	else
		fail "$1" "status $? of: ${*:2}" "$output"
	fi
}

# Fails unless the two texts are equal.
is() # NAME ACTUAL EXPECTED
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "expected: $3" "found:    $2"
	fi
}

# Fails unless the text matches the pattern of case.
like() # NAME TEXT PATTERN
{
	# shellcheck disable=SC2053
	if [[ $2 == $3 ]]; then
		pass "$1"
	else
		fail "$1" "pattern: $3" "found:   $2"
	fi
}

# ---- what the machine must have: else the whole case is skipped ----

skip_all() # REASON
{
	skip "$(basename "$0" .sh)" "$1"
	exit
}

need_root()
{
	[ "$(id -u)" = 0 ] || skip_all "needs root"
}

need() # PROGRAM...
{
	local program
	for program; do
		command -v "$program" >/dev/null || skip_all "needs $program"
	done
}

# May one program reach another through 127.0.0.1? For want of that, or of
# python3, a case says so with skip.
has_loopback()
{
	python3 -c 'import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), 5)' 2>/dev/null
}

# A file of the project's shared data; a machine that tests for others
# (CI=true) must have it.
need_shared() # PATH below shared
{
	[ ! -e "$shared/$1" ] || return 0
	[ "${CI-}" != true ] || { fail "shared/$1 is there"; exit; }
	skip_all "../shared/$1 is not there"
}

# ---- waiting ----

# Tries the condition, which is shell text, until it holds; 1 at the deadline.
wait_for() # CONDITION SECONDS
{
	local end=$((${EPOCHREALTIME/./} + $2 * 1000000))
	[ -z "${CRONS_SAN-}" ] || end=$((end + $2 * 3000000))
	until eval "$1"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.02
	done
}

# ---- the daemon ----

ctl()
{
	"$cronsctl" "$@"
}

# Runs a command as another user, with no other groups: as nobody ctl list.
as() # USER COMMAND...
{
	local user=$1
	shift
	[ "$1" != ctl ] || set -- "$cronsctl" "${@:2}"
	setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups \
	    -- "$@"
}

# Starts the daemon and waits until it greets. More arguments are its own.
# What it says is in $dir/daemon.log; the pid in $daemon_pid.
start_daemon()
{
	"$cronsd" -f --state "$state" "$@" >>"$dir/daemon.log" 2>&1 \
	    </dev/null &
	daemon_pid=$!
	wait_for 'greets || ! daemon_lives' 20
	# Who greeted may start over at once, where what it found is damaged.
	if ! daemon_lives || ! wait_for greets 20; then
		fail "the daemon starts and greets" "$(cat "$dir/daemon.log")"
		exit
	fi
}

greets()
{
	"$talk" -g "$CRONS_SOCKET" >/dev/null 2>&1
}

daemon_lives()
{
	[ -n "$daemon_pid" ] && kill -0 "$daemon_pid" 2>/dev/null
}

# Asks the daemon to end and returns its exit status.
stop_daemon()
{
	kill -TERM "$daemon_pid"
	wait_for '! daemon_lives' 20 || {
		fail "the daemon ends when asked to"
		kill -KILL "$daemon_pid"
	}
	wait "$daemon_pid"
	set -- $?
	daemon_pid=
	return "$1"
}

# Is such a line in the text of all jobs, or in what is appended to that? What
# stands behind its last "end" does not count.
snapshot_has() # REGEX
{
	grep -qs "$1" "$state/jobs.snapshot" ||
		{ [ -e "$state/jobs.snapshot.changes" ] &&
			sed -n "/$1/,\$p" "$state/jobs.snapshot.changes" |
			grep -q '^end '; }
}


kill9_daemon()
{
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
}

# ---- cleaning up ----

# Shims that are named by a run file below $dir. They let only root look at
# what they have open.
shims_of_case()
{
	local file pid
	find "$dir" -type f -name '*-*.*' 2>/dev/null | while read -r file; do
		pid=$(head -c 512 "$file" | sed -n 's/^shim=//p')
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != crons-shim ] ||
			echo "/proc/$pid/"
	done
}

# Processes that have to do with $dir: a file of it open, their directory in
# it, or its name in their environment; and all their descendants. Jobs are
# below their shim or below the daemon.
processes_of_case()
{
	{
		shims_of_case
		find /proc/[0-9]*/fd /proc/[0-9]*/cwd -maxdepth 1 \
		    -lname "$dir/*" 2>/dev/null
		grep -lszF -- "$dir/" /proc/[0-9]*/environ
		echo "/proc/$daemon_pid/"
	} | cut -d/ -f3 | sort -u >"$dir/.found"
	# /proc/PID/stat: pid (name) state ppid ...; a name may hold blanks.
	cat /proc/[0-9]*/stat 2>/dev/null | sed 's/ (.*) / /' |
		awk -v self=$$ -v found="$(tr '\n' ' ' <"$dir/.found")" '
		{ parent[$1] = $3; dead[$1] = $2 == "Z" }
		END {
			n = split(found, list, " ")
			for (i = 1; i <= n; i++)
				ours[list[i]] = 1
			for (more = 1; more;) {
				more = 0
				for (pid in parent)
					if (!ours[pid] && ours[parent[pid]])
						more = ours[pid] = 1
			}
			for (p = self; p > 1; p = parent[p])
				delete ours[p]
			for (pid in ours)
				if (ours[pid] && pid in parent && !dead[pid])
					print pid
		}'
}

# Stops what the case started. Jobs may fork while we look, so it is done
# again until nothing is found.
end_processes()
{
	local pids _
	for _ in {1..100}; do
		pids=$(processes_of_case)
		[ -n "$pids" ] || return 0
		# shellcheck disable=SC2086 # pids are words
		kill -KILL $pids 2>/dev/null
		sleep 0.02
	done
	fail "all processes of the case end" "$(ps -o pid,args -p "$pids")"
}

clean_up()
{
	trap '' INT TERM
	if [ "$failures" != 0 ] && [ -s "$dir/daemon.log" ]; then
		tail -n 100 "$dir/daemon.log" | sed 's/^/# daemon: /'
	fi
	end_processes 2>/dev/null
	cd /
	rm -rf "$dir"
	[ "$failures" = 0 ] || exit 1
	exit "$1"
}
trap 'clean_up $?' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Jobs begin in the home of their user, and fail where there is none: an
# account without a home, as containers have them, can try little.
if [ "$(id -u)" != 0 ] && [[ $0 == */cases/* || $0 == */sim/* ]] &&
    ! [ -x "$(getent passwd "$(id -u)" | cut -d: -f6)" ]; then
	skip_all "this user has no home directory for jobs to begin in"
fi
