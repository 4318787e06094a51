/*
 * doctor: runs the checks in the order of their table and says what each came
 * to: a line, and below it what to do. Exit status 1 if anything is wrong.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "json.h"
#include "session.h"
#include "text.h"

typedef void check_function(struct doctor *doc, struct diagnosis *d);

static const struct {
	const char *word, *asks;
	check_function *look;
} checks[CHECK_COUNT] = {
#define X(ident, word, asks) { word, asks, doctor_check_##ident },
	CHECKS(X)
#undef X
};

static const char *const words[] = { "ok", "note", "wrong" };

static void __attribute__((format(printf, 2, 0)))
add(struct buf *out, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof text, fmt, ap);
	if (out->len > 0 && strstr(buf_text(out), text) != NULL)
		return;
	if (out->len > 0)
		buf_puts(out, "; ");
	buf_puts(out, text);
}

void
doctor_say(struct diagnosis *d, enum finding finding, const char *fmt, ...)
{
	va_list ap;

	if (finding > d->finding)
		d->finding = finding;
	va_start(ap, fmt);
	add(&d->text, fmt, ap);
	va_end(ap);
}

void
doctor_advise(struct diagnosis *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(&d->advice, fmt, ap);
	va_end(ap);
}

static void
print_json(enum check check, const struct diagnosis *d)
{
	struct buf out = BUF_EMPTY;

	json_begin(&out);
	json_put_text(&out, "check", checks[check].word);
	json_put_text(&out, "asks", checks[check].asks);
	json_put_text(&out, "state", words[d->finding]);
	json_put_text(&out, "text", buf_text(&d->text));
	json_put_text(&out, "advice", buf_text(&d->advice));
	json_end(&out);
	fputs(buf_text(&out), stdout);
	buf_fini(&out);
}

/* Paths and names of others stand in it: nothing of them may act. */
static void
print_text(
    const struct session *s, enum check check, const struct diagnosis *d)
{
	struct buf out = BUF_EMPTY;

	if (s->view.quiet && d->finding != FINDING_WRONG)
		return;
	buf_printf(&out, "%-6s %-12s ", words[d->finding], checks[check].word);
	text_visible(&out, buf_text(&d->text), d->text.len, "");
	if (d->advice.len > 0 && d->finding != FINDING_OK) {
		buf_printf(&out, "\n%20s", "-> ");
		text_visible(&out, buf_text(&d->advice), d->advice.len, "");
	}
	puts(buf_text(&out));
	buf_fini(&out);
}

static bool
carry_out(struct doctor *doc, enum check check)
{
	struct diagnosis d = { 0 };
	bool is_wrong;

	checks[check].look(doc, &d);
	if (doc->s->view.json)
		print_json(check, &d);
	else
		print_text(doc->s, check, &d);
	is_wrong = d.finding == FINDING_WRONG;
	buf_fini(&d.text);
	buf_fini(&d.advice);
	return is_wrong;
}

int
command_doctor(struct session *s)
{
	struct doctor doc = { .s = s };
	int wrong = 0;

	for (int i = 0; i < CHECK_COUNT; i++)
		wrong += carry_out(&doc, (enum check)i);
	if (wrong > 0 && !s->view.json && !s->view.quiet)
		printf("%d of %d checks found something wrong\n", wrong,
		    (int)CHECK_COUNT);
	free(doc.state_dir);
	free(doc.daemon);
	buf_fini(&doc.commands);
	return wrong > 0 ? EXIT_ANSWER_IS_NO : 0;
}
