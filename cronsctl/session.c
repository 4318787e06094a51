/*
 * The sentences of command.h are filled in here: {key} is a value of the
 * answer, a [part] with a key that the answer lacks is left out.
 */
#include "session.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "lint.h"
#include "member.h"
#include "share/buf.h"
#include "share/line.h"
#include "text.h"
#include "timeword.h"

const char *
session_option(const struct session *s, enum option option)
{
	return s->args.option[option];
}

static bool
is_time(enum option option)
{
	return strcmp(option_row(option)->arg, "TIME") == 0;
}

enum err
session_read_times(struct session *s, struct fault *f)
{
	struct timeword_base base = { s->view.zone, s->view.now };

	for (int i = 0; i < OPTION_COUNT; i++) {
		const char *text = s->args.option[i];

		if (text != NULL && is_time((enum option)i)
		    && timeword_parse(text, &base, &s->at[i], f) != ERR_NONE)
			return f->err;
	}
	return ERR_NONE;
}

/* A schedule that is wrong is said once more as it may be meant. */
static void
suggest_fix(const struct session *s)
{
	const char *word = s->args.field[JOB_dialect] != NULL
	    ? s->args.field[JOB_dialect]
	    : session_option(s, OPTION_DIALECT);
	enum dialect dialect = DIALECT_EXTENDED;
	struct lint_list list = { 0 };
	struct buf out = BUF_EMPTY;

	if (word != NULL && !dialect_find(word, &dialect))
		return;
	lint_expression(s->subject, dialect, &list);
	for (size_t i = 0; i < list.count && out.len == 0; i++)
		if (list.found[i].fix != NULL
		    && lint_rule_level(list.found[i].rule) == LINT_IS_ERROR)
			text_visible(&out, list.found[i].fix,
			    strlen(list.found[i].fix), "");
	if (out.len > 0)
		fprintf(stderr, "  fix: %s\n", buf_text(&out));
	lint_list_fini(&list);
	buf_fini(&out);
}

int
session_fail(const struct session *s, const struct fault *f)
{
	struct complaint about = {
		.verb = s->args.command->word,
		.file = s->file,
		.text = s->subject,
		.json = session_option(s, OPTION_JSON) != NULL,
	};
	int status = complain(&about, f);

	if (f->err == ERR_BAD_SCHEDULE && s->subject != NULL)
		suggest_fix(s);
	return status;
}

struct call *
session_call(struct session *s, int *status)
{
	struct fault f;

	if (s->call == NULL)
		s->call = call_open(&f);
	if (s->call == NULL)
		*status = session_fail(s, &f);
	return s->call;
}

void
session_begin(const struct session *s, struct buf *request)
{
	buf_puts(request, verb_row(s->args.command->verb)->word);
}

/* A number is a job's or a run's: it belongs to no user. */
static bool
is_name(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	return word[digits] != '\0' && strchr(word, '/') == NULL;
}

void
session_put_job(
    const struct session *s, struct buf *request, const char *word)
{
	const char *user = session_option(s, OPTION_USER);
	struct buf name = BUF_EMPTY;

	if (user != NULL && is_name(word)
	    && option_key(OPTION_USER, s->args.command) == NULL)
		buf_printf(&name, "%s/", user);
	buf_puts(&name, word);
	buf_putc(request, ' ');
	line_put_word(request, buf_text(&name));
	buf_fini(&name);
}

void
session_put_options(const struct session *s, struct buf *request)
{
	struct buf time = BUF_EMPTY;

	for (int i = 0; i < OPTION_COUNT; i++) {
		const char *value = s->args.option[i];
		const char *key
		    = option_key((enum option)i, s->args.command);

		if (value == NULL || key == NULL)
			continue;
		if (is_time((enum option)i)) {
			buf_clear(&time);
			rfc3339_print(&time, s->at[i], 0);
			value = buf_text(&time);
		}
		line_put_pair(request, key, value);
	}
	buf_fini(&time);
}

void
session_put_rest(const struct session *s, struct buf *request)
{
	struct buf argv = BUF_EMPTY;

	if (s->args.rest_count == 1)
		line_put_pair(request, "command", s->args.rest[0]);
	if (s->args.rest_count > 1) {
		for (size_t i = 0; i < s->args.rest_count; i++) {
			if (i > 0)
				buf_putc(&argv, ' ');
			line_put_word(&argv, s->args.rest[i]);
		}
		line_put_pair(request, "argv", buf_text(&argv));
	}
	buf_fini(&argv);
}

void
session_put_fields(const struct session *s, struct buf *request)
{
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (s->args.field[i] != NULL)
			line_put_pair(request,
			    job_row((enum job_field)i)->key,
			    s->args.field[i]);
}

void
session_request(const struct session *s, struct buf *request)
{
	session_begin(s, request);
	for (size_t i = 0; i < s->args.word_count; i++)
		session_put_job(s, request, s->args.word[i]);
	session_put_options(s, request);
}

int
session_read(struct session *s, const struct call_sink *sink,
    struct call_answer *answer)
{
	struct call_answer own = { 0 };
	struct call_answer *a = answer != NULL ? answer : &own;
	int status = 0;

	if (call_read(s->call, sink, a) != ERR_NONE)
		status = session_fail(s, &a->fault);
	call_answer_fini(&own);
	return status;
}

int
session_ask(struct session *s, const struct buf *request,
    const struct call_sink *sink, struct call_answer *answer)
{
	struct fault f;
	int status;

	if (session_call(s, &status) == NULL)
		return status;
	if (call_send(s->call, request, NULL, &f) != 0)
		return session_fail(s, &f);
	return session_read(s, sink, answer);
}

/* A value of the answer for people: instants in the zone of the view. */
static void
put_value(const struct session *s, struct buf *out, const char *value)
{
	wall_t at;

	if (rfc3339_parse(value, &at) == 0)
		view_long(&s->view, out, at.us);
	else
		text_visible(out, value, strlen(value), "");
}

/*
 * Fills in the sentence up to `stop` (']' or NUL). Returns where it stopped;
 * *whole becomes false if a value is not there.
 */
static const char *
fill(const struct session *s, const struct call_answer *answer,
    struct buf *out, const char **sentence)
{
	const char *p = *sentence, *missing = NULL;
	char key[32];

	while (*p != '\0' && *p != ']' && *p != '[') {
		size_t len = strcspn(p, "}");

		if (*p != '{') {
			buf_putc(out, *p++);
			continue;
		}
		snprintf(key, sizeof key, "%.*s", (int)len - 1, p + 1);
		if (call_answer_get(answer, key)[0] == '\0')
			missing = p;
		put_value(s, out, call_answer_get(answer, key));
		p += len + 1;
	}
	*sentence = p;
	return missing;
}

static void
say_sentence(const struct session *s, const struct call_answer *answer)
{
	const char *p = s->args.command->done;
	struct buf out = BUF_EMPTY, part = BUF_EMPTY;

	while (*p != '\0') {
		buf_clear(&part);
		if (*p != '[') {
			fill(s, answer, &out, &p);
			continue;
		}
		p++;
		if (fill(s, answer, &part, &p) == NULL)
			buf_puts(&out, buf_text(&part));
		if (*p == ']')
			p++;
	}
	printf("%s\n", buf_text(&out));
	buf_fini(&part);
	buf_fini(&out);
}

int
session_say_done(
    const struct session *s, const struct call_answer *answer)
{
	const char *failed = call_answer_get(answer, "failed");
	struct fault f;

	if (s->view.json)
		member_print_answer(&s->view, s->args.command->word, answer);
	else if (!s->view.quiet)
		say_sentence(s, answer);
	if (failed[0] == '\0' || strcmp(failed, "0") == 0)
		return 0;
	fault_set(&f, ERR_INTERNAL, "", "%.20s of the jobs: %.200s", failed,
	    call_answer_get(answer, "why"));
	session_fail(s, &f);
	return EXIT_ANSWER_IS_NO;
}
