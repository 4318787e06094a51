/*
 * A directory's names, sorted, and the rows of its files by path go side by
 * side. A file needs a look if it has no row, or if stamp or rules are not
 * those of its row; a row without a file needs one too, and so do rows of
 * places that are not read any more. Memory is taken for the names alone.
 */
#include "dropin_scan.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "db.h"
#include "share/log.h"
#include "users.h"

#define PAGE 500
#define BEHIND_ALL "\xff" /* no path is above that */

/* The rows of a directory, read a page at a time. */
struct rows {
	struct db *db;
	char *after, *before;
	struct source source[PAGE];
	int count, at;
	bool end, failed;
};

struct scanning {
	struct dropin_scan *scan;
	struct db *db;
	int64_t rules;
};

static void
add_found(struct dropin_scan *scan, char *path, char *trouble)
{
	if (scan->count == scan->room) {
		scan->room = scan->room == 0 ? 64 : scan->room * 2;
		scan->found = xreallocarray(
		    scan->found, scan->room, sizeof *scan->found);
	}
	scan->found[scan->count++]
	    = (struct dropin_found) { path, trouble, false };
}

/* ---- rows ---- */

static bool
keep_row(void *arg, const struct source *source)
{
	struct rows *rows = arg;
	struct source *copy = &rows->source[rows->count++];

	*copy = *source;
	copy->path = xstrdup(source->path);
	return true;
}

static void
free_page(struct rows *rows)
{
	for (int i = 0; i < rows->count; i++)
		source_fini(&rows->source[i]);
	rows->count = rows->at = 0;
}

/* The row at hand; NULL behind the last. */
static struct source *
row_of(struct rows *rows)
{
	struct sources_want want = { .most = PAGE };

	if (rows->at < rows->count)
		return &rows->source[rows->at];
	if (rows->end)
		return NULL;
	if (rows->count > 0) {
		free(rows->after);
		rows->after
		    = xstrdup(rows->source[rows->count - 1].path);
	}
	free_page(rows);
	want.after = rows->after;
	want.before = rows->before;
	rows->failed |= sources_each(rows->db, &want, keep_row, rows) != 0;
	rows->end = rows->count < PAGE;
	return rows->count > 0 ? &rows->source[0] : NULL;
}

static struct rows *
rows_new(struct db *db, const char *after, const char *before)
{
	struct rows *rows = xcalloc(1, sizeof *rows);

	rows->db = db;
	rows->after = xstrdup(after);
	rows->before = xstrdup(before);
	return rows;
}

static void
rows_free(struct scanning *s, struct rows *rows)
{
	s->scan->failed |= rows->failed;
	free_page(rows);
	free(rows->after);
	free(rows->before);
	free(rows);
}

/* ---- names ---- */

struct names {
	char **name;
	size_t count, room;
};

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
names_fini(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
}

/* NULL, or what is wrong with the directory. One that is missing is empty. */
static const char *
read_names(const char *path, struct names *names)
{
	DIR *dir = opendir(path);
	const char *trouble = NULL;
	struct dirent *d;

	if (dir == NULL)
		return errno == ENOENT ? NULL : strerror(errno);
	while (trouble == NULL && (errno = 0, d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0
		    || strcmp(d->d_name, "..") == 0)
			continue;
		if (names->count == DROPIN_MOST_FILES) {
			trouble = "over 100000 files: the others are not read";
			break;
		}
		if (names->count == names->room) {
			names->room = names->room == 0 ? 64 : names->room * 2;
			names->name = xreallocarray(
			    names->name, names->room, sizeof *names->name);
		}
		names->name[names->count++] = xstrdup(d->d_name);
	}
	if (trouble == NULL && errno != 0)
		trouble = strerror(errno);
	closedir(dir);
	if (names->count > 0)
		qsort(names->name, names->count, sizeof *names->name,
		    compare_names);
	return trouble;
}

/* ---- a place ---- */

static int64_t
nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* Would reading it say what its row says? Links always get a look. */
static bool
is_same(const struct scanning *s, const struct source *row)
{
	struct stat st;

	return lstat(row->path, &st) == 0 && S_ISREG(st.st_mode)
	    && row->state != SOURCE_IS_GONE && row->rules == s->rules
	    && (int64_t)st.st_ino == row->stamp.inode
	    && st.st_size == row->stamp.size
	    && nanoseconds(&st.st_mtim) == row->stamp.mtime_ns
	    && nanoseconds(&st.st_ctim) == row->stamp.ctime_ns;
}

static char *
join(const char *dir, const char *name)
{
	struct buf path = BUF_EMPTY;

	buf_printf(&path, "%s/%s", dir, name);
	return buf_take(&path);
}

/* A row without a file. */
static void
find_gone(struct scanning *s, const struct source *row)
{
	if (row->state != SOURCE_IS_GONE)
		add_found(s->scan, xstrdup(row->path), NULL);
}

static void
merge(struct scanning *s, const char *dir, const struct names *names)
{
	char *after = join(dir, ""), *before = xstrdup(after);
	struct rows *rows;
	struct source *row;

	before[strlen(before) - 1] = '/' + 1;
	rows = rows_new(s->db, after, before);
	for (size_t i = 0; i < names->count && !*s->scan->stop; i++) {
		char *path = join(dir, names->name[i]);
		int order = -1;

		while ((row = row_of(rows)) != NULL
		    && (order = strcmp(row->path, path)) < 0) {
			find_gone(s, row);
			rows->at++;
		}
		if (row != NULL && order == 0) {
			rows->at++;
			if (is_same(s, row)) {
				free(path);
				continue;
			}
		}
		add_found(s->scan, path, NULL);
	}
	while ((row = row_of(rows)) != NULL) {
		find_gone(s, row);
		rows->at++;
	}
	rows_free(s, rows);
	free(after);
	free(before);
}

/* A directory that cannot be read has a row of its own while it lasts. */
static void
scan_directory(struct scanning *s, const char *dir)
{
	struct names names = { NULL, 0, 0 };
	const char *why = read_names(dir, &names);
	struct buf trouble = BUF_EMPTY;
	struct source row;

	if (why != NULL) {
		buf_printf(&trouble, "CAN'T READ: %s", why);
		add_found(s->scan, xstrdup(dir), buf_take(&trouble));
	} else if (sources_get(s->db, dir, &row) == 1) {
		find_gone(s, &row);
		source_fini(&row);
	}
	if (why == NULL || names.count > 0)
		merge(s, dir, &names);
	names_fini(&names);
}

static void
scan_file(struct scanning *s, const char *path)
{
	struct source row;
	int got = sources_get(s->db, path, &row);

	s->scan->failed |= got < 0;
	if (got != 1 || !is_same(s, &row))
		add_found(s->scan, xstrdup(path), NULL);
	if (got == 1)
		source_fini(&row);
}

/* Rows of places that are switched off or are others now. */
static void
scan_strays(struct scanning *s)
{
	struct rows *rows = rows_new(s->db, "", BEHIND_ALL);
	struct source *row;

	while ((row = row_of(rows)) != NULL && !*s->scan->stop) {
		if (dropin_place_of(&s->scan->rules, row->path)
		    == DROPIN_PLACES)
			find_gone(s, row);
		rows->at++;
	}
	rows_free(s, rows);
}

static void
scan_all(struct scanning *s)
{
	char *const *place = s->scan->rules.place;

	if (place[DROPIN_CRONTAB] != NULL)
		scan_file(s, place[DROPIN_CRONTAB]);
	if (place[DROPIN_CRON_D] != NULL)
		scan_directory(s, place[DROPIN_CRON_D]);
	if (place[DROPIN_CRONTABS] != NULL)
		scan_directory(s, place[DROPIN_CRONTABS]);
	scan_strays(s);
}

/* ---- without the directories ---- */

static bool
find_waiting(void *arg, const struct source *row)
{
	struct dropin_scan *scan = arg;

	add_found(scan, xstrdup(row->path), NULL);
	scan->found[scan->count - 1].by_news = true;
	return true;
}

static void
scan_waiting(struct scanning *s)
{
	struct sources_want want = { .most = DROPIN_MOST_FILES };

	s->scan->failed
	    |= sources_each(s->db, &want, find_waiting, s->scan) != 0;
}

/* Tabs of users who are others now, or nobody, than when they were read. */
static void
scan_users(struct scanning *s)
{
	struct rows *rows = rows_new(s->db, "", BEHIND_ALL);
	struct source *row;

	while ((row = row_of(rows)) != NULL && !*s->scan->stop) {
		int64_t uid;

		if (row->kind == SOURCE_USER && row->user[0] != '\0'
		    && row->state != SOURCE_IS_GONE && !row->waits
		    && users_ask(row->user, &uid) >= 0 && uid != row->uid)
			find_waiting(s->scan, row);
		rows->at++;
	}
	rows_free(s, rows);
}

void
dropin_scan(void *arg)
{
	struct dropin_scan *scan = arg;
	struct scanning s = { .scan = scan,
		.rules = dropin_rules_number(&scan->rules) };

	s.db = dropin_reader_open(scan->rules.reader);
	if (s.db == NULL) {
		scan->failed = true;
		return;
	}
	switch (scan->mode) {
	case DROPIN_SCAN_ALL:
		scan_all(&s);
		break;
	case DROPIN_SCAN_USERS:
		scan_users(&s);
		scan_waiting(&s);
		break;
	case DROPIN_SCAN_WAITING:
		scan_waiting(&s);
		break;
	}
	if (scan->failed)
		dropin_reader_close(scan->rules.reader);
}

void
dropin_scan_free(struct dropin_scan *scan)
{
	for (size_t i = 0; i < scan->count; i++) {
		free(scan->found[i].path);
		free(scan->found[i].trouble);
	}
	free(scan->found);
	dropin_rules_fini(&scan->rules);
	free(scan);
}
