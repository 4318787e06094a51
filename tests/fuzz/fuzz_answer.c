/*
 * What a daemon may send to cronsctl: final lines, headers and rows, bytes to
 * be shown. Nothing of it may crash the client, and what it makes visible has
 * no control byte left.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cronsctl/call.h"
#include "cronsctl/json.h"
#include "cronsctl/row.h"
#include "cronsctl/text.h"
#include "share/buf.h"

int fuzz_answer(const uint8_t *data, size_t size);

static void
check_row(const char *bytes, size_t len)
{
	struct row_header header = { 0 };
	struct row row = { 0 };
	const char *lf = memchr(bytes, '\n', len);
	size_t names = lf != NULL ? (size_t)(lf - bytes) : len;

	row_header_parse(&header, bytes, names);
	if (lf != NULL
	    && row_parse(&row, &header, lf + 1, len - names - 1) == 0) {
		assert(row.count == header.count);
		for (size_t i = 0; i < row.count; i++)
			row_text(&row, header.name[i], NULL);
	}
	row_fini(&row);
	row_header_fini(&header);
}

static void
check_visible(const char *bytes, size_t len)
{
	struct buf out = BUF_EMPTY, pieces = BUF_EMPTY, cut = BUF_EMPTY;
	struct text_stream stream = { 0 };

	text_visible(&out, bytes, len, "\n\t");
	for (size_t i = 0; i < out.len; i++)
		assert((unsigned char)out.data[i] >= 0x20
		    || out.data[i] == '\n' || out.data[i] == '\t');
	/* In pieces it is the same, but for a character that never ends. */
	for (size_t i = 0; i < len; i++)
		text_stream_put(&stream, &pieces, bytes + i, 1);
	assert(stream.len > 0 || pieces.len == out.len);
	assert(strncmp(buf_text(&pieces), buf_text(&out), pieces.len) == 0);
	text_cut(&cut, buf_text(&out), 20);
	json_quote(&cut, bytes, len);
	buf_fini(&cut);
	buf_fini(&pieces);
	buf_fini(&out);
}

int
fuzz_answer(const uint8_t *data, size_t size)
{
	struct call_answer answer = { 0 };
	char *bytes = malloc(size + 1);

	if (bytes == NULL)
		return 0;
	if (size > 0)
		memcpy(bytes, data, size);
	/* As in the buffer of a reply, an LF stands behind the line. */
	bytes[size] = '\n';
	call_answer_parse(&answer, bytes, size);
	call_answer_fini(&answer);
	check_row(bytes, size);
	check_visible(bytes, size);
	free(bytes);
	return 0;
}
