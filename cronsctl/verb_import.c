/*
 * import: crontab text for the daemon. Files are read here, with the rights of
 * who asks: the daemon never opens a file that a user names. A directory is
 * its files in the order of their names. With --dry-run --json nobody is
 * asked at all (cronsctl/import_dry).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "import_dry.h"
#include "row.h"
#include "session.h"
#include "share/buf.h"
#include "share/crontab_file.h"
#include "share/line.h"
#include "share/log.h"
#include "show.h"
#include "tabfile.h"
#include "text.h"

#define READ_BYTES 65536

struct import {
	struct session *s;
	struct show *show;
	const char *file;
	size_t errors;
};

static enum err
file_fault(struct fault *f, const char *path)
{
	return fault_set(f, errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND, "",
	    "%.150s: %s", path, strerror(errno));
}

static enum err
read_all(int fd, const char *path, struct buf *text, struct fault *f)
{
	ssize_t n;

	do {
		n = read(fd, buf_room(text, READ_BYTES), READ_BYTES);
		if (n > 0)
			buf_grown(text, (size_t)n);
		if (text->len > PROTO_PAYLOAD_MAX)
			return fault_set(f, ERR_TOO_LARGE, "",
			    "%.150s: more than %d bytes", path,
			    PROTO_PAYLOAD_MAX);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? file_fault(f, path) : ERR_NONE;
}

static enum err
read_file(const char *path, struct buf *text, struct fault *f)
{
	int fd = STDIN_FILENO;
	enum err err;

	if (strcmp(path, "-") != 0)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return file_fault(f, path);
	err = read_all(fd, path, text, f);
	if (fd != STDIN_FILENO)
		close(fd);
	return err;
}

static void
put_visible(struct buf *out, const char *text, size_t len)
{
	text_visible(out, text, len, "");
}

/* What is wrong or odd goes to stderr, with file and line. */
static void
complain_of(struct import *import, const struct row *row, bool is_error)
{
	const char *text = row_text(row, "text", NULL);
	struct buf out = BUF_EMPTY;

	import->errors += is_error;
	if (import->s->view.json || (!is_error && import->s->view.quiet))
		return;
	put_visible(&out, import->file, strlen(import->file));
	buf_printf(&out, ":%s: %s", row_text(row, "line", NULL),
	    is_error ? "" : "warning: ");
	put_visible(&out, text, strlen(text));
	fflush(stdout);
	fprintf(stderr, "%s\n", buf_text(&out));
	buf_fini(&out);
}

/* One line of what is done; a narrow terminal has less of what comes or goes,
 * but all of what changes. */
static void
print_line(const struct view *view, const struct buf *line, bool is_whole)
{
	struct buf out = BUF_EMPTY;

	if (is_whole || view->width == 0)
		buf_puts(&out, buf_text(line));
	else
		text_cut(&out, buf_text(line), view->width);
	printf("%s\n", buf_text(&out));
	buf_fini(&out);
}

/* Of a change each field has a line: "schedule: old -> new". */
static void
print_row(const struct import *import, const struct row *row)
{
	const char *action = row_text(row, "action", NULL);
	const char *name = row_text(row, "name", NULL);
	const char *text = row_text(row, "text", NULL);
	struct buf line = BUF_EMPTY;

	buf_printf(&line, "%5s  %-7s ", row_text(row, "line", NULL), action);
	put_visible(&line, name, strlen(name));
	for (;;) {
		size_t len = strcspn(text, "\n");

		buf_puts(&line, "  ");
		put_visible(&line, text, len);
		print_line(&import->s->view, &line,
		    strcmp(action, "update") == 0);
		if (text[len] == '\0')
			break;
		text += len + 1;
		buf_clear(&line);
		buf_printf(&line, "%14s", "");
	}
	buf_fini(&line);
}

static void
on_row(void *arg, const struct row *row)
{
	struct import *import = arg;
	const char *action = row_text(row, "action", NULL);
	bool is_error = strcmp(action, "error") == 0;

	if (is_error || strcmp(action, "warning") == 0)
		complain_of(import, row, is_error);
	if (import->s->view.json)
		show_row(import->show, row);
	else if (!is_error && strcmp(action, "warning") != 0
	    && strcmp(action, "none") != 0 && strcmp(action, "keep") != 0
	    && !import->s->view.quiet)
		print_row(import, row);
}

/* The last name need not be there: the file may have been removed. */
static char *
absolute_of(const char *path)
{
	char *absolute = realpath(path, NULL);
	struct buf made = BUF_EMPTY;
	char *copy, *directory;

	if (absolute != NULL || errno != ENOENT)
		return absolute;
	copy = xstrdup(path);
	directory = realpath(dirname(copy), NULL);
	strcpy(copy, path);
	if (directory != NULL)
		buf_printf(&made, "%s/%s",
		    strcmp(directory, "/") == 0 ? "" : directory,
		    basename(copy));
	free(directory);
	free(copy);
	return made.len > 0 ? buf_take(&made) : NULL;
}

/*
 * The same file is the same source wherever it is named from. Entries of
 * /etc/crontab and cron.d have a user, whether that is said or not.
 */
static void
put_file(const struct session *s, struct buf *request, const char *path)
{
	char *absolute = strcmp(path, "-") != 0 ? absolute_of(path) : NULL;
	const char *file = absolute != NULL ? absolute : path;

	line_put_pair(request, "file", file);
	if (session_option(s, OPTION_SYSTEM) == NULL
	    && tabfile_is_system(file))
		line_put_pair(request, "system", "yes");
	free(absolute);
}

/* "tab: partial: 2 added, 1 errors": the verdict, then what is not 0. */
static void
print_summary(const struct import *import, const struct call_answer *answer)
{
	const char *between = ": ";

	printf("%s: %s",
	    strcmp(import->file, "-") == 0 ? "standard input" : import->file,
	    call_answer_get(answer, "verdict"));
	for (size_t i = 0; i < answer->words.pair_count; i++) {
		const struct line_pair *pair = &answer->words.pair[i];

		if (atoi(pair->value) == 0)
			continue;
		printf("%s%s %s", between, pair->value, pair->key);
		between = ", ";
	}
	printf("\n");
}

static int
send_text(struct import *import, const struct buf *text,
    struct call_answer *answer)
{
	struct call_sink sink = { import, on_row, NULL };
	struct session *s = import->s;
	struct buf request = BUF_EMPTY;
	struct fault f;
	int status = 0;

	if (session_call(s, &status) == NULL)
		return status;
	session_begin(s, &request);
	put_file(s, &request, import->file);
	session_put_options(s, &request);
	if (call_send(s->call, &request, text, &f) != 0)
		status = session_fail(s, &f);
	else
		status = session_read(s, &sink, answer);
	buf_fini(&request);
	return status;
}

/* Did that import have to do with any job? */
static bool
found_jobs(const struct call_answer *answer)
{
	return atoi(call_answer_get(answer, "gone")) > 0
	    || atoi(call_answer_get(answer, "removed")) > 0;
}

/*
 * A file that was removed is read as an empty one, if it is asked what has
 * vanished: whoever misspells a name is told that there is no such file.
 */
static int
import_file(struct session *s, const char *path)
{
	struct import import = { .s = s, .file = path };
	struct call_answer answer = { 0 };
	struct buf text = BUF_EMPTY;
	struct fault f = { .err = ERR_NONE };
	int status;

	if (read_file(path, &text, &f) != ERR_NONE
	    && (f.err != ERR_NOT_FOUND
		|| session_option(s, OPTION_PRUNE) == NULL)) {
		buf_fini(&text);
		return session_fail(s, &f);
	}
	s->file = path;
	import.show = show_new(&s->view, VERB_import);
	status = send_text(&import, &text, &answer);
	s->file = NULL;
	if (status == 0 && f.err == ERR_NOT_FOUND && !found_jobs(&answer))
		status = session_fail(s, &f);
	if (status == 0 && s->view.json)
		show_end(import.show, NULL);
	else
		show_free(import.show);
	if (status == 0 && !s->view.quiet && !s->view.json)
		print_summary(&import, &answer);
	if (status == 0 && import.errors > 0)
		status = err_exit(ERR_BAD_CRONTAB);
	call_answer_fini(&answer);
	buf_fini(&text);
	return status;
}

/* Names as in /etc/cron.d: no backups of editors and of package managers. */
static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
import_entry(struct session *s, const char *path, const char *name)
{
	const char *dialect = session_option(s, OPTION_DIALECT);
	enum dialect known = DIALECT_DEBIAN;
	struct buf shown = BUF_EMPTY;
	const char *why;
	struct stat st;

	if (dialect != NULL)
		dialect_find(dialect, &known);
	why = crontab_file_check_name(PLACE_DROPIN, known, name);
	if (why == NULL && (stat(path, &st) != 0 || !S_ISREG(st.st_mode)))
		why = "NOT A REGULAR FILE";
	if (why == NULL)
		return import_file(s, path);
	if (!s->view.quiet && !s->view.json) {
		put_visible(&shown, path, strlen(path));
		fprintf(stderr, "%s: passed over: %s\n", buf_text(&shown),
		    why);
	}
	buf_fini(&shown);
	return 0;
}

struct known {
	struct session *s;
	const char *directory;
	char **path; /* owned, so are the names */
	size_t count;
};

static void
on_known(void *arg, const struct row *row)
{
	struct known *known = arg;
	const char *path = row_text(row, "name", NULL);
	struct stat st;

	if (strchr(path + strlen(known->directory) + 1, '/') != NULL
	    || lstat(path, &st) == 0 || errno != ENOENT)
		return;
	known->path = xreallocarray(
	    known->path, known->count + 1, sizeof *known->path);
	known->path[known->count++] = xstrdup(path);
}

/* Asks for the files that were imported from there and are not there now. */
static int
ask_for_known(struct session *s, struct known *known)
{
	const char *user = session_option(s, OPTION_USER);
	struct call_sink sink = { known, on_known, NULL };
	struct buf request = BUF_EMPTY, any = BUF_EMPTY;
	int status = 0;

	if (session_call(s, &status) == NULL)
		return status;
	session_begin(s, &request);
	line_put_pair(&request, "under", known->directory);
	buf_printf(&any, "%s/any", known->directory);
	if (session_option(s, OPTION_SYSTEM) != NULL
	    || tabfile_is_system(buf_text(&any)))
		line_put_pair(&request, "system", "yes");
	if (user != NULL)
		line_put_pair(&request, "user", user);
	status = session_ask(s, &request, &sink, NULL);
	buf_fini(&request);
	buf_fini(&any);
	return status;
}

/* What was removed from a directory has vanished as a whole. */
static int
import_removed(struct session *s, const char *path)
{
	char *absolute = realpath(path, NULL);
	struct known known = { .s = s, .directory = absolute };
	int worst = 0;

	if (absolute == NULL || session_option(s, OPTION_PRUNE) == NULL) {
		free(absolute);
		return 0;
	}
	worst = ask_for_known(s, &known);
	for (size_t i = 0; i < known.count; i++) {
		int status = import_file(s, known.path[i]);

		worst = worst == 0 ? status : worst;
		free(known.path[i]);
	}
	free(known.path);
	free(absolute);
	return worst;
}

static int
import_directory(struct session *s, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_shown, alphasort);
	int worst = 0;
	struct fault f;

	if (count < 0) {
		file_fault(&f, path);
		return session_fail(s, &f);
	}
	for (int i = 0; i < count; i++) {
		struct buf file = BUF_EMPTY;
		int status;

		buf_printf(&file, "%s/%s", path, entries[i]->d_name);
		status = import_entry(s, buf_text(&file), entries[i]->d_name);
		worst = worst == 0 ? status : worst;
		buf_fini(&file);
		free(entries[i]);
	}
	free(entries);
	count = import_removed(s, path);
	return worst == 0 ? count : worst;
}

static int
import_path(struct session *s, const char *path)
{
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0
	    && S_ISDIR(st.st_mode))
		return import_directory(s, path);
	return import_file(s, path);
}

/* Debian's is the dialect of crontabs unless another is asked for. */
static int
explain_file(struct session *s, const char *path)
{
	const char *dialect = session_option(s, OPTION_DIALECT);
	struct import_dry dry = {
		.path = path,
		.dialect = DIALECT_DEBIAN,
		.system = session_option(s, OPTION_SYSTEM) != NULL,
		.check_users = session_option(s, OPTION_CHECK_USERS) != NULL,
		.user = session_option(s, OPTION_USER),
	};
	struct fault f;
	int status;

	if (dialect != NULL
	    && (!dialect_find(dialect, &dry.dialect)
		|| dry.dialect == DIALECT_CALENDAR)) {
		fault_set(&f, ERR_BAD_VALUE, "dialect",
		    "\"%.100s\" is not debian, cronie or extended", dialect);
		return session_fail(s, &f);
	}
	status = import_dry(&dry, stdout, &f);
	return status == err_exit(ERR_NOT_FOUND) ? session_fail(s, &f)
						 : status;
}

int
command_import(struct session *s)
{
	bool is_dry = session_option(s, OPTION_DRY_RUN) != NULL;
	int worst = 0;

	for (size_t i = 0; i < s->args.word_count; i++) {
		int status = is_dry && s->view.json
		    ? explain_file(s, s->args.word[i])
		    : import_path(s, s->args.word[i]);

		worst = worst == 0 ? status : worst;
	}
	return worst;
}
