#!/bin/bash
# contrib/deps installs what is missing and says so: tried with a dpkg-query,
# an apt-get and a sudo that only write down what they are asked.
. "$(dirname "$0")/../lib.sh"
unset DEPS

bin=$dir/bin
mkdir "$bin"

fake() # NAME, its script on standard input
{
	{
		echo '#!/bin/sh'
		cat
	} >"$bin/$1"
	chmod +x "$bin/$1"
}

# After an apt-get that works, all is installed.
fake dpkg-query <<END
if [ -e "$dir/installed" ]; then
	sed -n 's/^[a-z]*	/installed /p' "$root/contrib/deps"
else
	echo 'installed gcc,c-compiler (= 1)'
	echo 'installed pkgconf,pkg-config (= 1)'
	echo 'config-files make,'
fi
END
fake apt-get <<END
echo "\$*" >>"$dir/asked"
case "\$*" in *" install "*) [ ! -e "$dir/broken" ] && touch "$dir/installed" ;; esac
END
fake sudo <<'END'
exec "$@"
END
fake id <<'END'
echo 1000
END

deps() # ARGS...
{
	said=$(PATH=$bin:$PATH "$root/contrib/deps" "$@" 2>&1)
	status=$?
}

DEPS=no deps ci
is "DEPS=no does nothing" "$status$said" 0
is "DEPS=no asks for nothing" "$(cat "$dir/asked" 2>&1 | grep -c apt)" 0

deps build
is "what is missing is installed" "$status" 0
like "it is said what is installed" "$said" \
    "contrib/deps: installing: *libsqlite3-dev*(DEPS=no turns this off)*"
like "a package that was removed is missing" "$said" "* make *"
like "a package that another provides is not" "$(tail -n 1 "$dir/asked")" \
    "*install -y*libbsd-dev*"
is "nor is one that is there" \
    "$(grep -cE ' (gcc|pkg-config)( |$)' "$dir/asked")" 0

: >"$dir/asked"
deps build
is "nothing is said when nothing is missing" "$status$said" 0
is "nothing is asked for then" "$(cat "$dir/asked")" ""

rm "$dir/installed"
touch "$dir/broken"
deps check
is "a failure is a failure" "$status" 1
like "it is said what cannot be had" "$said" \
    "*apt-get cannot install: *libcmocka-dev*"
like "the list of packages was renewed" "$(cat "$dir/asked")" "*update*"

deps everything
is "an unknown level is refused" "$status" 1
like "with the levels there are" "$said" "*build|check|ci*"
