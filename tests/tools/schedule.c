/*
 * Says what schedules mean, for tests/golden: lines DIALECT SCHEDULE on
 * stdin; each is printed again with, indented below it, the normal form, the
 * words, a warning, or the error. What we print must parse again, to the same
 * normal form and the same instants.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../share/buf.h"
#include "../../share/log.h"
#include "../../share/tz.h"
#include "../../share/when.h"

#define SEED 812
#define INSTANTS 20
#define START ((wall_t) { INT64_C(1772323200) * SECOND_US }) /* 2026-03-01 */

static struct tz *zone;

static bool
is_same(const struct when *a, const struct when *b)
{
	wall_t at = START;

	if (when_kind(a) != when_kind(b)
	    || when_is_wildcard(a) != when_is_wildcard(b)
	    || when_delay_us(a) != when_delay_us(b))
		return false;
	for (int i = 0; i < INSTANTS && !wall_is_never(at); i++) {
		wall_t next = when_next(a, zone, at);

		if (next.us != when_next(b, zone, at).us)
			return false;
		at = next;
	}
	return true;
}

static void
print_again(const struct when *w, enum dialect dialect)
{
	struct buf text = BUF_EMPTY, again_text = BUF_EMPTY;
	struct when *again;

	when_print(w, &text);
	printf("    = %s\n", buf_text(&text));
	again = when_parse(buf_text(&text), dialect, SEED, START);
	when_print(again, &again_text);
	if (when_fault(again) != NULL)
		printf("    NOT PARSED AGAIN: %s\n", when_fault(again)->text);
	else if (!is_same(w, again))
		printf("    NOT THE SAME INSTANTS\n");
	else if (strcmp(buf_text(&text), buf_text(&again_text)) != 0)
		printf("    NOT THE SAME TEXT: %s\n", buf_text(&again_text));
	buf_fini(&text);
	buf_fini(&again_text);
	when_free(again);
}

static void
say(enum dialect dialect, const char *text)
{
	struct when *w = when_parse(text, dialect, SEED, START);
	const struct fault *f = when_fault(w);
	struct buf words = BUF_EMPTY;

	printf("%s %s\n", dialect_name(dialect), text);
	if (f != NULL) {
		printf("    error in %s, column %d: %s\n", f->field, f->column,
		    f->text);
		if (f->hint[0] != '\0')
			printf("    hint: %s\n", f->hint);
	} else {
		print_again(w, dialect);
		when_describe(w, &words);
		printf("    %s\n", buf_text(&words));
		if (when_warning(w) != NULL)
			printf("    warning: %s\n", when_warning(w));
	}
	buf_fini(&words);
	when_free(w);
}

int
main(void)
{
	char *line = NULL, *text;
	size_t size = 0;
	struct fault f;
	enum dialect dialect;

	zone = tz_open("Europe/Berlin", &f);
	if (zone == NULL)
		fatal("%s", f.text);
	while (getline(&line, &size, stdin) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		text = strchr(line, ' ');
		if (text == NULL)
			continue;
		*text++ = '\0';
		if (!dialect_find(line, &dialect))
			fatal("no dialect %s", line);
		say(dialect, text);
	}
	free(line);
	tz_free(zone);
	return 0;
}
