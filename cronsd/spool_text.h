/*
 * spool_text: words into memory of a fixed size, for those who do without
 * stdio. It does not know what they say. Text that does not fit is cut; it is
 * always followed by a NUL.
 */
#ifndef CRONSD_SPOOL_TEXT_H
#define CRONSD_SPOOL_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct spool_text {
	char *data; /* borrowed */
	size_t len;
	size_t cap; /* the NUL included */
};

/* Empty text in cap (at least 1) bytes of data. */
struct spool_text spool_text(char *data, size_t cap);

void spool_put(struct spool_text *text, const char *words);
void spool_put_number(struct spool_text *text, int64_t number);

/* "key=number" and one more character. */
void spool_put_key(
    struct spool_text *text, const char *key, int64_t number, char after);

/* " crc=XXXXXXXX" of all before, and LF: the end of a record. */
void spool_put_crc(struct spool_text *text);

#endif
