#!/bin/bash
# What a job gets from the daemon: environment, directory, descriptors, limits,
# as crons(7) tells it; and nothing of what the daemon was started with.
# limit: 60
. "$(dirname "$0")/../lib.sh"

# The daemon is started from an odd place.
cd / || exit 1
exec 8<>"$dir/leak"
umask 0
ulimit -Sn 1000
LEAK=yes start_daemon
exec 8<&-

user=$(id -un)
home=$(getent passwd "$user" | cut -d: -f6)
what='env | sort | grep -v "^CRONS_INSTANCE=\|^PWD=\|^_=\|^OLDPWD=\|^SHLVL="'

# An entry in each dialect of crontabs, and a job that was added.
for dialect in debian cronie extended; do
	printf '%s\n' 'HOME=/' 'LOGNAME=else' 'A="b c"' \
	    "#crons: name=$dialect" "@hourly $what # $dialect" >"$dir/tab"
	ctl import --dialect "$dialect" "$dir/tab" >/dev/null
done
ctl add added @hourly --cwd / -- "$what" >/dev/null
for job in debian cronie extended added; do
	ctl run "$job" --wait >/dev/null
	ctl logs "$job" | sed 's/^CRONS_SLOT=.*/CRONS_SLOT=seconds/
	    s/^CRONS_RUN=.*/CRONS_RUN=number/' >"$dir/env.$job"
done
common() # JOB
{
	printf '%s\n' "CRONS_JOB=$1" CRONS_RUN=number CRONS_SHARD=0 \
	    CRONS_SHARDS=1 CRONS_SLOT=seconds CRONS_TRY=0 "LOGNAME=$user" \
	    SHELL=/bin/sh
}
is "the environment of Debian's cron" "$(cat "$dir/env.debian")" \
    "$({ common debian; echo 'A=b c'; echo HOME=/; echo PATH=/usr/bin:/bin
    } | sort)"
is "the environment of cronie" "$(cat "$dir/env.cronie")" \
    "$({ common cronie; echo 'A=b c'; echo HOME=/; echo "USER=$user"
	echo PATH=/usr/bin:/bin:/usr/sbin:/sbin; } | sort)"
all=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
is "the environment of our own dialect" "$(cat "$dir/env.extended")" \
    "$({ common extended; echo 'A=b c'; echo HOME=/; echo "USER=$user"
	echo PATH=$all; } | sort)"
is "the environment of a job that was added" "$(cat "$dir/env.added")" \
    "$({ common added; echo "HOME=$home"; echo "USER=$user"; echo PATH=$all
    } | sort)"

ctl add rest @hourly --cwd "$dir" -- "pwd; umask; ulimit -Sn; nice
    ls /proc/self/fd | wc -l; cat; readlink /proc/self/fd/0" >/dev/null
ctl run rest --wait >/dev/null
is "directory, mask, limit, priority, descriptors (one is ls's), input" \
    "$(ctl logs rest | tr '\n' ' ')" "$dir 0022 1000 $(nice) 4 /dev/null "
ctl set rest limits=nofile=64 umask=077 stdin=text >/dev/null
ctl run rest --wait >/dev/null
is "and what the job says itself" \
    "$(ctl logs rest | sed -n '2p;3p;6p' | cut -c1-4 | tr '\n' ' ')" \
    "0077 64 text "

# Priority of disk access, and limits by cgroup.
ctl add disk @hourly -- ionice >/dev/null
for class in idle best-effort:6; do
	ctl set disk "ionice=$class" >/dev/null
	ctl run disk --wait >/dev/null
	is "disk access: $class" "$(ctl logs disk)" "${class/:/: prio }"
done
like "disk access: what is no class is refused" \
    "$(ctl set disk ionice=idle:3 2>&1)" "*best-effort:0*"
ctl set disk ionice= memory=64M pids=20 >/dev/null
how=$(ctl run disk --wait)
if [[ $how == *"memory and pids need a cgroup"* ]]; then
	pass "memory and pids: where they cannot be set it is not started"
	skip "memory and pids are set" "needs cgroup v2 with both delegated"
else
	# shellcheck disable=SC2016 # for the job's shell
	ctl set disk command='cd /sys/fs/cgroup$(sed -n s/^0:://p \
	    /proc/self/cgroup) && cat memory.max pids.max' >/dev/null
	ctl run disk --wait >/dev/null
	is "memory and pids are set" "$(ctl logs disk | tr '\n' ' ')" \
	    "67108864 20 "
fi

# A home that is not there: cron runs it all the same, cronie does not.
for dialect in debian cronie; do
	printf '%s\n' HOME=/nonexistent "#crons: name=homeless-$dialect" \
	    "@hourly pwd # $dialect" >"$dir/tab"
	ctl import --dialect "$dialect" "$dir/tab" >/dev/null
done
like "in Debian's dialect a missing home is no matter" \
    "$(ctl run homeless-debian --wait)" "*: ok"
is "the job runs in / then" "$(ctl logs homeless-debian)" /
like "in cronie's it is" "$(ctl run homeless-cronie --wait)" \
    "*nostart*entering the working directory*"
like "as where a directory is named" "$(
    ctl set homeless-debian cwd=/nonexistent >/dev/null
    ctl run homeless-debian --wait)" "*nostart*"
stop_daemon
