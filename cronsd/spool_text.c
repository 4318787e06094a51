/*
 * Numbers are made from their last digit backwards in a small array; nothing
 * here allocates, locks or depends on a locale.
 */
#include "spool_text.h"

#include <string.h>

#include "spool.h"

struct spool_text
spool_text(char *data, size_t cap)
{
	data[0] = '\0';
	return (struct spool_text) { data, 0, cap };
}

static void
put_bytes(struct spool_text *text, const char *bytes, size_t len)
{
	size_t room = text->cap - 1 - text->len;

	if (len > room)
		len = room;
	memcpy(text->data + text->len, bytes, len);
	text->len += len;
	text->data[text->len] = '\0';
}

void
spool_put(struct spool_text *text, const char *words)
{
	put_bytes(text, words, strlen(words));
}

void
spool_put_number(struct spool_text *text, int64_t number)
{
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[21];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) != 0);
	if (number < 0)
		digits[--at] = '-';
	put_bytes(text, digits + at, sizeof digits - at);
}

void
spool_put_key(
    struct spool_text *text, const char *key, int64_t number, char after)
{
	spool_put(text, key);
	put_bytes(text, "=", 1);
	spool_put_number(text, number);
	put_bytes(text, &after, 1);
}

void
spool_put_crc(struct spool_text *text)
{
	static const char hex[] = "0123456789abcdef";
	uint32_t crc = spool_crc(text->data, text->len);
	char word[] = " crc=00000000\n";

	for (int i = 0; i < 8; i++)
		word[5 + i] = hex[(crc >> (28 - 4 * i)) & 15];
	put_bytes(text, word, sizeof word - 1);
}
