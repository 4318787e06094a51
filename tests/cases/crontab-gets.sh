#!/bin/bash
# What the entries of crontabs really do in both dialects, row by row of the
# tables of differences: input, backslashes, shells, sessions, options, zones.
# limit: 120
. "$(dirname "$0")/../lib.sh"

user=$(id -un)
start_daemon

# Imports the text of standard input; each entry has a #crons: name= above it.
take() # DIALECT [OPTION...]
{
	cat >"$dir/tab"
	ctl import --dialect "$1" "${@:2}" "$dir/tab" >"$dir/log" 2>&1 || {
		fail "the crontab is imported" "$(cat "$dir/log")"
		exit
	}
}
# Runs the job and prints what it wrote.
gets() # NAME
{
	ctl run "$1" --wait >"$dir/log" 2>&1
	ctl logs "$1" 2>&1
}
field() # NAME FIELD
{
	ctl export "$1" --json | python3 -c '
import json, sys
print(json.loads(sys.stdin.readline()).get(sys.argv[1], "-"))' "$2"
}

for dialect in debian cronie; do
	take "$dialect" <<-'END'
	E1="'a'"
	E2="b  "
	E3 = c "d" $HOME # e
	MAILTO=nobody
	USER=somebody
	#crons: name=input
	@hourly cat%one%two\%x%
	#crons: name=lines
	@hourly cat%%%
	#crons: name=percent
	@hourly printf '[\%s]' "100\%" 'a\\b' 'c\d'
	#crons: name=env
	@hourly echo "$E1|$E2|$E3|$MAILTO|$USER"
	#crons: name=shell
	@hourly tr '\0' ' ' </proc/$$/cmdline
	SHELL=/bin/bash
	#crons: name=bash
	@hourly a=(1 2); echo "$0 ${#a[@]} $SHELL"
	SHELL=/bin/sh
	#crons: name=session
	@hourly read -r p _ _ _ g s t _ </proc/$$/stat; echo $((p - g)) $((p - s)) $t
	#crons: name=pipes
	@hourly a=$(readlink /proc/$$/fd/1) b=$(readlink /proc/$$/fd/2); [ "$a" = "$b" ] && echo "${a\%:*}"
	#crons: name=signals
	@hourly grep -c '^Sig\(Blk\|Ign\):.0*$' /proc/self/status
	#crons: name=order
	@hourly echo 1; echo 2 >&2; echo 3; echo 4 >&2
	#crons: name=comment
	@hourly echo a # b
	#crons: name=late timeout=1s tags=x,y
	@hourly sleep 60
	END
	is "$dialect: the input is what stands behind %" "$(gets input)" \
	    "$(printf 'one\ntwo%%x')"
	is "$dialect: even if it is empty lines" \
	    "$(gets lines | tr '\n' x)" "xx"
	case $dialect in
	debian) want='[100%][a\b][c\d]' ;;
	cronie) want='[100%][a\\b][c\d]' ;;
	esac
	is "$dialect: backslashes are its own" "$(gets percent)" "$want"
	case $dialect in
	debian) want='a|b|c "d" $HOME # e|nobody|somebody' ;;
	cronie) want="'a'|b  |c \"d\" \$HOME # e|nobody|$user" ;;
	esac
	is "$dialect: settings are its own" "$(gets env)" "$want"
	is "$dialect: the shell is called as cron calls it" \
	    "$(gets shell | cut -d' ' -f1,2)" "/bin/sh -c"
	is "$dialect: SHELL is the shell" "$(gets bash)" "/bin/bash 2 /bin/bash"
	is "$dialect: session and group are its own, without terminal" \
	    "$(gets session)" "0 0 0"
	is "$dialect: both outputs are one pipe" "$(gets pipes)" pipe
	is "$dialect: no signal is blocked or ignored" "$(gets signals)" 2
	is "$dialect: so that their order is kept" \
	    "$(gets order | tr '\n' ' ')" "1 2 3 4 "
	is "$dialect: a comment behind a command is the shell's" \
	    "$(gets comment)" a
	like "$dialect: an option is obeyed" "$(ctl run late --wait)" \
	    "*timeout*"
	is "$dialect: each of them" "$(field late tags)" "x,y"
	is "$dialect: overlapping runs are allowed" "$(field late overlap)" allow
	is "$dialect: missed ones are not made up for" \
	    "$(field late catchup)" none
	: >"$dir/tab"
	ctl import --prune "$dir/tab" >/dev/null
done

# ---- what one dialect has ----

take debian <<'END'
#crons: name=empty
@hourly
#crons: name=dash
@hourly -n cmd
CRON_TZ=Asia/Tokyo
RANDOM_DELAY=30
#crons: name=zone
0 12 * * * echo "$CRON_TZ $RANDOM_DELAY"
END
like "debian: an entry may have no command" "$(ctl run empty --wait)" "*: ok*"
is "debian: a dash is of the command" "$(gets dash)" \
    "$(/bin/sh -c '-n cmd' 2>&1)"
is "debian: and not for the mail" "$(field dash mail)" auto
is "debian: CRON_TZ is a variable" "$(field zone zone)" ""
is "debian: like any other" "$(gets zone)" "Asia/Tokyo 30"
is "debian: nor does RANDOM_DELAY delay" "$(field zone jitter)" 0s
: >"$dir/tab"
ctl import --prune "$dir/tab" >/dev/null

take cronie <<'END'
#crons: name=empty
A=
#crons: name=value
@hourly echo "[$A]"
#crons: name=mail
@hourly -n echo mail
CRON_TZ=Asia/Tokyo
#crons: name=zone
0 12 * * * echo "$CRON_TZ"
RANDOM_DELAY=30
#crons: name=delay
0 12 * * * echo "$RANDOM_DELAY"
CRON_TZ=
RANDOM_DELAY=0
#crons: name=back
0 12 * * * echo back
#crons: name=picked
0~59 * * * * echo picked
END
is "cronie: a value may be empty" "$(gets value)" "[]"
is "cronie: -n is none of the command" "$(gets mail)" mail
is "cronie: it is for the mail" "$(field mail mail)" fail
is "cronie: CRON_TZ is the zone" "$(field zone zone)" Asia/Tokyo
is "cronie: and a variable" "$(gets zone)" Asia/Tokyo
is "cronie: in which it is due" "$(ctl next zone -n 1 --json |
	grep -o '"slot_us":[0-9]*' | cut -d: -f2 |
	{ read -r us; echo $((us / 1000000 % 86400 / 3600)); })" 3
is "cronie: up to an empty one" "$(field back zone)" ""
is "cronie: RANDOM_DELAY puts starts off" \
    "$(field zone jitter) $(field delay jitter) $(field back jitter)" \
    "0s 30m 0s"
is "cronie: a random minute is picked once" \
    "$(ctl next picked -n 3 --json | grep -o '"slot_us":[0-9]*' | cut -d: -f2 |
	awk '{ print $1 / 60000000 % 60 }' | sort -u | wc -l)" 1
stop_daemon
is "the daemon ends well" $? 0
