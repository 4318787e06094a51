/* What is quoted was written by others, so it is made visible first. */
#include "complain.h"

#include <stdio.h>
#include <string.h>

#include "caret.h"
#include "json.h"
#include "share/buf.h"
#include "share/errs.h"
#include "text.h"

static void
put_visible(struct buf *out, const char *text)
{
	text_visible(out, text, strlen(text), "");
}

static void
put_place(struct buf *out, const struct complaint *about,
    const struct fault *f)
{
	if (about->file != NULL) {
		put_visible(out, about->file);
		if (f->line > 0)
			buf_printf(out, ":%d", f->line);
		if (f->line > 0 && f->column > 0)
			buf_printf(out, ":%d", f->column);
		buf_puts(out, ": ");
	}
	if (f->field[0] != '\0') {
		put_visible(out, f->field);
		buf_puts(out, ": ");
	}
}

static void
put_known(struct buf *out, const char *key, const char *text)
{
	if (text != NULL && *text != '\0')
		json_put_text(out, key, text);
}

static void
print_json(const struct complaint *about, const struct fault *f)
{
	struct buf out = BUF_EMPTY;

	json_begin(&out);
	json_put_text(&out, "error", err_token(f->err));
	json_put_number(&out, "code", err_code(f->err));
	json_put_number(&out, "exit", err_exit(f->err));
	json_put_text(&out, "message",
	    f->text[0] != '\0' ? f->text : err_sentence(f->err));
	put_known(&out, "verb", about->verb);
	put_known(&out, "field", f->field);
	put_known(&out, "file", about->file);
	if (f->line > 0)
		json_put_number(&out, "line", f->line);
	if (f->column > 0)
		json_put_number(&out, "column", f->column);
	put_known(&out, "text", about->text);
	put_known(&out, "hint", f->hint);
	json_end(&out);
	fflush(stdout);
	fputs(buf_text(&out), stderr);
	buf_fini(&out);
}

int
complain(const struct complaint *about, const struct fault *f)
{
	struct buf out = BUF_EMPTY;

	if (about->json) {
		print_json(about, f);
		return err_exit(f->err);
	}
	buf_puts(&out, "cronsctl: ");
	if (about->verb != NULL)
		buf_printf(&out, "%s: ", about->verb);
	put_place(&out, about, f);
	put_visible(&out, f->text[0] != '\0' ? f->text : err_sentence(f->err));
	if (about->text != NULL && about->file == NULL && f->column > 0)
		caret_put(&out, about->text, strlen(about->text), f->column);
	if (f->hint[0] != '\0') {
		buf_puts(&out, "\n  ");
		put_visible(&out, f->hint);
	}
	/* What was printed so far belongs in front of it. */
	fflush(stdout);
	fprintf(stderr, "%s\n", buf_text(&out));
	buf_fini(&out);
	return err_exit(f->err);
}
