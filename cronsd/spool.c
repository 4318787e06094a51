/*
 * The parts of the run file that daemon and shim must read alike: names,
 * words, checksums, heads of frames. Pure functions over memory; spool_read.c
 * has those that touch files. No stdio, no malloc: the shim links this.
 */
#include "spool.h"

#include <string.h>

#include "spool_text.h"

static const char *const stages[] = {
#define X(name, words) words,
	STAGES(X)
#undef X
};

const char *
stage_words(int stage)
{
	if (stage < 0 || stage >= STAGE_COUNT)
		return "";
	return stages[stage];
}

/* ---- names ---- */

void
spool_name(char *out, const char *instance, int64_t run, uint32_t fence)
{
	struct spool_text text = spool_text(out, SPOOL_NAME_MAX);

	spool_put(&text, instance);
	spool_put(&text, "-");
	spool_put_number(&text, run);
	spool_put(&text, ".");
	spool_put_number(&text, fence);
}

/* A number in its only form: digits, no sign, no leading zero, at most max. */
static const char *
parse_number(const char *at, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;

	if (*at < '0' || *at > '9' || (*at == '0' && at[1] >= '0'
	    && at[1] <= '9'))
		return NULL;
	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (n > (max - digit) / 10)
			return NULL;
		n = n * 10 + digit;
	}
	*number = n;
	return at;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
	    || (c >= '0' && c <= '9');
}

bool
spool_parse_name(
    const char *name, char instance[17], int64_t *run, uint32_t *fence)
{
	uint64_t r = 0, f = 0;
	size_t n = 0;

	while (n < 17 && is_letter(name[n]))
		n++;
	if (n == 0 || n == 17 || name[n] != '-')
		return false;
	memcpy(instance, name, n);
	instance[n] = '\0';
	name = parse_number(name + n + 1, INT64_MAX, &r);
	if (name == NULL || *name != '.')
		return false;
	name = parse_number(name + 1, UINT32_MAX, &f);
	if (name == NULL || *name != '\0')
		return false;
	*run = (int64_t)r;
	*fence = (uint32_t)f;
	return true;
}

/* ---- words of headers and records ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n';
}

static const char *
find_value(const char *at, const char *key)
{
	size_t len = strlen(key);

	while (*at != '\0') {
		while (is_blank(*at))
			at++;
		if (strncmp(at, key, len) == 0 && at[len] == '=')
			return at + len + 1;
		while (*at != '\0' && !is_blank(*at))
			at++;
	}
	return NULL;
}

int
spool_value(const char *block, const char *key, char *out, size_t cap)
{
	const char *value = find_value(block, key);
	size_t n = 0;

	if (value == NULL)
		return -1;
	for (; *value != '\0' && !is_blank(*value) && n + 1 < cap; value++)
		out[n++] = *value;
	out[n] = '\0';
	return (int)n;
}

int64_t
spool_number(const char *block, const char *key, int64_t absent)
{
	char word[24];
	const char *digits = word, *end;
	uint64_t n = 0;

	if (spool_value(block, key, word, sizeof word) < 1)
		return absent;
	if (*digits == '-')
		digits++;
	end = parse_number(digits, INT64_MAX, &n);
	if (end == NULL || *end != '\0')
		return absent;
	return digits == word ? (int64_t)n : -(int64_t)n;
}

/* Four bits at a time: 64 bytes of table instead of a kilobyte. */
uint32_t
spool_crc(const void *bytes, size_t len)
{
	static const uint32_t table[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8,
		0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0,
		0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	const unsigned char *at = bytes;
	uint32_t crc = 0xffffffff;

	while (len-- > 0) {
		crc ^= *at++;
		crc = table[crc & 15] ^ (crc >> 4);
		crc = table[crc & 15] ^ (crc >> 4);
	}
	return ~crc;
}

/* ---- frames ---- */

int
spool_parse_frame(const char *bytes, size_t len, struct spool_frame *frame)
{
	char head[SPOOL_FRAME_HEAD_MAX + 1];
	const char *at;
	uint64_t us, count;

	if (len > SPOOL_FRAME_HEAD_MAX)
		len = SPOOL_FRAME_HEAD_MAX;
	memcpy(head, bytes, len);
	head[len] = '\0';
	if (memchr(head, '\n', len) == NULL)
		return len < SPOOL_FRAME_HEAD_MAX ? 0 : -1;
	if (head[0] == '\0' || strchr("oecg", head[0]) == NULL
	    || head[1] != ' ')
		return -1;
	at = parse_number(head + 2, INT64_MAX, &us);
	if (at == NULL || *at != ' ')
		return -1;
	at = parse_number(at + 1, SPOOL_FRAME_MAX, &count);
	if (at == NULL || *at != '\n')
		return -1;
	frame->kind = head[0];
	frame->at_us = (int64_t)us;
	frame->len = (uint32_t)count;
	return (int)(at + 1 - head);
}
