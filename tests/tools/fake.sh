# Sourced by cases after lib.sh: the fake daemon (fake_cronsd.py) instead of
# cronsd. `fake` reads its script from standard input and starts it.
# shellcheck shell=bash disable=SC2154

fake()
{
	{
		echo '= GREETING'
		printf '200 crons proto=1 version=0.1 host=db1 uid=1000 '
		echo 'user=ann role=user state=ok'
		cat
	} >"$dir/script"
	[ ! -S "$CRONS_SOCKET" ] || return 0
	export CRONS_SOCKET=$dir/sock
	: >"$dir/requests"
	python3 "$root/tests/tools/fake_cronsd.py" "$CRONS_SOCKET" \
	    "$dir/script" "$dir/requests" 2>"$dir/fake.log" &
	wait_for '[ -S "$CRONS_SOCKET" ]' 20 || {
		fail "the fake daemon starts" "$(cat "$dir/fake.log")"
		exit
	}
}
