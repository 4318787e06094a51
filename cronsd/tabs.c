/*
 * A crontab is never open half-written under its name: the text goes into
 * .new-USER beside it (cron passes over names with a dot in front), is given
 * to the user, synced and renamed. A leftover of a daemon that was killed in
 * between is removed by the next one that writes. All calls come from one
 * worker thread, so that nothing of ours comes between the look at the
 * fingerprint and the rename.
 *
 * The directory may be writable to a group that others' programs have
 * (crontab), so nothing in it is trusted: no link is followed, nothing but a
 * regular file is opened, and a file is shown to a user only if it is his or
 * root's alone.
 */
#include "tabs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "conf.h"
#include "self.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/crontab_file.h"
#include "share/log.h"
#include "share/when.h"

#define SYSTEM_TABS "/var/spool/cron/crontabs"
#define CRONIE_TABS "/var/spool/cron"

static char *
usual_directory(const struct self *self, const struct conf *conf)
{
	struct buf path = BUF_EMPTY;

	if (self->is_private)
		buf_printf(&path, "%s/crontabs", self->state_dir);
	else
		buf_puts(&path, conf->dialect == DIALECT_CRONIE
			? CRONIE_TABS
			: SYSTEM_TABS);
	return buf_take(&path);
}

char *
tabs_directory(const struct self *self, const struct conf *conf)
{
	if (strcmp(conf->user_crontabs, "no") == 0)
		return NULL;
	if (*conf->user_crontabs != '\0')
		return xstrdup(conf->user_crontabs);
	return usual_directory(self, conf);
}

void
tabs_place_init(struct tabs_place *place, const struct self *self,
    const struct conf *conf, const char *user)
{
	struct buf path = BUF_EMPTY;

	memset(place, 0, sizeof *place);
	place->dir = tabs_directory(self, conf);
	if (place->dir == NULL) /* what is there may be read and removed */
		place->dir = usual_directory(self, conf);
	buf_printf(&path, "%s/kept/%s", self->state_dir, user);
	place->kept = buf_take(&path);
	strlcpy(place->user, user, sizeof place->user);
}

void
tabs_place_fini(struct tabs_place *place)
{
	free(place->dir);
	free(place->kept);
	memset(place, 0, sizeof *place);
}

int
tabs_is_name(const char *user)
{
	return crontab_is_user_name(user) && strchr(user, '/') == NULL
	    && strlen(user) < sizeof ((struct tabs_place *)NULL)->user;
}

static enum err
system_fault(struct fault *f, const char *what)
{
	bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EROFS;

	return fault_set(f, is_full ? ERR_DEGRADED : ERR_INTERNAL, "",
	    "%.160s: %s", what, strerror(errno));
}

/* A directory of root's, made with its parents if it is not there. */
static int
open_directory(const char *path, mode_t mode)
{
	char *copy = xstrdup(path);

	for (char *p = copy + 1; *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(copy, 0755);
			*p = '/';
		}
	free(copy);
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Is it a file whose text may be shown to the user? */
static const char *
why_not(const struct stat *st, uid_t uid)
{
	if (!S_ISREG(st->st_mode))
		return "NOT A REGULAR FILE";
	if (st->st_uid != uid && st->st_uid != 0)
		return "WRONG FILE OWNER";
	if (st->st_nlink != 1 && st->st_uid != uid)
		return "NUMBER OF HARD LINKS > 1";
	return NULL;
}

/* A file in an open directory, and whose it may be beside root's. */
struct tab_file {
	int dir;
	const char *name;
	uid_t uid;
};

static enum err
read_file(const struct tab_file *file, struct buf *text, struct fault *f)
{
	const char *why, *name = file->name;
	struct stat st;
	enum err err = ERR_NONE;
	int fd = openat(file->dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == ELOOP)
		return fault_set(f, ERR_DENIED, "",
		    "%.100s: it is a symbolic link", name);
	if (fd < 0 && errno != ENOENT)
		return system_fault(f, name);
	if (fd < 0)
		return fault_set(
		    f, ERR_NOT_FOUND, "", "no crontab for %.64s", name);
	why = fstat(fd, &st) == 0 ? why_not(&st, file->uid) : strerror(errno);
	if (why != NULL)
		err = fault_set(f, ERR_DENIED, "", "%.100s: %s", name, why);
	else if (crontab_file_read_fd(fd, CRONTAB_FILE_BYTES, text, f) != 0)
		err = f->err;
	close(fd);
	return err;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The group is the directory's, as where crontab(1) is setgid. */
static int
give_to(int fd, int dir, uid_t uid)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (fstat(dir, &st) != 0)
		return -1;
	return fchown(fd, uid, st.st_gid);
}

/* Writes, syncs and renames: all of it or nothing. 0, or -1 and errno. */
static int
write_file(int dir, const char *name, uid_t uid, const struct buf *text)
{
	char fresh[NAME_MAX + 1];
	int err, fd;

	snprintf(fresh, sizeof fresh, ".new-%.200s", name);
	if (unlinkat(dir, fresh, 0) != 0 && errno != ENOENT)
		return -1;
	fd = openat(dir, fresh,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (write_all(fd, buf_text(text), text->len) != 0
	    || give_to(fd, dir, uid) != 0 || fchmod(fd, 0600) != 0
	    || fsync(fd) != 0 || renameat(dir, fresh, dir, name) != 0) {
		err = errno;
		close(fd);
		unlinkat(dir, fresh, 0);
		errno = err;
		return -1;
	}
	close(fd);
	return fsync(dir);
}

static int
is_copy(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Names of the copies, oldest first; -1 and errno, or how many. */
static int
find_copies(const struct tabs_place *place, struct dirent ***found)
{
	return scandir(place->kept, found, is_copy, alphasort);
}

static void
free_copies(struct dirent **found, int count)
{
	for (int i = 0; i < count; i++)
		free(found[i]);
	if (count >= 0)
		free(found);
}

static void
drop_old_copies(const struct tabs_place *place, int dir)
{
	struct dirent **found;
	int count = find_copies(place, &found);

	for (int i = 0; i < count - TABS_KEPT; i++)
		unlinkat(dir, found[i]->d_name, 0);
	free_copies(found, count);
}

/* Copies are root's: named by the microsecond, so that they sort by age. */
static int
keep_copy(const struct tabs_place *place, const struct buf *text,
    struct buf *kept)
{
	char name[32];
	int result, dir = open_directory(place->kept, 0700);

	if (dir < 0)
		return -1;
	snprintf(name, sizeof name, "%020lld", (long long)wall_now().us);
	result = write_file(dir, name, geteuid(), text);
	if (result == 0) {
		buf_printf(kept, "%s/%s", place->kept, name);
		drop_old_copies(place, dir);
	}
	close(dir);
	return result;
}

enum err
tabs_read_kept(
    const struct tabs_place *place, struct buf *text, struct fault *f)
{
	struct dirent **found;
	int count = find_copies(place, &found);
	int dir = open(place->kept, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = ERR_NOT_FOUND;

	if (count > 0 && dir >= 0)
		err = read_file(
		    &(struct tab_file) {
			dir, found[count - 1]->d_name, geteuid() },
		    text, f);
	else
		fault_set(f, err, "", "no earlier crontab of %s is kept",
		    place->user);
	if (dir >= 0)
		close(dir);
	free_copies(found, count);
	return err;
}

enum err
tabs_read(
    const struct tabs_place *place, struct buf *text, struct fault *f)
{
	enum err err;
	int dir = open(place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 && errno == ENOENT)
		return fault_set(f, ERR_NOT_FOUND, "", "no crontab for %s",
		    place->user);
	if (dir < 0)
		return system_fault(f, place->dir);
	err = read_file(
	    &(struct tab_file) { dir, place->user, place->uid }, text, f);
	close(dir);
	return err;
}

/* FNV-1a and the length: for edits that cross, not against forgery. */
void
tabs_fingerprint(const struct buf *text, char print[TABS_PRINT])
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (text == NULL) {
		strlcpy(print, TABS_NONE, TABS_PRINT);
		return;
	}
	for (size_t i = 0; i < text->len; i++) {
		h ^= (unsigned char)text->data[i];
		h *= UINT64_C(0x100000001b3);
	}
	snprintf(print, TABS_PRINT, "%016llx-%zu", (unsigned long long)h,
	    text->len);
}

/* Is what lies there (NULL: nothing) what the caller believes? */
static enum err
check_expected(const struct tabs_place *place, const struct buf *old,
    const char *expected, struct fault *f)
{
	char print[TABS_PRINT];

	tabs_fingerprint(old, print);
	if (*expected == '\0' || strcmp(print, expected) == 0)
		return ERR_NONE;
	return fault_set(f, ERR_CHANGED, "",
	    "the crontab of %s was changed meanwhile", place->user);
}

static int
put_in(int dir, const struct tabs_place *place, const struct buf *text)
{
	if (text != NULL)
		return write_file(dir, place->user, place->uid, text);
	return unlinkat(dir, place->user, 0) != 0 ? -1 : fsync(dir);
}

enum err
tabs_put(const struct tabs_place *place, const struct tabs_change *change,
    struct fault *f)
{
	struct buf old = BUF_EMPTY;
	enum err err = ERR_NONE;
	bool is_there;
	int dir = open_directory(place->dir, 0700);
	struct tab_file file = { dir, place->user, place->uid };

	buf_clear(change->kept);
	if (dir < 0)
		return system_fault(f, place->dir);
	is_there = read_file(&file, &old, f) == ERR_NONE;
	if (!is_there && (f->err != ERR_NOT_FOUND || change->text == NULL)) {
		err = f->err;
		goto out;
	}
	err = check_expected(place, is_there ? &old : NULL,
	    change->expected, f);
	if (err != ERR_NONE)
		goto out;
	if (is_there && keep_copy(place, &old, change->kept) != 0)
		err = system_fault(f, place->kept);
	else if (put_in(dir, place, change->text) != 0)
		err = system_fault(f, place->dir);
out:
	f->err = err; /* that there was none is no fault of a new one */
	buf_fini(&old);
	close(dir);
	return err;
}
