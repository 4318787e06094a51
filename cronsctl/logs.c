/*
 * On a terminal a job's output must not act on it: control bytes are made
 * visible, and a character may be cut in two by frames, so what is left of one
 * is kept per stream. Anywhere else the bytes are the job's own, untouched.
 *
 * stdout is flushed after each frame: whoever follows sees it at once, and the
 * two streams keep their order where both go to one place.
 */
#include "logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "json.h"
#include "share/buf.h"
#include "share/clock.h"
#include "view.h"

void
logs_init(struct logs *logs, const struct view *view)
{
	memset(logs, 0, sizeof *logs);
	logs->view = view;
	logs->out = logs->err = true;
	logs->is_terminal[0] = isatty(STDOUT_FILENO) != 0;
	logs->is_terminal[1] = isatty(STDERR_FILENO) != 0;
}

/* Appends bytes with the time in front of each line that begins in them. */
static void
put_stamped(struct logs *logs, struct buf *out, int stream,
    const struct frame *frame)
{
	const char *p = frame->bytes, *end = p + frame->len;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf != NULL ? lf + 1 : end;

		if (!logs->inside_line[stream]) {
			view_stamp(logs->view, out,
			    frame->us - frame->us % 1000);
			buf_putc(out, ' ');
		}
		logs->inside_line[stream] = lf == NULL;
		buf_put(out, p, (size_t)(stop - p));
		p = stop;
	}
}

static void
write_output(struct logs *logs, int stream, const struct frame *frame)
{
	struct buf stamped = BUF_EMPTY, visible = BUF_EMPTY;
	const char *bytes = frame->bytes;
	size_t len = frame->len;
	FILE *to = stream == 0 ? stdout : stderr;

	if (logs->timestamps) {
		put_stamped(logs, &stamped, stream, frame);
		bytes = buf_text(&stamped);
		len = stamped.len;
	}
	if (logs->is_terminal[stream]) {
		text_stream_put(&logs->stream[stream], &visible, bytes, len);
		bytes = buf_text(&visible);
		len = visible.len;
	}
	fwrite(bytes, 1, len, to);
	fflush(to);
	buf_fini(&visible);
	buf_fini(&stamped);
}

/* The number behind key in a note of the shim; 0 if there is none. */
static long long
note_number(const char *note, const char *key)
{
	const char *at = strstr(note, key);

	return at != NULL ? strtoll(at + strlen(key), NULL, 10) : 0;
}

/* "next=... o=BYTES e=BYTES frames=N": what was not kept of what is shown. */
static long long
gap_bytes(const struct logs *logs, const struct frame *frame)
{
	char note[160];

	snprintf(note, sizeof note, " %.*s",
	    (int)(frame->len < 150 ? frame->len : 150), frame->bytes);
	return (logs->out ? note_number(note, " o=") : 0)
	    + (logs->err ? note_number(note, " e=") : 0);
}

static void
print_note(const struct logs *logs, const struct frame *frame)
{
	struct buf note = BUF_EMPTY;
	size_t len = frame->len;

	while (len > 0 && strchr("\n ", frame->bytes[len - 1]) != NULL)
		len--;
	if (frame->kind == 'g')
		buf_printf(&note, "gap: %lld bytes not kept",
		    gap_bytes(logs, frame));
	else
		text_visible(&note, frame->bytes, len, "");
	/* Notes of the shim are for people; a gap concerns everybody. */
	if (frame->kind == 'g' || logs->is_terminal[1])
		fprintf(stderr, "[%s]\n", buf_text(&note));
	buf_fini(&note);
}

static const char *
stream_name(char kind)
{
	switch (kind) {
	case 'o':
		return "out";
	case 'e':
		return "err";
	case 'g':
		return "gap";
	default:
		return "note";
	}
}

static void
print_json(const struct logs *logs, const struct frame *frame)
{
	struct buf out = BUF_EMPTY, stamp = BUF_EMPTY;

	view_stamp(logs->view, &stamp, frame->us);
	json_begin(&out);
	json_put_text(&out, "stream", stream_name(frame->kind));
	json_put_text(&out, "time", buf_text(&stamp));
	json_put_number(&out, "time_us", frame->us);
	if (frame->kind == 'g')
		json_put_number(&out, "bytes", gap_bytes(logs, frame));
	else
		json_put_bytes(&out, "text", frame->bytes, frame->len);
	json_end(&out);
	fwrite(out.data, 1, out.len, stdout);
	fflush(stdout);
	buf_fini(&stamp);
	buf_fini(&out);
}

bool
logs_wants(const struct logs *logs, const struct frame *frame)
{
	return (frame->kind != 'o' || logs->out)
	    && (frame->kind != 'e' || logs->err);
}

void
logs_frame(void *arg, const struct frame *frame)
{
	struct logs *logs = arg;

	if (!logs_wants(logs, frame)
	    || (frame->kind == 'g' && gap_bytes(logs, frame) == 0))
		return;
	if (logs->view->json)
		print_json(logs, frame);
	else if (frame->kind == 'o')
		write_output(logs, 0, frame);
	else if (frame->kind == 'e')
		write_output(logs, 1, frame);
	else
		print_note(logs, frame);
}
