/* Words are cron's own where scripts may look for them. */
#include "crontab1_ask.h"

#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "call.h"
#include "row.h"
#include "share/buf.h"
#include "share/line.h"
#include "text.h"

enum err
crontab1_connect(struct crontab1 *c, struct fault *f)
{
	if (c->call != NULL)
		return ERR_NONE;
	c->call = call_open(f);
	if (c->call == NULL)
		return f->err;
	c->is_cronie
	    = strcmp(call_greeting(c->call, "dialect"), "cronie") == 0;
	c->is_root = strcmp(call_greeting(c->call, "role"), "root") == 0;
	strlcpy(c->own, call_greeting(c->call, "user"), sizeof c->own);
	return ERR_NONE;
}

void
crontab1_set_whose(struct crontab1 *c)
{
	strlcpy(c->whose, c->user != NULL ? c->user : c->own,
	    sizeof c->whose);
}

void
crontab1_hang_up(struct crontab1 *c)
{
	call_free(c->call);
	c->call = NULL;
}

static void
say_visible(const char *text)
{
	struct buf out = BUF_EMPTY;

	text_visible(&out, text, strlen(text), "");
	fputs(buf_text(&out), stderr);
	buf_fini(&out);
}

/* These sentences stand alone, as cron says them. */
static bool
is_crons_own(const char *text)
{
	return strncmp(text, "no crontab for ", 15) == 0
	    || strncmp(text, "You (", 5) == 0;
}

int
crontab1_fail(const struct crontab1 *c, const struct fault *f)
{
	fflush(stdout);
	if (f->err == ERR_NOT_FOUND && strcmp(f->field, "user") == 0) {
		fputs("crontab:  user `", stderr);
		say_visible(c->whose);
		fputs("' unknown\n", stderr);
		return 1;
	}
	if (!is_crons_own(f->text))
		fputs("crontab: ", stderr);
	say_visible(f->text[0] != '\0' ? f->text : err_sentence(f->err));
	fputs("\n", stderr);
	if (f->hint[0] != '\0') {
		say_visible(f->hint);
		fputs("\n", stderr);
	}
	return 1;
}

/* What an answer is made into. */
struct hearing {
	const char *name; /* of the file that rows are about */
	bool with_warnings;
	struct buf *text; /* frames go here */
};

static void
on_frame(void *arg, const struct frame *frame)
{
	struct hearing *h = arg;

	if (h->text != NULL)
		buf_put(h->text, frame->bytes, frame->len);
}

/* "FILE":LINE:COLUMN: what is wrong, and below it what to write instead. */
static void
on_row(void *arg, const struct row *row)
{
	struct hearing *h = arg;
	const char *column = row_text(row, "column", NULL);
	const char *hint = row_text(row, "hint", NULL);
	bool is_warning
	    = strcmp(row_text(row, "kind", NULL), "warning") == 0;

	if (is_warning && !h->with_warnings)
		return;
	fputs("\"", stderr);
	say_visible(h->name);
	fprintf(stderr, "\":%s%s%s: %s", row_text(row, "line", NULL),
	    *column == '\0' ? "" : ":", column,
	    is_warning ? "warning: " : "");
	say_visible(row_text(row, "text", NULL));
	fputs("\n", stderr);
	if (*hint != '\0') {
		fputs("  ", stderr);
		say_visible(hint);
		fputs("\n", stderr);
	}
}

/* A request of one verb; the keys are there, but for the user. */
struct asking {
	struct buf request;
	const struct buf *payload;
	struct hearing hearing;
	struct call_answer answer;
};

static enum err
ask(struct crontab1 *c, struct asking *a, struct fault *f)
{
	struct call_sink sink = { &a->hearing, on_row, on_frame };

	if (crontab1_connect(c, f) != ERR_NONE)
		return f->err;
	if (c->user != NULL)
		line_put_pair(&a->request, "user", c->user);
	if (call_send(c->call, &a->request, a->payload, f) != 0)
		return f->err;
	call_read(c->call, &sink, &a->answer);
	*f = a->answer.fault;
	return f->err;
}

static void
asking_fini(struct asking *a)
{
	buf_fini(&a->request);
	call_answer_fini(&a->answer);
}

enum err
crontab1_read(struct crontab1 *c, struct crontab1_text *text, struct fault *f)
{
	struct asking a = { .hearing.text = text->text };

	buf_puts(&a.request, "tab");
	if (text->kept)
		line_put_pair(&a.request, "kept", "yes");
	if (ask(c, &a, f) == ERR_NONE)
		strlcpy(text->print, call_answer_get(&a.answer, "fingerprint"),
		    sizeof text->print);
	else
		strlcpy(text->print, "none", sizeof text->print);
	asking_fini(&a);
	return f->err;
}

static void
say_bad(const struct crontab1 *c, bool is_dry)
{
	const char *text = "errors in crontab file, can't install.";

	if (c->is_cronie)
		text = is_dry
		    ? "Invalid crontab file. Syntax issues were found."
		    : "Invalid crontab file, can't install.";
	fprintf(stderr, "%s\n", text);
}

/* cronie says where the text before is; so do we, and how to get it. */
static void
say_kept(const struct crontab1 *c, const struct call_answer *answer)
{
	const char *kept = call_answer_get(answer, "kept");

	if (!c->is_cronie || *kept == '\0')
		return;
	fprintf(stderr, "Backup of %s's previous crontab saved to ", c->whose);
	say_visible(kept);
	fputs(" (crontab -P shows it)\n", stderr);
}

enum err
crontab1_install(struct crontab1 *c, const struct crontab1_install *install,
    struct fault *f)
{
	struct asking a = { .payload = install->text,
		.hearing.name = install->name,
		.hearing.with_warnings = install->is_dry };

	buf_puts(&a.request, "install");
	line_put_pair(&a.request, "file", install->name);
	if (install->expected[0] != '\0')
		line_put_pair(&a.request, "if", install->expected);
	if (install->is_dry)
		line_put_pair(&a.request, "dry_run", "yes");
	fflush(stdout);
	ask(c, &a, f);
	if (f->err == ERR_BAD_CRONTAB)
		say_bad(c, install->is_dry);
	if (f->err == ERR_NONE && !install->is_dry)
		say_kept(c, &a.answer);
	asking_fini(&a);
	return f->err;
}

enum err
crontab1_uninstall(struct crontab1 *c, struct fault *f)
{
	struct asking a = { .payload = NULL };

	buf_puts(&a.request, "uninstall");
	if (ask(c, &a, f) == ERR_NONE)
		say_kept(c, &a.answer);
	asking_fini(&a);
	return f->err;
}

bool
crontab1_confirm(const char *question, bool again)
{
	char answer[256];

	for (;;) {
		printf("%s", question);
		fflush(stdout);
		if (fgets(answer, sizeof answer, stdin) == NULL) {
			printf("\n");
			return false;
		}
		if (answer[0] == 'y' || answer[0] == 'Y')
			return true;
		if (!again || answer[0] == 'n' || answer[0] == 'N')
			return false;
		printf("Enter Y or N\n");
	}
}
