# Sourced by the hooks beside it: the address, JSON strings, and the one call.
# shellcheck shell=sh
set -eu

here=$(readlink -f "$0")
name=$(basename "$0")

# The address: of the job's environment, or in a file beside the hook as it was
# called or as it is stored.
address()
{
	if [ -n "${CRONS_HOOK_URL-}" ]; then
		echo "$CRONS_HOOK_URL"
		return
	fi
	for file in "$0.url" "$here.url"; do
		if [ -r "$file" ]; then
			head -n 1 "$file"
			return
		fi
	done
	echo "$name: no address: write it into $0.url" >&2
	return 1
}

# Standard input as a JSON string. The events' texts have no control bytes.
json_string()
{
	sed 's/[\\"]/\\&/g; s/^/"/; s/$/"/'
}

# send ADDRESS [CURL'S OPTIONS...]: fails on HTTP errors, so that it is tried
# again. The address is no argument, which others could see.
send()
{
	url=$1
	shift
	printf 'url = %s\n' "$(printf '%s\n' "$url" | json_string)" |
		curl --config - --silent --show-error --fail --max-time 60 \
		    --proto '=http,https' --output /dev/null "$@"
}

# One line for people.
# shellcheck disable=SC2034 # the hooks use it
sentence="$CRONS_EVENT_TEXT (on $CRONS_EVENT_HOST)"
