/*
 * regexec(3) with the end given (REG_STARTEND, of glibc and the BSDs), so that
 * a NUL is a byte like any other. Output need not be text of the locale, and
 * may be in none: bytes are compared, as LC_ALL=C grep would.
 */
#include "match.h"

#include <locale.h>
#include <regex.h>
#include <stdlib.h>

#include "share/log.h"

#define TEXT_MAX 4096 /* what glibc compiles without taking much memory */

struct match {
	regex_t regex;
};

/* In the locale C: an expression keeps the one that it was compiled in. */
static int
compile(struct match *match, const char *text)
{
	locale_t bytes = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t before = uselocale(bytes);
	int code
	    = regcomp(&match->regex, text, REG_EXTENDED | REG_NOSUB);

	uselocale(before);
	if (bytes != (locale_t)0)
		freelocale(bytes);
	return code;
}

struct match *
match_new(const char *text, struct fault *f)
{
	struct match *match = xcalloc(1, sizeof *match);
	char why[160] = "it is too long";
	int code = REG_ESPACE;
	size_t len = 0;

	while (text[len] != '\0' && len <= TEXT_MAX)
		len++;
	if (len <= TEXT_MAX) {
		code = compile(match, text);
		if (code != 0)
			regerror(code, &match->regex, why, sizeof why);
	}
	if (code == 0)
		return match;
	free(match);
	fault_set(f, ERR_BAD_VALUE, "expression", "\"%.60s\": %s", text, why);
	return NULL;
}

void
match_free(struct match *match)
{
	if (match == NULL)
		return;
	regfree(&match->regex);
	free(match);
}

bool
match_has(const struct match *match, const char *bytes, size_t len)
{
	regmatch_t span = { 0 };

	if (len > 0 && bytes[len - 1] == '\n')
		len--;
	span.rm_eo = (regoff_t)len;
	return regexec(&match->regex, bytes, 1, &span, REG_STARTEND) == 0;
}
