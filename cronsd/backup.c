/*
 * A copy gets its name only after it was checked, so that whatever has a name
 * can be used. Names sort by time.
 */
#include "backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/log.h"

#define KEPT 3

static int
is_backup(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return strncmp(e->d_name, "main-", 5) == 0 && len > 8
	    && strcmp(e->d_name + len - 3, ".db") == 0;
}

static char *
path_in(const char *state_dir, const char *name)
{
	struct buf path = BUF_EMPTY;

	buf_printf(&path, "%s/backup%s%s", state_dir,
	    *name == '\0' ? "" : "/", name);
	return buf_take(&path);
}

/* Calls for every backup, the newest first; n counts from 0. */
static void
each_backup(const char *state_dir,
    void (*each)(void *arg, int n, const char *path), void *arg)
{
	char *dir = path_in(state_dir, "");
	struct dirent **entries;
	int count = scandir(dir, &entries, is_backup, alphasort);

	for (int i = count - 1; i >= 0; i--) {
		char *path = path_in(state_dir, entries[i]->d_name);

		each(arg, count - 1 - i, path);
		free(path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(dir);
}

static void
drop_old(void *arg, int n, const char *path)
{
	(void)arg;
	if (n >= KEPT)
		unlink(path);
}

static int
copy_and_check(const char *main_path, const char *path)
{
	enum db_trouble trouble;
	struct db *db = db_open(main_path, DB_MAIN, true, &trouble);
	int got = db == NULL ? -1 : db_backup(db, path);

	db_close(db);
	if (got != 0)
		return -1;
	db = db_open(path, DB_MAIN, true, &trouble);
	got = db == NULL || !db_is_sound(db) ? -1 : 0;
	db_close(db);
	return got;
}

int
backup_make(const char *state_dir, const char *main_path)
{
	struct buf name = BUF_EMPTY;
	char *dir = path_in(state_dir, ""), *path, *fresh;
	int got;

	mkdir(dir, 0700);
	buf_printf(&name, "main-%lld.db",
	    (long long)(wall_now().us / SECOND_US));
	path = path_in(state_dir, buf_text(&name));
	fresh = path_in(state_dir, "new");
	unlink(fresh);
	got = copy_and_check(main_path, fresh);
	if (got == 0)
		got = rename(fresh, path);
	if (got == 0)
		each_backup(state_dir, drop_old, NULL);
	else {
		log_warn("no backup was made in %s", dir);
		unlink(fresh);
	}
	buf_fini(&name);
	free(fresh);
	free(path);
	free(dir);
	return got;
}

static void
take_first(void *arg, int n, const char *path)
{
	if (n == 0)
		*(char **)arg = xstrdup(path);
}

char *
backup_newest(const char *state_dir)
{
	char *path = NULL;

	each_backup(state_dir, take_first, &path);
	return path;
}

int
backup_use(const char *backup, const char *main_path)
{
	int from = open(backup, O_RDONLY | O_CLOEXEC);
	int to = open(main_path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	ssize_t n = 1;

	while (from >= 0 && to >= 0 && n > 0)
		n = sendfile(to, from, NULL, 1 << 20);
	if (from < 0 || to < 0 || n < 0 || fsync(to) != 0) {
		log_warn("using %s: %s", backup, strerror(errno));
		if (to >= 0)
			unlink(main_path);
		n = -1;
	}
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return n < 0 ? -1 : 0;
}
