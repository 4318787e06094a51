/* Values are quoted as on the wire, so that a line stays one. */
#include "job_diff.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "job.h"
#include "line.h"

#define MOST 400 /* bytes of a value */

static void
put_word(struct buf *out, const char *text, size_t len)
{
	struct buf word = BUF_EMPTY;

	buf_put(&word, text, len > MOST ? MOST : len);
	line_put_word(out, buf_text(&word));
	if (len > MOST)
		buf_puts(out, "...");
	buf_fini(&word);
}

/* Is the line of that length one of the lines? */
static bool
has_line(const char *lines, const char *line, size_t len)
{
	while (*lines != '\0') {
		size_t here = strcspn(lines, "\n");

		if (here == len && memcmp(lines, line, len) == 0)
			return true;
		lines += here + (lines[here] == '\n');
	}
	return false;
}

/* The lines that the others lack, each with a sign. */
static void
put_lacking(
    struct buf *out, char sign, const char *lines, const char *others)
{
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		if (len > 0 && !has_line(others, lines, len)) {
			buf_putc(out, ' ');
			buf_putc(out, sign);
			put_word(out, lines, len);
		}
		lines += len + (lines[len] == '\n');
	}
}

static void
put_field(struct buf *out, enum job_field field, const char *old,
    const char *now)
{
	buf_printf(out, "%s%s:", out->len > 0 ? "\n" : "",
	    job_row(field)->key);
	if (job_row(field)->kind == KIND_ENV) {
		put_lacking(out, '-', old, now);
		put_lacking(out, '+', now, old);
		return;
	}
	buf_putc(out, ' ');
	put_word(out, old, strlen(old));
	buf_puts(out, " -> ");
	put_word(out, now, strlen(now));
}

void
job_diff_print(
    const struct job *old, const struct job *now, struct buf *out)
{
	struct buf one = BUF_EMPTY, two = BUF_EMPTY;

	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		enum job_field field = (enum job_field)i;

		buf_clear(&one);
		buf_clear(&two);
		job_print(old, field, &one);
		job_print(now, field, &two);
		if (strcmp(buf_text(&one), buf_text(&two)) != 0)
			put_field(out, field, buf_text(&one), buf_text(&two));
	}
	buf_fini(&one);
	buf_fini(&two);
}
