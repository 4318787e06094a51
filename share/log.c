/*
 * A message is formatted into one buffer and leaves in one write(2), so that
 * lines of several processes on one stderr never mix.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#define LINE_MAX_BYTES 4096

static bool verbose;

void
log_verbose(bool on)
{
	verbose = on;
}

/* Copies text to out with bytes below 0x20 and 0x7f as \xHH; returns length. */
static size_t
make_visible(char *out, size_t cap, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *text != '\0' && n + 5 < cap; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c != 0x7f) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	return n;
}

static void put_line(const char *level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
put_line(const char *level, const char *fmt, va_list ap)
{
	char raw[LINE_MAX_BYTES];
	char line[LINE_MAX_BYTES * 2];
	size_t n = strlen(level);
	ssize_t ignored;

	vsnprintf(raw, sizeof raw, fmt, ap);
	memcpy(line, level, n);
	n += make_visible(line + n, sizeof line - n - 1, raw);
	line[n++] = '\n';
	ignored = write(STDERR_FILENO, line, n);
	(void)ignored; /* nobody is left to tell */
}

#define PUT(level)                     \
	do {                           \
		va_list ap;            \
		va_start(ap, fmt);     \
		put_line(level, fmt, ap); \
		va_end(ap);            \
	} while (0)

void
log_info(const char *fmt, ...)
{
	PUT("");
}

void
log_warn(const char *fmt, ...)
{
	PUT("warning: ");
}

void
log_debug(const char *fmt, ...)
{
	if (verbose)
		PUT("debug: ");
}

void
fatal(const char *fmt, ...)
{
	PUT("fatal: ");
	_exit(70); /* EX_SOFTWARE */
}

static void *
or_die(void *p)
{
	if (p == NULL)
		fatal("out of memory");
	return p;
}

void *
xmalloc(unsigned long size)
{
	return or_die(malloc(size == 0 ? 1 : size));
}

void *
xcalloc(unsigned long count, unsigned long size)
{
	return or_die(calloc(count == 0 ? 1 : count, size == 0 ? 1 : size));
}

void *
xreallocarray(void *old, unsigned long count, unsigned long size)
{
	return or_die(reallocarray(old, count == 0 ? 1 : count, size));
}

char *
xstrdup(const char *text)
{
	return or_die(strdup(text));
}

char *
xstrndup(const char *text, unsigned long len)
{
	return or_die(strndup(text, len));
}
