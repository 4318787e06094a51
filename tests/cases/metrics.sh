#!/bin/bash
# What other programs read of cronsctl: metrics for Prometheus, completions for
# shells.
# limit: 60
. "$(dirname "$0")/../lib.sh"

value() # METRIC with its labels
{
	grep -v '^#' "$dir/metrics" | grep -F "$1 " | sed 's/.* //'
}

start_daemon
ctl add job '@yearly' -- 'exit 3' >/dev/null
ctl add good '@yearly' -- true >/dev/null
ctl run job --wait >/dev/null
ctl run good --wait >/dev/null
ctl pause good >/dev/null
user=$(id -un)
ctl metrics >"$dir/metrics"
is "the daemon is there" "$(value crons_up)" 1
is "and has jobs" "$(value crons_jobs)" 2
is "a job that failed has no success" \
    "$(value "crons_job_last_success{job=\"job\",user=\"$user\"}")" 0
is "but a status" \
    "$(value "crons_job_last_exit_status{job=\"job\",user=\"$user\"}")" 3
is "one that is paused is" \
    "$(value "crons_job_paused{job=\"good\",user=\"$user\"}")" 1
# The format: comments, or a name, perhaps labels, and a number.
is "every line is one of the format" "$(grep -vcE \
    '^# (HELP|TYPE) crons_[a-z0-9_]+ .+$|^crons_[a-z0-9_]+(\{[a-z]+="[^"]*",[a-z]+="[^"]*"\})? -?[0-9.]+$' \
    "$dir/metrics")" 0
is "the values of a metric stand together" \
    "$(sed -n 's/^\(crons_[a-z0-9_]*\).*/\1/p' "$dir/metrics" | uniq | sort |
	uniq -d)" ""

ctl completion bash >"$dir/bash"
check "the completion is a script" bash -n "$dir/bash"
# What bash would offer for a line, whose last word is being typed.
offers()
{
	PATH=$(dirname "$cronsctl"):$PATH bash -c '
		. "$0"
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_cronsctl
		echo "${COMPREPLY[*]}"' "$dir/bash" "$@"
}
is "verbs are completed" "$(offers cronsctl res)" "resume"
is "options of the verb are" "$(offers cronsctl pause x --wh)" "--why"
is "those of others are not" "$(offers cronsctl list --wh)" ""
is "fields of a job are" "$(offers cronsctl add --start)" "--start-deadline"
is "names of jobs are" "$(offers cronsctl run jo)" "job"
is "zsh has the same" "$(ctl completion zsh | tail -n +2)" \
    "$(cat "$dir/bash")"
is "fish has each verb" "$(ctl completion fish |
	grep -c '__fish_use_subcommand -a')" \
    "$(ctl help --json | grep -c '"verb"')"
is "another shell is exit status 2" \
    "$(ctl completion csh >/dev/null 2>&1; echo $?)" 2
stop_daemon
is "without a daemon that is a metric too" \
    "$(ctl metrics 2>/dev/null | grep '^crons')" "crons_up 0"
