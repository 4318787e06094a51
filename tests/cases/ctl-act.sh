#!/bin/bash
# cronsctl changes and acts: requests are what was meant, answers are said, and
# the exit status is the one that cli.md promises. The daemon is a fake one.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../tools/fake.sh"
need python3

fake <<'EOF'
= add name=bad .*
422 bad-schedule at=3 field=minute hint="use 0-59" "61" is not in 0-59
= add name=dup .*
409 exists field=name ann has a job "dup"
= add .*
201 id=12 rev=1 next=2026-11-22T02:00:00Z
= set nightly .*
200 id=12 rev=2
= set gone .*
404 not-found no job "gone"
= set old .*
409 changed rev 7 is the newest
= rm other
403 denied the job belongs to bob
= rm .*
200 id=12
= run good
202 run=812
= run bad
202 run=813
= run slow
202 run=814
= run killed
202 run=815
= wait 812
200 run=812 result=ok exit=0 signal=0
= wait 813
200 run=813 result=fail exit=3 signal=0
= wait 815
200 run=815 result=signal exit=0 signal=15
= wait slow timeout=1s
408 timed-out run 814 still runs
= wait 814
! hang
= kill 814
409 not-running run 814 has ended
= kill 813 signal=HUP
200 run=813 signal=HUP
= logs 812 follow=yes
f o 1700000000000000 hello\n
f e 1700000000000000 oops\n
200 run=812 result=ok exit=0 live=no
= logs good.*
f o 1700000000000000 one\ntw
f e 1700000000500000 err\n
f o 1700000001000000 o\n\x1b[31mred\xc3
f c 1700000001000000 note
f g 1700000001000000 next=4096 o=100 e=20 frames=3                
f o 1700000001000000 \xa9\n
200 run=812 result=ok exit=0 live=no
= logs live lines=1
#|run|place
*|816|1024
f o 1700000000000000 one\n
f o 1700000000000000 two\n
200 run=816 result= live=yes
= logs 816 follow=yes from=1076
#|run|place
*|816|1076
f o 1700000000000000 three\n
200 run=816 result=ok live=no
= logs cut follow=yes
#|run|place
*|817|1024
f o 1700000000000000 one\n
! close
= logs 817 follow=yes from=1050
#|run|place
*|817|1050
f g 1700000001000000 next=8192 o=100 e=20 frames=3
! close
= logs 817 follow=yes from=8192
#|run|place
*|817|8192
f o 1700000000000000 end\n
200 run=817 result=ok live=no
= logs early follow=yes
! close
= logs (never|819) follow=yes.*
#|run|place
*|819|1024
! close
= logs words --out.*
200 run=818 result=ok live=no
= logs words.*
#|run|place
*|818|1024
f o 1700000000000000 an ap
f e 1700000000500000 apple\n
f o 1700000001000000 ple\nno\n
f o 1700000002000000 a\x00pple\xff\n
200 run=818 result=ok live=no
= list
! close
= leader
503 not-leader ask db2
= show .*
503 not-leader hint="cronsctl on db2" db2 decides
EOF
last()
{
	tail -1 "$dir/requests"
}
status_of()
{
	"$@" >"$dir/out" 2>"$dir/err"
	echo $?
}

is "add exits with 0" "$(status_of ctl add nightly '0 3 * * *' \
    --overlap=skip --env A=1 --env 'B=x y' -- 'tar czf /b.tgz /home')" 0
is "one word behind -- is a command line" "$(last)" \
    'add name=nightly schedule="0 3 * * *" command="tar czf /b.tgz /home" env="A=1\nB=x y" overlap=skip'
is "what was done is said" "$(ctl --utc add n @daily -- true)" \
    "job 12 added, revision 1, next Sun 2026-11-22 02:00:00 UTC"
is "quiet does not say it" "$(ctl add -q n @daily -- true)" ""
is "JSON says it" "$(ctl add --json n @daily -- true)" \
    '{"schema":1,"verb":"add","id":12,"rev":1,"next":"2026-11-22T02:00:00Z","next_us":1795312800000000}'
ctl add n @daily -- echo 'a b' '"' '' >/dev/null
is "several words behind -- are an argv" "$(last)" \
    'add name=n schedule="@daily" argv="echo \"a b\" \"\\\"\" \"\""'
ctl add n @daily --user bob --merge --start-deadline 5m -- true >/dev/null
is "fields are options, with a flag's value or the next word" "$(last)" \
    'add name=n schedule="@daily" command=true start-deadline=5m merge=yes user=bob'

is "an invalid schedule is exit status 8" \
    "$(status_of ctl add bad '0 61 * * *' -- true)" 8
is "and says what, where, why and what to do" "$(cat "$dir/err")" \
    'cronsctl: add: minute: "61" is not in 0-59
  0 61 * * *
    ^
  use 0-59'
is "with --json an error is an object, on stderr" \
    "$(ctl add bad '0 61 * * *' --json -- true 2>&1 >/dev/null)" \
    '{"schema":1,"error":"bad-schedule","code":422,"exit":8,"message":"\"61\" is not in 0-59","verb":"add","field":"minute","column":3,"text":"0 61 * * *","hint":"use 0-59"}'
like "also of a command line that is not understood" \
    "$(ctl lits -j 2>&1 >/dev/null)" \
    '{"schema":1,"error":"unknown-verb",*"hint":"did you mean list?"}'
is "a name that is taken is exit status 7" \
    "$(status_of ctl add dup @daily -- true)" 7
is "a missing command is exit status 2" \
    "$(status_of ctl add dup @daily)" 2
like "and says where it stands" "$(cat "$dir/err")" "*behind --*"
is "a misspelt verb is exit status 2" "$(status_of ctl lits)" 2
like "and is told the nearest" "$(cat "$dir/err")" "*did you mean list?"
is "a misspelt field is exit status 2" \
    "$(status_of ctl add x @daily --ovelap=skip -- true)" 2
like "and is told the nearest too" "$(cat "$dir/err")" \
    "*did you mean --overlap?"
is "a misspelt key of set is told the nearest" \
    "$(ctl set x ovelap=skip 2>&1 | tail -1)" "  did you mean overlap?"
is "a word too few is exit status 2" "$(status_of ctl rm)" 2
is "a word too many is exit status 2" "$(status_of ctl rm a b)" 2
is "a value for a flag is exit status 2" "$(status_of ctl list --json=x)" 2
is "an option without its value is exit status 2" "$(status_of ctl runs -n)" 2

is "set sends keys and values" "$(status_of ctl set nightly schedule='@hourly' \
    timeout=1h --if-rev 1)" 0
is "as fields" "$(last)" \
    'set nightly schedule="@hourly" timeout=1h if_rev=1'
is "set without a change is exit status 2" "$(status_of ctl set nightly)" 2
is "a job that is not there is exit status 3" \
    "$(status_of ctl set gone timeout=1)" 3
is "a job that was changed is exit status 7" \
    "$(status_of ctl set old timeout=1)" 7
is "a job of another is exit status 4" "$(status_of ctl rm other)" 4
is "another leader is exit status 6" "$(status_of ctl show x)" 6
is "a removal is said" "$(ctl rm nightly)" \
    "job 12 removed; its history stays"

is "run says which run" "$(ctl run good)" "run 812 started"
is "run --wait of a good job is exit status 0" \
    "$(status_of ctl run good --wait)" 0
is "run --wait of a bad job is exit status 1" \
    "$(status_of ctl run bad --wait)" 1
like "and says how it ended" "$(cat "$dir/out")" "run 813: exit 3: *"
is "--propagate hands the job's own status on" \
    "$(status_of ctl run bad --wait --propagate)" 3
is "and the signal's" "$(status_of ctl run killed --wait --propagate)" 143
is "wait is the same" "$(status_of ctl wait 813)" 1
is "a wait that takes too long is exit status 124" \
    "$(status_of ctl wait slow --timeout 1s)" 124
is "what does not run cannot be killed: exit status 1" \
    "$(status_of ctl kill 814)" 1
is "a signal is a key" "$(status_of ctl kill 813 --signal HUP)" 0
is "run --follow shows output, then the end" \
    "$(status_of ctl run good --follow; cat "$dir/out" "$dir/err")" \
    "0
hello
oops
run 812: ok"

is "a job's stdout goes to stdout, byte by byte" \
    "$(ctl logs good 2>/dev/null | od -c)" \
    "$(printf 'one\ntwo\n\033[31mred\303\251\n' | od -c)"
is "its stderr and gaps go to stderr" "$(ctl logs good 2>&1 >/dev/null)" \
    "err
[gap: 120 bytes not kept]"
is "--err is stderr only" "$(ctl logs good --err 2>&1)" \
    "err
[gap: 20 bytes not kept]"
is "--timestamps stand in front of lines" \
    "$(ctl logs good --out -t --utc 2>/dev/null | head -2)" \
    "2023-11-14T22:13:20Z one
2023-11-14T22:13:20Z two"
ctl logs good -f --last-failed >/dev/null 2>&1
is "options of logs are keys" "$(last)" "logs good follow=yes failed=yes"
is "-n is the last lines, of both streams" \
    "$(ctl logs good -n 1 2>&1 | od -c)" \
    "$(printf '\033[31mred\303[gap: 120 bytes not kept]\n\251\n' | od -c)"
is "-n of one stream counts its lines" "$(ctl logs good --err -n 1 2>&1)" \
    "err
[gap: 20 bytes not kept]"
is "following after the last lines shows nothing twice" \
    "$(ctl logs live -f -n 1)" "two
three"
is "a connection that breaks costs no byte and shows none twice" \
    "$(ctl logs cut -f 2>"$dir/err"; grep -v waiting "$dir/err")" "one
end
cronsctl: logs: the daemon is back
[gap: 120 bytes not kept]
cronsctl: logs: the daemon is back"
is "one that breaks at once is an error" "$(status_of ctl logs early -f)" 5
is "so is one that breaks again and again" "$(status_of ctl logs never -f)" 5
is "--grep finds lines, whole and in order" \
    "$(ctl logs words --grep 'app?le' 2>&1)" "apple
an apple"
is "of one stream if asked" "$(ctl logs words --grep 'app?le$' --out 2>&1)" \
    "an apple"
is "with the time of their first byte" \
    "$(ctl logs words --grep '^an|^no' -t --utc 2>&1)" \
    "2023-11-14T22:13:20Z an apple
2023-11-14T22:13:21Z no"
is "and the last of them" "$(ctl logs words --grep p -n 1 | tr '\0\377' 'xy')" \
    "axppley"
is "which only cronsctl can count" "$(last)" "logs words"
is "no line that matches is exit status 1" \
    "$(status_of ctl logs words --grep pear)" 1
is "what is no expression is exit status 2" \
    "$(status_of ctl logs words --grep '(a')" 2
like "and says why" "$(cat "$dir/err")" '*expression: "(a": *'
ctl logs words --err -n 3 >/dev/null 2>&1
is "the daemon is told whose lines count" "$(last)" \
    "logs words lines=3 stream=err"
is "frames are JSON too" "$(ctl logs good --json --utc | head -1)" \
    '{"schema":1,"stream":"out","time":"2023-11-14T22:13:20Z","time_us":1700000000000000,"text":"one\ntw"}'
is "bytes that are not UTF-8 are kept in JSON" \
    "$(ctl logs good --json | grep -c 'red\\udcc3')" 1
is "on a terminal control bytes are visible" "$(script -qec \
    "$cronsctl logs good --out" /dev/null 2>&1 | grep -c '\\x1b\[31m')" 1

is "help is JSON too" "$(ctl help rm --json)" \
    '{"schema":1,"verb":"rm","words":"JOB","options":"if-rev","help":"remove a job; its history stays"}'
is "a daemon that hangs up is exit status 5" "$(status_of ctl list)" 5
is "a socket that is not there is exit status 5" \
    "$(CRONS_SOCKET=$dir/nothing status_of ctl list)" 5
like "and the message says what to do" "$(cat "$dir/err")" \
    "*$dir/nothing*CRONS_SOCKET*"
is "a socket's path over 107 bytes is an error that says so" \
    "$(CRONS_SOCKET=/$(printf '%0110d' 0) ctl list 2>&1 |
	grep -c 'at most 107')" 1

"$cronsctl" run slow --wait >"$dir/out" 2>"$dir/err" &
waiting=$!
wait_for 'grep -q "^wait 814" "$dir/requests"' 20
# A background command of a shell ignores SIGINT; TERM ends it the same way.
kill -TERM $waiting
wait $waiting
is "an interrupt is exit status 130" $? 130
like "and says what goes on" "$(cat "$dir/err")" "*run 814 goes on*kill 814*"
