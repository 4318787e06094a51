/*
 * A page of cells is kept as text, one after another in one buffer. When it is
 * full or the reply ends, the columns are fitted: empty ones go, then spare
 * ones while the rest is too wide, then the widest that may be cut give way
 * step by step. What remains is laid out by libsmartcols, which never has to
 * cut or wrap anything.
 */
#include "show.h"

#include <ctype.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "column.h"
#include "member.h"
#include "row.h"
#include "share/buf.h"
#include "share/log.h"
#include "text.h"
#include "view.h"

#define COLUMNS_MAX 64
#define COMFORT 12 /* a column is not cut below that while others are spare */

struct show {
	const struct view *view;
	const struct layout *layout;
	char *me; /* owned or NULL */
	FILE *to; /* NULL: stdout */
	size_t total;
	/* the page */
	struct column own[COLUMNS_MAX]; /* where the layout has none */
	const struct column *column;
	size_t columns;
	struct buf title; /* of own columns */
	struct buf text;
	size_t *at; /* owned: where the cells begin in text */
	size_t cells, room;
};

struct show *
show_new(const struct view *view, enum verb verb)
{
	struct show *show = xcalloc(1, sizeof *show);

	show->view = view;
	show->layout = layout_get(verb);
	show->column = show->layout->column;
	show->columns = show->layout->count;
	return show;
}

void
show_set_me(struct show *show, const char *user)
{
	free(show->me);
	show->me = xstrdup(user);
}

void
show_set_stream(struct show *show, FILE *to)
{
	show->to = to;
}

/* A column that nobody described: instants are long, the rest is text. */
static void
cell_any(const struct view *view, struct buf *out, const struct row *row,
    const char *arg)
{
	size_t len = strlen(arg), size;
	const char *text = row_text(row, arg, &size);

	if (len > 3 && strcmp(arg + len - 3, "_us") == 0
	    && row_number(row, arg, -1) >= 0)
		view_time(view, out, row_number(row, arg, 0));
	else
		text_visible(out, text, size, "");
}

/* Columns made from the header of the reply, their titles in capitals. */
static void
make_columns(struct show *show, const struct row *row)
{
	size_t count = row->count < COLUMNS_MAX ? row->count : COLUMNS_MAX;
	size_t at = 0;

	buf_clear(&show->title);
	for (size_t i = 0; i < count; i++) {
		for (const char *p = row->header->name[i]; *p != '\0'; p++)
			buf_putc(&show->title,
			    (char)toupper((unsigned char)*p));
		buf_putc(&show->title, '\0');
	}
	for (size_t i = 0; i < count; i++) {
		const char *title = show->title.data + at;

		show->own[i] = (struct column) { title, cell_any,
			row->header->name[i], COLUMN_CUT };
		at += strlen(title) + 1;
	}
	show->column = show->own;
	show->columns = count;
}

static const char *
cell_at(const struct show *show, size_t row, size_t column)
{
	return show->text.data + show->at[row * show->columns + column];
}

static size_t
row_count(const struct show *show)
{
	return show->columns == 0 ? 0 : show->cells / show->columns;
}

/* ---- fitting ---- */

struct fit {
	size_t width[COLUMNS_MAX]; /* 0: not shown */
	size_t gap; /* blanks between columns */
};

/* The widest cell; 0 if the column has nothing to say. */
static size_t
natural_width(const struct show *show, size_t column)
{
	const struct column *c = &show->column[column];
	size_t widest = 0, rows = row_count(show);
	bool mine = (c->flags & COLUMN_MINE) != 0 && show->me != NULL;

	for (size_t row = 0; row < rows; row++) {
		const char *cell = cell_at(show, row, column);
		size_t width = text_width(cell);

		mine = mine && strcmp(cell, show->me) == 0;
		if (strcmp(cell, "-") == 0 && widest == 0)
			continue;
		if (width > widest)
			widest = width;
	}
	if (widest == 0 || mine)
		return 0;
	if (!show->view->quiet && text_width(c->title) > widest)
		widest = text_width(c->title);
	return widest;
}

static size_t
sum_widths(const struct show *show, const struct fit *fit)
{
	size_t sum = 0;

	for (size_t i = 0; i < show->columns; i++)
		if (fit->width[i] > 0)
			sum += fit->width[i] + (sum > 0 ? fit->gap : 0);
	return sum;
}

/* May the column get narrower and still have `least`, and its title? */
static bool
can_give(
    const struct show *show, const struct fit *fit, size_t column, size_t least)
{
	const struct column *c = &show->column[column];
	size_t width = fit->width[column];

	return (c->flags & COLUMN_CUT) != 0 && width > least
	    && (show->view->quiet || width > text_width(c->title));
}

/* The widest column that can give way; -1 if there is none. */
static int
find_widest(const struct show *show, const struct fit *fit, size_t least)
{
	int widest = -1;

	for (size_t i = 0; i < show->columns; i++)
		if (can_give(show, fit, i, least)
		    && (widest < 0 || fit->width[i] > fit->width[widest]))
			widest = (int)i;
	return widest;
}

/* Cuts down to `least` each, if that is needed; true if the table fits. */
static bool
cut_columns(const struct show *show, struct fit *fit, size_t least)
{
	while (sum_widths(show, fit) > show->view->width) {
		int widest = find_widest(show, fit, least);

		if (widest < 0)
			return false;
		fit->width[widest]--;
	}
	return true;
}

static bool
drop_spare(const struct show *show, struct fit *fit)
{
	for (size_t i = show->columns; i-- > 0;)
		if ((show->column[i].flags & COLUMN_SPARE) != 0
		    && fit->width[i] > 0) {
			fit->width[i] = 0;
			return true;
		}
	return false;
}

static void
make_fit(const struct show *show, struct fit *fit)
{
	for (size_t i = 0; i < show->columns; i++)
		fit->width[i] = natural_width(show, i);
	fit->gap = 2;
	if (show->view->width == 0
	    || sum_widths(show, fit) <= show->view->width)
		return;
	fit->gap = 1;
	while (!cut_columns(show, fit, COMFORT))
		if (!drop_spare(show, fit))
			break;
	/* Where all is cut and it still is too wide, whole columns must go. */
	cut_columns(show, fit, 4);
	for (size_t i = show->columns;
	     i-- > 1 && sum_widths(show, fit) > show->view->width;)
		fit->width[i] = 0;
}

/* ---- printing ---- */

static const char *
result_colour(const char *cell)
{
	if (strcmp(cell, "ok") == 0 || cell[0] == '\0' || cell[0] == '-')
		return NULL;
	if (strcmp(cell, "running") == 0 || strcmp(cell, "starting") == 0)
		return "cyan";
	return "red";
}

static void
add_columns(
    const struct show *show, const struct fit *fit, struct libscols_table *tb)
{
	for (size_t i = 0; i < show->columns; i++) {
		bool right = (show->column[i].flags & COLUMN_RIGHT) != 0;

		if (fit->width[i] == 0)
			continue;
		if (scols_table_new_column(tb, show->column[i].title, 0,
			right ? SCOLS_FL_RIGHT : 0)
		    == NULL)
			fatal("no memory for a table");
	}
}

static void
add_line(const struct show *show, const struct fit *fit,
    struct libscols_table *tb, size_t row)
{
	struct libscols_line *line = scols_table_new_line(tb, NULL);
	struct buf cut = BUF_EMPTY;
	size_t to = 0;

	if (line == NULL)
		fatal("no memory for a table");
	for (size_t i = 0; i < show->columns; i++) {
		const char *cell = cell_at(show, row, i);

		if (fit->width[i] == 0)
			continue;
		buf_clear(&cut);
		text_cut(&cut, cell, fit->width[i]);
		if (scols_line_set_data(line, to, buf_text(&cut)) != 0)
			fatal("no memory for a table");
		if (show->view->colour
		    && (show->column[i].flags & COLUMN_RESULT) != 0
		    && result_colour(cell) != NULL)
			scols_cell_set_color(scols_line_get_cell(line, to),
			    result_colour(cell));
		to++;
	}
	buf_fini(&cut);
}

static struct libscols_table *
make_table(const struct show *show, const struct fit *fit)
{
	struct libscols_table *tb = scols_new_table();

	if (tb == NULL)
		fatal("no memory for a table");
	scols_table_enable_noheadings(tb, show->view->quiet);
	scols_table_enable_noencoding(tb, 1);
	scols_table_enable_colors(tb, show->view->colour);
	scols_table_set_column_separator(tb, fit->gap == 2 ? "  " : " ");
	scols_table_set_termforce(tb, SCOLS_TERMFORCE_NEVER);
	if (show->to != NULL)
		scols_table_set_stream(tb, show->to);
	add_columns(show, fit, tb);
	return tb;
}

static void
print_page(struct show *show)
{
	size_t rows = row_count(show);
	struct libscols_table *tb;
	struct fit fit;

	if (rows == 0)
		return;
	make_fit(show, &fit);
	tb = make_table(show, &fit);
	for (size_t row = 0; row < rows; row++)
		add_line(show, &fit, tb, row);
	scols_print_table(tb);
	scols_unref_table(tb);
	show->cells = 0;
	buf_clear(&show->text);
}

void
show_row(void *arg, const struct row *row)
{
	struct show *show = arg;

	show->total++;
	if (show->view->json) {
		member_print_row(show->view, row);
		return;
	}
	if (show->columns == 0)
		make_columns(show, row);
	if (show->cells + show->columns > show->room) {
		show->room = (show->room + show->columns) * 2;
		show->at = xreallocarray(
		    show->at, show->room, sizeof *show->at);
	}
	for (size_t i = 0; i < show->columns; i++) {
		const struct column *c = &show->column[i];

		show->at[show->cells++] = show->text.len;
		c->cell(show->view, &show->text, row, c->arg);
		buf_putc(&show->text, '\0');
	}
	if (row_count(show) == SHOW_PAGE)
		print_page(show);
}

void
show_free(struct show *show)
{
	free(show->me);
	free(show->at);
	buf_fini(&show->title);
	buf_fini(&show->text);
	free(show);
}

size_t
show_end(struct show *show, const char *none)
{
	size_t total = show->total;

	print_page(show);
	if (total == 0 && none != NULL && !show->view->json
	    && !show->view->quiet)
		fprintf(stderr, "%s\n", none);
	show_free(show);
	return total;
}
