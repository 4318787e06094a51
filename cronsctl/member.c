/*
 * Kinds are by name, never by the look of a value: a job may be called "12"
 * or "yes". AUTO is a column that is a count in one table and yes or no in
 * another, which the daemon writes, not a user.
 */
#include "member.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "json.h"
#include "row.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/job.h"
#include "view.h"

/* clang-format off */
#define MEMBERS(X) \
	X("id", NUMBER) X("rev", NUMBER) X("uid", NUMBER) X("run", NUMBER) \
	X("pid", NUMBER) X("exit", NUMBER) X("signal", NUMBER) \
	X("try", NUMBER) X("last_run", NUMBER) X("last_exit", NUMBER) \
	X("out_bytes", NUMBER) X("err_bytes", NUMBER) \
	X("dropped_bytes", NUMBER) X("line", NUMBER) X("jobs", NUMBER) \
	X("failed_24h", NUMBER) X("uptime_s", NUMBER) X("added", NUMBER) \
	X("updated", NUMBER) X("kept", NUMBER) X("removed", NUMBER) \
	X("errors", NUMBER) X("column", NUMBER) \
	X("runs", AUTO) X("ok", NUMBER) X("bad", NUMBER) \
	X("skipped", NUMBER) X("missed", NUMBER) \
	X("stored_bytes", NUMBER) X("pinned_bytes", NUMBER) \
	X("quota_bytes", NUMBER) \
	X("p50_us", NUMBER) X("p95_us", NUMBER) X("late_p50_us", NUMBER) \
	X("late_p95_us", NUMBER) X("bytes", NUMBER) X("seq", NUMBER) \
	X("done", NUMBER) X("failed", NUMBER) \
	X("slots", NUMBER) X("ran", NUMBER) X("starts", NUMBER) \
	X("per_uid", NUMBER) X("waiting", NUMBER) X("pause", AUTO) \
	X("enabled", AUTO) X("running", AUTO) X("live", AUTO) \
	X("pinned", AUTO) \
	X("result", WORD) X("last_result", WORD) X("why", WORD) \
	X("moved", WORD) X("paused", WORD) X("warning", WORD) \
	X("next", TIME) X("source", NUMBER) X("timeout_us", NUMBER)
/* clang-format on */

enum kind { KIND_NUMBER_, KIND_AUTO_, KIND_WORD_, KIND_TIME_, KIND_STRING_ };

static const struct member {
	const char *name;
	enum kind kind;
} members[] = {
#define X(name, kind) { name, KIND_##kind##_ },
	MEMBERS(X)
#undef X
};

static enum kind
kind_of_field(const char *name)
{
	int field = job_field_find(name);

	if (field < 0)
		return KIND_STRING_;
	switch (job_row((enum job_field)field)->kind) {
	case KIND_NUMBER:
		return KIND_NUMBER_;
	case KIND_BOOL:
		return KIND_AUTO_;
	case KIND_TEXT:
	case KIND_SIZE:
	case KIND_DURATION:
	case KIND_WORD:
	case KIND_OCTAL:
	case KIND_ENV:
		break;
	}
	return KIND_STRING_;
}

static enum kind
kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (strcmp(members[i].name, name) == 0)
			return members[i].kind;
	return kind_of_field(name);
}

/* Is it epoch microseconds? So is every "x_us" that is not said to be else. */
static bool
is_instant(const char *name)
{
	size_t len = strlen(name);

	return len > 3 && strcmp(name + len - 3, "_us") == 0
	    && kind_of(name) == KIND_STRING_;
}

/* "x_us" and "x" of an instant; value is microseconds or "". */
static void
put_instant(const struct view *view, struct buf *out, const char *name,
    const char *value)
{
	struct buf stamp = BUF_EMPTY, key = BUF_EMPTY;
	long long us = strtoll(value, NULL, 10);

	buf_put(&key, name, strlen(name) - strlen("_us"));
	if (value[0] == '\0') {
		json_put_null(out, buf_text(&key));
		json_put_null(out, name);
	} else {
		view_stamp(view, &stamp, us);
		json_put_text(out, buf_text(&key), buf_text(&stamp));
		json_put_number(out, name, us);
	}
	buf_fini(&key);
	buf_fini(&stamp);
}

/* An instant that came as RFC 3339: microseconds beside it, as in rows. */
static void
put_stamp(const struct view *view, struct buf *out, const char *name,
    const char *value)
{
	struct buf key = BUF_EMPTY, us = BUF_EMPTY;
	wall_t at;

	buf_printf(&key, "%s_us", name);
	if (rfc3339_parse(value, &at) == 0)
		buf_printf(&us, "%lld", (long long)at.us);
	put_instant(view, out, buf_text(&key), buf_text(&us));
	buf_fini(&us);
	buf_fini(&key);
}

/* Several instants, microseconds with blanks between: "upcoming":[...]. */
static void
put_upcoming(const struct view *view, struct buf *out, const char *value)
{
	struct buf list = BUF_EMPTY, stamp = BUF_EMPTY;
	char *end;

	for (;; value = end) {
		long long us = strtoll(value, &end, 10);

		if (end == value)
			break;
		buf_clear(&stamp);
		view_stamp(view, &stamp, us);
		buf_printf(&list, "%s\"%s\"", list.len > 0 ? "," : "",
		    buf_text(&stamp));
	}
	buf_printf(out, ",\"upcoming\":[%s]", buf_text(&list));
	buf_fini(&stamp);
	buf_fini(&list);
}

static void
put_number(struct buf *out, const char *name, const char *value)
{
	char *end;
	long long number = strtoll(value, &end, 10);

	if (value[0] == '\0')
		json_put_null(out, name);
	else if (*end == '\0')
		json_put_number(out, name, number);
	else
		json_put_text(out, name, value);
}

/* A value, len bytes and a NUL. */
static void
put_member(const struct view *view, struct buf *out, const char *name,
    const char *value)
{
	if (is_instant(name)) {
		put_instant(view, out, name, value);
		return;
	}
	switch (kind_of(name)) {
	case KIND_NUMBER_:
		put_number(out, name, value);
		return;
	case KIND_AUTO_:
		if (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)
			json_put_bool(out, name, value[0] == 'y');
		else
			put_number(out, name, value);
		return;
	case KIND_TIME_:
		put_stamp(view, out, name, value);
		return;
	case KIND_WORD_:
		if (value[0] == '\0') {
			json_put_null(out, name);
			return;
		}
		break;
	case KIND_STRING_:
		break;
	}
	json_put_text(out, name, value);
}

static bool
is_string(const char *name)
{
	return kind_of(name) == KIND_STRING_ && !is_instant(name);
}

/* Has the row a column of that name? */
static bool
has_column(const struct row *row, const char *name)
{
	for (size_t i = 0; i < row->count; i++)
		if (strcmp(row->header->name[i], name) == 0)
			return true;
	return false;
}

void
member_print_row(const struct view *view, const struct row *row)
{
	struct buf out = BUF_EMPTY;

	json_begin(&out);
	for (size_t i = 0; i < row->count; i++) {
		const char *name = row->header->name[i];
		size_t len;
		const char *value = row_value(row, i, &len);

		if (strcmp(name, "next") == 0)
			put_upcoming(view, &out, value);
		else if (is_string(name))
			json_put_bytes(&out, name, value, len);
		else
			put_member(view, &out, name, value);
		if (strcmp(name, "job") == 0 && !has_column(row, "name"))
			json_put_bytes(&out, "name", value, len);
		if (strcmp(name, "name") == 0 && !has_column(row, "job"))
			json_put_bytes(&out, "job", value, len);
	}
	json_end(&out);
	fwrite(out.data, 1, out.len, stdout);
	buf_fini(&out);
}

void
member_print_answer(const struct view *view, const char *verb,
    const struct call_answer *answer)
{
	struct buf out = BUF_EMPTY;

	json_begin(&out);
	json_put_text(&out, "verb", verb);
	for (size_t i = 0; i < answer->words.pair_count; i++)
		put_member(view, &out, answer->words.pair[i].key,
		    answer->words.pair[i].value);
	json_end(&out);
	fwrite(out.data, 1, out.len, stdout);
	buf_fini(&out);
}
