/*
 * A copy of a crontab may be looked at on any machine, by anybody: so the
 * owner of the directory it lies in stands for root, and a user whom this
 * machine does not have owns what is named like him.
 */
#include "tabfile.h"

#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "share/buf.h"
#include "share/log.h"

/* Does the path end in these whole words? */
static bool
is_below(const char *path, const char *tail)
{
	size_t len = strlen(path), tail_len = strlen(tail);

	return len >= tail_len && strcmp(path + len - tail_len, tail) == 0
	    && (len == tail_len || path[len - tail_len - 1] == '/');
}

bool
tabfile_is_system(const char *path)
{
	char *copy = xstrdup(path);
	bool is_one = strcmp(path, "/etc/crontab") == 0
	    || is_below(dirname(copy), "cron.d");

	free(copy);
	return is_one;
}

static enum crontab_place
place_of(const struct tabfile *tab, const char *directory)
{
	if (tab->system) {
		if (strcmp(tab->path, "/etc/crontab") == 0)
			return PLACE_SYSTEM;
		return is_below(directory, "cron.d") ? PLACE_DROPIN
						     : PLACE_ANY;
	}
	if (is_below(directory, "cron/crontabs")
	    || is_below(directory, "spool/cron")
	    || is_below(directory, "spool"))
		return PLACE_SPOOL;
	return PLACE_ANY;
}

/*
 * The user that a spool file is named after. On a machine without him his
 * file is his if its owner is nobody else here.
 */
static void
find_owner(struct crontab_file *file, const char *path, const char *name)
{
	const struct passwd *pw = getpwnam(name);
	struct stat st;

	file->has_user = pw != NULL;
	if (pw != NULL)
		file->user = pw->pw_uid;
	else if (stat(path, &st) == 0 && getpwuid(st.st_uid) == NULL) {
		file->has_user = true;
		file->user = st.st_uid;
	}
}

void
tabfile_describe(const struct tabfile *tab, struct crontab_file *file)
{
	char *copy = xstrdup(tab->path);
	const char *directory = dirname(copy);
	const char *slash = strrchr(tab->path, '/');
	struct stat st;

	memset(file, 0, sizeof *file);
	file->name = slash == NULL ? tab->path : slash + 1;
	file->dialect = tab->dialect;
	file->place = place_of(tab, directory);
	if (file->place != PLACE_SYSTEM && stat(directory, &st) == 0)
		file->root = st.st_uid;
	if (file->place == PLACE_SPOOL)
		find_owner(file, tab->path, file->name);
	free(copy);
}

/* "1 5 cron.daily ..." */
static bool
is_anacron_job(const char *line, const char *end)
{
	char text[128];
	char *rest = text, *word[3];
	size_t len = (size_t)(end - line);

	if (len >= sizeof text)
		len = sizeof text - 1;
	memcpy(text, line, len);
	text[len] = '\0';
	for (int i = 0; i < 3; i++) {
		do
			word[i] = strsep(&rest, " \t");
		while (word[i] != NULL && word[i][0] == '\0');
		if (word[i] == NULL)
			return false;
	}
	return (word[0][0] == '@' || isdigit((unsigned char)word[0][0]))
	    && word[1][strspn(word[1], "0123456789")] == '\0'
	    && (strncmp(word[2], "cron.", 5) == 0);
}

bool
tabfile_is_anacrontab(const char *name, const struct buf *text)
{
	static const char tail[] = "anacrontab";
	size_t len = strlen(name);
	const char *p = buf_text(text), *end;
	bool found = false;

	if (len >= sizeof tail - 1
	    && strcmp(name + len - (sizeof tail - 1), tail) == 0)
		return true;
	for (; *p != '\0'; p = end + (*end == '\n')) {
		p += strspn(p, " \t");
		end = p + strcspn(p, "\n");
		if (p == end || *p == '#' || memchr(p, '=', (size_t)(end - p)))
			continue;
		if (!is_anacron_job(p, end))
			return false;
		found = true;
	}
	return found;
}

const char *
tabfile_user(const struct tabfile *tab, const struct crontab_file *file)
{
	const struct passwd *pw;

	if (tab->user != NULL)
		return tab->user;
	if (file->place == PLACE_SPOOL)
		return file->name;
	pw = getpwuid(geteuid());
	return pw == NULL ? "" : pw->pw_name;
}

int
tabfile_read(const struct tabfile *tab, struct crontab_file *file,
    struct buf *text, struct fault *f)
{
	int rc;

	if (strcmp(tab->path, "-") == 0)
		return crontab_file_read_fd(
		    STDIN_FILENO, CRONTAB_FILE_BYTES, text, f);
	rc = crontab_file_read(tab->path, file, text, f);
	if (rc != 0 && f->err == ERR_NOT_FOUND)
		fault_set(f, ERR_NOT_FOUND, "", "%.150s: %s", tab->path,
		    strerror(ENOENT));
	return rc;
}
