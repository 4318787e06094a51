#!/bin/bash
# cron.allow and cron.deny in front of crontabs and jobs, and what lies in the
# spool directory that should not be there.
# limit: 60
. "$(dirname "$0")/../lib.sh"
need_root
need setpriv
getent passwd nobody >/dev/null || skip_all "needs the user nobody"

chmod 711 "$dir"
mkdir -m 711 "$state"
cp "$cronsctl" "$dir/cronsctl"
ln -s cronsctl "$dir/crontab"
cd "$dir" || exit
echo '0 0 * * * echo good' >good
refused="You (nobody) are not allowed to use this program (crontab)
See crontab(1) for more information
=1"

ct()
{
	timeout 20 "$dir/crontab" "$@" 2>&1
	echo "=$?"
}

ct_nobody()
{
	as nobody timeout 20 "$dir/crontab" "$@" 2>&1
	echo "=$?"
}

may() # NAME
{
	is "$d: $1: nobody may" "$(ct_nobody -l)" "$(cat good)"$'\n=0'
	jobs=$((jobs + 1))
	is "$d: $1: nobody may add jobs" "$(as nobody "$dir/cronsctl" \
	    add "j$jobs" @yearly -- true 2>&1 | grep -c added)" 1
}

may_not() # NAME
{
	local words
	for words in -l -r -e; do
		is "$d: $1: nobody may not $words" "$(ct_nobody $words)" \
		    "$refused"
	done
	is "$d: $1: nobody may not install" "$(ct_nobody good)" "$refused"
	like "$d: $1: nobody may not add jobs" "$(as nobody \
	    "$dir/cronsctl" add no @yearly -- true 2>&1)" "*not allowed*"
	like "$d: $1: nobody may not import" "$(as nobody \
	    "$dir/cronsctl" import good 2>&1)" "*not allowed*"
	is "$d: $1: root may" "$(ct -l)" "$(cat good)"$'\n=0'
	if [ $d = debian ]; then
		is "$d: $1: root may not for nobody" "$(ct -u nobody -l)" \
		    "$refused"
	else
		is "$d: $1: root may for nobody" "$(ct -u nobody -l)" \
		    "$(cat good)"$'\n=0'
	fi
}

for d in debian cronie; do
	jobs=0
	tabs=$dir/tabs-$d
	cat >conf <<-END
	[daemon]
	dialect = $d
	[crontabs]
	user-crontabs = $tabs
	cron-allow = $dir/allow
	cron-deny = $dir/deny
	END
	rm -rf allow deny "$state"
	mkdir -m 711 "$state"
	start_daemon --config "$dir/conf"
	ct good >/dev/null
	echo nobody >allow
	ct -u nobody good >/dev/null
	may "in cron.allow"
	printf 'root\n \tnobody \r' >allow
	may "in cron.allow, with blanks"
	echo nobody >deny
	may "in both"
	printf 'nobodyx\n#nobody\nroot\n' >allow
	may_not "not in cron.allow"
	: >allow
	may_not "an empty cron.allow"
	rm allow
	may_not "in cron.deny"
	echo somebody >deny
	may "not in cron.deny"
	for how in 'mkdir allow' 'mkfifo allow' 'ln -s allow allow' \
	    'truncate -s 2M allow'; do
		$how
		may_not "cron.allow cannot be read ($how)"
		rm -rf allow
	done
	rm deny
	if [ $d = debian ]; then may "no lists"; else may_not "no lists"; fi

	# The spool directory. Nothing else than a file of the user's is shown.
	echo somebody >deny
	echo 'root:secret' >secret
	chmod 600 secret
	for what in "ln -s $dir/secret" "ln $dir/secret" mkfifo mkdir; do
		rm -rf "$tabs/nobody"
		$what "$tabs/nobody"
		said=$(ct_nobody -l; ct_nobody -r; ct_nobody good)
		like "$d: $what: it is refused" "$said" "*=1*=1*=1"
		is "$d: $what: nothing is shown" "$(grep -c :secret <<<"$said")" 0
		is "$d: $what: nothing is changed" "$(cat secret)" root:secret
	done
	rm -rf "$tabs/nobody"

	# What a daemon left that was killed before the rename.
	ln -s "$dir/secret" "$tabs/.new-nobody"
	is "$d: a leftover is replaced" "$(ct_nobody good)" "=0"
	is "$d: it is not followed" "$(cat secret)" root:secret
	is "$d: and it is gone" "$(ls -A "$tabs")" $'nobody\nroot'
	stop_daemon
done

# Nothing of the caller gets into the file but the crontab.
sed -i s/cronie/debian/ conf
start_daemon --config "$dir/conf"
cp good $'x\n* * * * * evil'
ct $'x\n* * * * * evil' >/dev/null
is "a file's name adds no line" "$(grep -c '^\*' tabs-debian/root)" 0
is "one after another ten copies are kept" "$(for _ in {1..13}; do
	ct good >/dev/null
done; find "$state/kept/root" -type f | wc -l)" 10
long=$(printf 'x%.0s' {1..300})
like "a long name is nobody's" "$(ct -u "$long" -l)" "*unknown*=1"
for name in ../secret . .. a/b ''; do
	like "a name is no path: \"$name\"" "$(ct -u "$name" -l)" "*=1"
done
