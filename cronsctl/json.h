/*
 * json: one JSON object on one line. It does not know what it says, except
 * that each begins with the number of the schema that its names follow.
 */
#ifndef CRONSCTL_JSON_H
#define CRONSCTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_SCHEMA 1 /* raised when a name goes or changes its meaning */

struct buf;

/* {"schema":1 ... } and LF; between them any number of json_put_*. */
void json_begin(struct buf *out);
void json_end(struct buf *out);

/*
 * Strings may hold any bytes: those that are not UTF-8 become \udcXX, as
 * Python's surrogateescape reads and writes them.
 */
void json_put_bytes(
    struct buf *out, const char *key, const char *bytes, size_t len);
void json_put_text(struct buf *out, const char *key, const char *text);
void json_put_number(struct buf *out, const char *key, int64_t number);
void json_put_bool(struct buf *out, const char *key, bool value);
void json_put_null(struct buf *out, const char *key);

/* A string with its quotes, without a key. */
void json_quote(struct buf *out, const char *bytes, size_t len);

#endif
