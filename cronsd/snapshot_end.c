/*
 * The end of a file of changes is looked for from behind, a piece at a time:
 * it may be as long as the snapshot, and a start must not read all of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "share/buf.h"
#include "share/line.h"
#include "share/log.h"
#include "snapshot_parts.h"

#define PIECE 8192

char *
snapshot_changes_path(const char *path)
{
	struct buf text = BUF_EMPTY;

	buf_printf(&text, "%s.changes", path);
	return buf_take(&text);
}

static int64_t
number_of(const struct line *line, const char *key, int64_t none)
{
	const char *text = line_find(line, key);

	return text == NULL ? none : atoll(text);
}

static void
read_numbers(const struct line *line, struct snapshot_end *says)
{
	says->rev = number_of(line, "rev", -1);
	says->highest_run = number_of(line, "highest", 0);
	says->events = number_of(line, "events", 0);
}

bool
snapshot_read_head(const char *path, char *instance, struct snapshot_end *says)
{
	FILE *file = fopen(path, "re");
	char text[256];
	struct line line;
	struct fault f;
	const char *of;
	bool good = false;

	*says = (struct snapshot_end) { 0 };
	if (file == NULL)
		return false;
	if (fgets(text, sizeof text, file) != NULL
	    && line_parse_any(&line, text, strcspn(text, "\n"), &f)
		== ERR_NONE) {
		of = line_find(&line, "instance");
		good = strcmp(line.verb, "runs") == 0 && of != NULL
		    && strlcpy(instance, of, SNAPSHOT_LIFE) < SNAPSHOT_LIFE;
		read_numbers(&line, says);
		line_fini(&line);
	}
	fclose(file);
	return good;
}

/* The last line of the text that begins with "end" and has its line feed: where
 * it begins; -1: there is none. The first line may be cut in front. */
static ssize_t
last_end(const char *text, size_t len)
{
	const char *feed = memrchr(text, '\n', len);

	while (feed != NULL) {
		const char *before
		    = memrchr(text, '\n', (size_t)(feed - text));

		if (before != NULL && feed - before > 5
		    && memcmp(before, "\nend ", 5) == 0)
			return before + 1 - text;
		feed = before;
	}
	return -1;
}

/* Looks at the last `room` bytes; true: there is no need to look at more. */
static bool
look_at(FILE *file, long size, size_t room, struct snapshot_end *end)
{
	long from = size > (long)room ? size - (long)room : 0;
	char *text = xmalloc(room);
	struct line line;
	struct fault f;
	size_t len = 0, line_len;
	ssize_t at = -1;

	if (fseek(file, from, SEEK_SET) == 0)
		len = fread(text, 1, room, file);
	at = last_end(text, len);
	if (at >= 0) {
		line_len = strcspn(text + at, "\n");
		if (line_parse_any(&line, text + at, line_len, &f)
		    == ERR_NONE) {
			read_numbers(&line, end);
			end->bytes = from + at + (long)line_len + 1;
			line_fini(&line);
		}
	}
	free(text);
	return at >= 0 || from == 0;
}

void
snapshot_find_end(
    const char *changes, const char *instance, struct snapshot_end *end)
{
	char life[SNAPSHOT_LIFE];
	struct snapshot_end head;
	FILE *file;
	long size = 0;

	*end = (struct snapshot_end) { 0 };
	if (!snapshot_read_head(changes, life, &head)
	    || strcmp(life, instance) != 0)
		return;
	file = fopen(changes, "re");
	if (file == NULL)
		return;
	if (fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	for (size_t room = PIECE; !look_at(file, size, room, end); room *= 4)
		;
	fclose(file);
}
