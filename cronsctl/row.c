/*
 * A value may hold any byte, a NUL too (a command in a foreign crontab), so
 * its length is kept beside it; the NUL behind each makes it a C string for
 * everybody who does not care. Tables have at most some forty columns: names
 * are compared one by one.
 */
#include "row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "share/line.h"
#include "share/log.h"

void
row_header_fini(struct row_header *header)
{
	buf_fini(&header->text);
	free(header->name);
	memset(header, 0, sizeof *header);
}

void
row_header_parse(struct row_header *header, const char *bytes, size_t len)
{
	size_t count = 1, at = 0;
	char *text;

	row_header_fini(header);
	buf_put(&header->text, bytes, len);
	text = header->text.data;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\t') {
			text[i] = '\0';
			count++;
		}
	header->name = xcalloc(count, sizeof *header->name);
	header->count = count;
	for (size_t i = 0; i < count; i++) {
		header->name[i] = text + at;
		at += strlen(text + at) + 1;
	}
}

void
row_fini(struct row *row)
{
	buf_fini(&row->text);
	free(row->at);
	memset(row, 0, sizeof *row);
}

void
row_begin(struct row *row, const struct row_header *header)
{
	row->header = header;
	row->count = 0;
	buf_clear(&row->text);
	if (header->count >= row->room) {
		row->room = header->count + 1;
		row->at = xreallocarray(row->at, row->room, sizeof *row->at);
	}
	row->at[0] = 0;
}

/* Ends the value whose bytes were just appended to text. */
static void
end_value(struct row *row)
{
	buf_putc(&row->text, '\0');
	row->at[++row->count] = row->text.len;
}

void
row_put(struct row *row, const char *text)
{
	if (row->count == row->header->count)
		fatal("a row has more values than names");
	buf_puts(&row->text, text);
	end_value(row);
}

int
row_parse(struct row *row, const struct row_header *header, const char *bytes,
    size_t len)
{
	const char *end = bytes + len;

	row_begin(row, header);
	while (bytes <= end) {
		const char *tab = memchr(bytes, '\t', (size_t)(end - bytes));
		const char *stop = tab != NULL ? tab : end;

		if (row->count == header->count
		    || line_read_cell(
			   &row->text, bytes, (size_t)(stop - bytes))
			!= 0)
			return -1;
		end_value(row);
		bytes = stop + 1;
	}
	while (row->count < header->count)
		end_value(row);
	return 0;
}

const char *
row_value(const struct row *row, size_t index, size_t *len)
{
	if (len != NULL)
		*len = row->at[index + 1] - row->at[index] - 1;
	return row->text.data + row->at[index];
}

const char *
row_text(const struct row *row, const char *name, size_t *len)
{
	for (size_t i = 0; i < row->count; i++)
		if (strcmp(row->header->name[i], name) == 0)
			return row_value(row, i, len);
	if (len != NULL)
		*len = 0;
	return "";
}

bool
row_has(const struct row *row, const char *name)
{
	return row_text(row, name, NULL)[0] != '\0';
}

int64_t
row_number(const struct row *row, const char *name, int64_t absent)
{
	const char *text = row_text(row, name, NULL);
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0)
		return absent;
	return value;
}
