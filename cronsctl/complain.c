/* What is quoted was written by others, so it is made visible first. */
#include "complain.h"

#include <stdio.h>
#include <string.h>

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

/* The text once more, with a caret below the column. */
static void
put_caret(struct buf *out, const char *text, int column)
{
	struct buf before = BUF_EMPTY;

	if (column < 1 || (size_t)column > strlen(text) + 1)
		return;
	buf_puts(out, "\n  ");
	put_visible(out, text);
	text_visible(&before, text, (size_t)column - 1, "");
	buf_printf(out, "\n  %*s^", (int)text_width(buf_text(&before)), "");
	buf_fini(&before);
}

int
complain(const struct complaint *about, const struct fault *f)
{
	struct buf out = BUF_EMPTY;

	buf_puts(&out, "cronsctl: ");
	if (about->verb != NULL)
		buf_printf(&out, "%s: ", about->verb);
	put_place(&out, about, f);
	put_visible(&out, f->text[0] != '\0' ? f->text : err_sentence(f->err));
	if (about->text != NULL && about->file == NULL)
		put_caret(&out, about->text, f->column);
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
