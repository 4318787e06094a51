/*
 * The same facts twice: in CRONS_EVENT_* for a shell, as JSON for others. They
 * are made of what users wrote, so nothing is left as it is: a control byte
 * is a blank in the environment, and escaped in JSON, where bytes that are no
 * UTF-8 become U+FFFD.
 */
#include "hook.h"

#include <stdbool.h>
#include <string.h>

#include "share/buf.h"
#include "share/clock.h"
#include "share/event.h"
#include "share/job.h"
#include "share/line.h"
#include "share/run.h"
#include "store_outbox.h"
#include "store_runs.h"
#include "transcript.h"

#define TAIL_BYTES 2048 /* output that is told */

char *
hook_program(const char *directory, const char *hook)
{
	struct buf path = BUF_EMPTY;

	buf_printf(&path, "%s/%s", directory, hook);
	return buf_take(&path);
}

/* ---- JSON ---- */

/* Bytes of the UTF-8 character at text; 0: it is none. */
static size_t
utf8_length(const unsigned char *text, size_t left)
{
	size_t n = text[0] < 0x80 ? 1
	    : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
	    : text[0] >= 0xe0 && text[0] < 0xf0 ? 3
	    : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
						: 0;

	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3
	    && ((text[0] == 0xe0 && text[1] < 0xa0)
		|| (text[0] == 0xed && text[1] > 0x9f)))
		return 0;
	return n;
}

static void
put_string(struct buf *out, const char *bytes, size_t len)
{
	const unsigned char *text = (const unsigned char *)bytes;

	buf_putc(out, '"');
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_length(text + i, len - i);
		if (n == 0) {
			buf_puts(out, "\\ufffd");
			n = 1;
		} else if (text[i] == '"' || text[i] == '\\') {
			buf_printf(out, "\\%c", text[i]);
		} else if (text[i] < 0x20 || text[i] == 0x7f) {
			buf_printf(out, "\\u%04x", text[i]);
		} else {
			buf_put(out, text + i, n);
		}
	}
	buf_putc(out, '"');
}

/* ---- facts ---- */

struct facts {
	struct buf *env, *json;
};

static void
put_text(struct facts *f, const char *name, const char *text)
{
	buf_printf(f->json, "%s\"%s\":", f->json->len > 1 ? "," : "", name);
	put_string(f->json, text, strlen(text));
	buf_printf(f->env, "%sCRONS_EVENT_", f->env->len > 0 ? "\n" : "");
	for (; *name != '\0'; name++)
		buf_putc(f->env, (char)(*name & ~0x20));
	buf_putc(f->env, '=');
	for (; *text != '\0'; text++)
		buf_putc(f->env,
		    (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
}

static void
put_number(struct facts *f, const char *name, int64_t value)
{
	struct buf text = BUF_EMPTY;

	if (value < 0)
		return;
	put_text(f, name, (buf_printf(&text, "%lld", (long long)value),
			      buf_text(&text)));
	buf_fini(&text);
}

static void
put_time(struct facts *f, const char *name, int64_t us)
{
	struct buf text = BUF_EMPTY;

	if (us < 0)
		return;
	rfc3339_print(&text, (wall_t) { us }, 0);
	put_text(f, name, buf_text(&text));
	buf_fini(&text);
}

static void
put_run(struct facts *f, const struct hook_input *in)
{
	const struct run_row *run = in->run;
	struct buf tail = BUF_EMPTY;

	put_number(f, "run", run->id);
	put_time(f, "slot", run->slot);
	put_time(f, "start", run->start);
	put_time(f, "end", run->end);
	put_text(f, "result", run_result_word(run->result));
	put_number(f, "exit", run->code);
	put_number(f, "signal", run->signal);
	put_number(f, "try", run->attempt);
	put_text(f, "why", run->why);
	if (run->result != RESULT_NONE
	    && transcript_tail(in->places, run, TAIL_BYTES, &tail) >= 0
	    && tail.len > 0) {
		buf_puts(f->json, ",\"output\":");
		put_string(f->json, tail.data, tail.len);
	}
	buf_fini(&tail);
}

static void
put_word(struct buf *argv, const char *word)
{
	if (argv->len > 0)
		buf_putc(argv, ' ');
	line_put_word(argv, word);
}

void
hook_compose(const struct hook_input *in, struct buf *argv, struct buf *env,
    struct buf *json)
{
	struct facts f = { env, json };

	put_word(argv, in->program);
	put_word(argv, event_word(in->notice->event));
	put_word(argv, JOB_TEXT(in->job, name));
	buf_printf(env, "CRONS_EVENT=%s", event_word(in->notice->event));
	buf_putc(json, '{');
	put_text(&f, "event", event_word(in->notice->event));
	put_text(&f, "job", JOB_TEXT(in->job, name));
	put_text(&f, "user", in->job->user);
	put_text(&f, "host", in->host);
	put_time(&f, "at", in->notice->made.us);
	put_text(&f, "text", in->notice->text);
	if (in->run != NULL)
		put_run(&f, in);
	buf_puts(json, "}\n");
}
