/* The table of errs.h as an array, and the one way to fill a fault. */
#include "errs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

static const struct row {
	int code;
	const char *token;
	int exit_status;
	const char *sentence;
} rows[ERR_COUNT] = {
	[ERR_NONE] = { 200, "ok", 0, "all is well" },
#define X(name, code, token, exit_status, sentence) \
	[ERR_##name] = { code, token, exit_status, sentence },
	ERRS(X)
#undef X
};

int
err_code(enum err err)
{
	return rows[err].code;
}

const char *
err_token(enum err err)
{
	return rows[err].token;
}

int
err_exit(enum err err)
{
	return rows[err].exit_status;
}

const char *
err_sentence(enum err err)
{
	return rows[err].sentence;
}

enum err
err_find(const char *token)
{
	for (int i = 0; i < ERR_COUNT; i++)
		if (strcmp(rows[i].token, token) == 0)
			return (enum err)i;
	return ERR_INTERNAL;
}

enum err
fault_set(struct fault *f, enum err err, const char *field, const char *fmt,
    ...)
{
	va_list ap;

	memset(f, 0, sizeof *f);
	f->err = err;
	strlcpy(f->field, field, sizeof f->field);
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof f->text, fmt, ap);
	va_end(ap);
	return err;
}
