/* Every member has the schema before it, so a comma always comes first. */
#include "json.h"

#include <string.h>

#include "share/buf.h"
#include "text.h"

void
json_begin(struct buf *out)
{
	buf_printf(out, "{\"schema\":%d", JSON_SCHEMA);
}

void
json_end(struct buf *out)
{
	buf_puts(out, "}\n");
}

static void
put_point(struct buf *out, uint32_t point, const char *bytes, size_t len)
{
	if (point == '"' || point == '\\')
		buf_printf(out, "\\%c", (char)point);
	else if (point == '\n')
		buf_puts(out, "\\n");
	else if (point == '\t')
		buf_puts(out, "\\t");
	else if (point < 0x20 || (point >= 0x7f && point <= 0x9f))
		buf_printf(out, "\\u%04x", point);
	else
		buf_put(out, bytes, len);
}

void
json_quote(struct buf *out, const char *bytes, size_t len)
{
	size_t at = 0;

	buf_putc(out, '"');
	while (at < len) {
		uint32_t point;
		int n = text_utf8(bytes + at, len - at, &point);

		if (n > 0)
			put_point(out, point, bytes + at, (size_t)n);
		else
			buf_printf(out, "\\udc%02x", (unsigned char)bytes[at]);
		at += n > 0 ? (size_t)n : 1;
	}
	buf_putc(out, '"');
}

static void
put_key(struct buf *out, const char *key)
{
	buf_putc(out, ',');
	json_quote(out, key, strlen(key));
	buf_putc(out, ':');
}

void
json_put_bytes(
    struct buf *out, const char *key, const char *bytes, size_t len)
{
	put_key(out, key);
	json_quote(out, bytes, len);
}

void
json_put_text(struct buf *out, const char *key, const char *text)
{
	json_put_bytes(out, key, text, strlen(text));
}

void
json_put_number(struct buf *out, const char *key, int64_t number)
{
	put_key(out, key);
	buf_printf(out, "%lld", (long long)number);
}

void
json_put_bool(struct buf *out, const char *key, bool value)
{
	put_key(out, key);
	buf_puts(out, value ? "true" : "false");
}

void
json_put_null(struct buf *out, const char *key)
{
	put_key(out, key);
	buf_puts(out, "null");
}
