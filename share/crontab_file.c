/*
 * The rules were measured on Debian's cron 3.0pl1-162 and cronie 1.7.2. What
 * a path leads to may change between two looks at it, so what is decided is
 * decided by fstat on the open descriptor; the look before the open is there
 * so that nothing but a regular file is ever opened, and for the owner of a
 * link. What was no link then is opened without following one; a link must
 * still be the same one afterwards.
 */
#include "crontab_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"

/* Debian's cron dies of longer names; no file system needs them. */
#define NAME_BYTES 247

#define CRONIE_MODE_MASK 07533
#define CRONIE_MODE 0400

bool
crontab_is_user_name(const char *name)
{
	const char *p = name;

	if (!isalnum((unsigned char)*p) && *p != '_')
		return false;
	while (isalnum((unsigned char)*p)
	    || (*p != '\0' && strchr("_.@+\\-", *p) != NULL))
		p++;
	if (*p == '$' && p[1] == '\0')
		p++;
	return *p == '\0' && name[strspn(name, "0123456789")] != '\0'
	    && p - name < 256;
}

static bool
ends_with(const char *name, const char *tail)
{
	size_t len = strlen(name), tail_len = strlen(tail);

	return len > tail_len && strcmp(name + len - tail_len, tail) == 0;
}

/* Both crons call it an orphan, which nobody can ever adopt. */
static const char *
check_user_name(const char *name)
{
	return crontab_is_user_name(name)
	    ? NULL
	    : "ORPHAN: no user can have that name";
}

/* cronie passes over leftovers of editors and of rpm, in both places. */
static const char *
check_cronie_name(const char *name)
{
	if (name[0] == '.' || name[0] == '#')
		return "BAD NAME: it begins with . or #";
	if (ends_with(name, "~") || ends_with(name, ".rpmsave")
	    || ends_with(name, ".rpmorig") || ends_with(name, ".rpmnew"))
		return "BAD NAME: a backup of an editor or of rpm";
	return strlen(name) >= 255 ? "BAD NAME: too long" : NULL;
}

static const char *
check_debian_name(enum crontab_place place, const char *name)
{
	const char *p = name;

	if (place == PLACE_SPOOL) {
		if (name[0] == '.' || strncmp(name, "tmp.", 4) == 0)
			return "BAD NAME: a temporary or hidden file";
		return check_user_name(name);
	}
	while (isalnum((unsigned char)*p) || *p == '_' || *p == '-')
		p++;
	if (*p != '\0' || p == name)
		return "BAD NAME: only letters, digits, _ and - are allowed";
	return strlen(name) > NAME_BYTES ? "BAD NAME: too long" : NULL;
}

const char *
crontab_file_check_name(
    enum crontab_place place, enum dialect dialect, const char *name)
{
	const char *why;

	if (place == PLACE_ANY || place == PLACE_SYSTEM)
		return NULL;
	if (dialect != DIALECT_CRONIE)
		return check_debian_name(place, name);
	why = check_cronie_name(name);
	if (why == NULL && place == PLACE_SPOOL)
		why = check_user_name(name);
	return why;
}

static const char *
check_debian(const struct crontab_file *file)
{
	bool is_spool = file->place == PLACE_SPOOL;

	if (is_spool && file->is_link)
		return "NOT A REGULAR FILE: a symbolic link";
	if (file->is_link && file->link_owner != file->root)
		return "WRONG SYMLINK OWNER: it must be root's";
	if (file->owner != file->root
	    && !(is_spool && file->has_user && file->owner == file->user))
		return is_spool ? "WRONG FILE OWNER: it must be the user's"
				: "WRONG FILE OWNER: it must be root's";
	if (is_spool && (file->mode & 07777) != 0600)
		return "INSECURE MODE: it must be 0600";
	if (!is_spool && (file->mode & 022) != 0)
		return "INSECURE MODE: group or others may write";
	return file->links != 1 ? "NUMBER OF HARD LINKS > 1" : NULL;
}

static const char *
check_cronie(const struct crontab_file *file)
{
	bool is_spool = file->place == PLACE_SPOOL;

	if ((file->mode & CRONIE_MODE_MASK) != CRONIE_MODE)
		return "BAD FILE MODE: it must be like 0600 or 0644";
	if (file->owner != file->root
	    && !(is_spool && file->has_user && file->owner == file->user))
		return is_spool ? "WRONG FILE OWNER: it must be the user's"
				: "WRONG FILE OWNER: it must be root's";
	return is_spool && file->links != 1 ? "BAD LINK COUNT" : NULL;
}

const char *
crontab_file_check(const struct crontab_file *file)
{
	const char *why = crontab_file_check_name(
	    file->place, file->dialect, file->name);

	if (why != NULL)
		return why;
	if (!S_ISREG(file->mode))
		return "NOT A REGULAR FILE";
	if (file->place == PLACE_ANY)
		return NULL;
	return file->dialect == DIALECT_CRONIE ? check_cronie(file)
					       : check_debian(file);
}

static int
refuse(struct fault *f, const char *why)
{
	fault_set(f, ERR_BAD_CRONTAB, "", "%s", why);
	return -1;
}

/* What the system says for reasons of the file itself stays so. */
static int
refuse_errno(struct fault *f)
{
	enum err err = ERR_INTERNAL;

	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP
	    || errno == EACCES || errno == EPERM || errno == ENXIO)
		err = ERR_BAD_CRONTAB;
	fault_set(f, err, "", "CAN'T OPEN: %s", strerror(errno));
	return -1;
}

static bool
may_follow(const struct crontab_file *file)
{
	return file->place != PLACE_SPOOL || file->dialect == DIALECT_CRONIE;
}

/* Looks without opening; what is no regular file is never opened. */
static int
look(const char *path, struct crontab_file *file, struct stat *seen,
    struct fault *f)
{
	struct stat st;

	if (lstat(path, seen) != 0) {
		int e = errno;

		refuse_errno(f);
		if (e == ENOENT)
			f->err = ERR_NOT_FOUND;
		return -1;
	}
	st = *seen;
	file->is_link = S_ISLNK(st.st_mode);
	file->link_owner = st.st_uid;
	if (file->is_link && !may_follow(file))
		return refuse(f, "NOT A REGULAR FILE: a symbolic link");
	if (file->is_link && stat(path, &st) != 0)
		return refuse_errno(f);
	file->mode = st.st_mode;
	return S_ISREG(st.st_mode) ? 0 : refuse(f, "NOT A REGULAR FILE");
}

static int64_t
nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/*
 * Opens what was looked at. A link that was exchanged in between might have
 * had an owner whom the dialect does not trust.
 */
static int
open_seen(const char *path, struct crontab_file *file,
    const struct stat *seen, struct fault *f)
{
	struct stat st, again;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
		| (file->is_link ? 0 : O_NOFOLLOW));

	if (fd < 0 || fstat(fd, &st) != 0) {
		bool is_replaced = errno == ELOOP || errno == ENOENT;

		refuse_errno(f);
		if (is_replaced)
			f->err = ERR_CHANGED;
		goto out;
	}
	file->owner = st.st_uid;
	file->mode = st.st_mode;
	file->links = st.st_nlink;
	file->inode = (int64_t)st.st_ino;
	file->size = st.st_size;
	file->mtime_ns = nanoseconds(&st.st_mtim);
	file->ctime_ns = nanoseconds(&st.st_ctim);
	if (st.st_nlink > 0
	    && (!file->is_link
		|| (lstat(path, &again) == 0 && again.st_ino == seen->st_ino
		    && nanoseconds(&again.st_ctim)
			== nanoseconds(&seen->st_ctim))))
		return fd;
	fault_set(f, ERR_CHANGED, "", "it was replaced during the look");
out:
	if (fd >= 0)
		close(fd);
	return -1;
}

static void
look_again(int fd, struct crontab_file *file)
{
	struct stat st;

	file->is_moving = fstat(fd, &st) != 0 || st.st_size != file->size
	    || nanoseconds(&st.st_mtim) != file->mtime_ns
	    || nanoseconds(&st.st_ctim) != file->ctime_ns;
}

static int
refuse_size(struct fault *f, int64_t most_bytes)
{
	fault_set(f, ERR_BAD_CRONTAB, "", "TOO LARGE: over %lld MiB",
	    (long long)(most_bytes >> 20));
	return -1;
}

/* All of it, as far as it goes: a file that grows is cut off at the limit. */
int
crontab_file_read_fd(
    int fd, int64_t most_bytes, struct buf *text, struct fault *f)
{
	for (;;) {
		ssize_t n = read(fd, buf_room(text, 65536), 65536);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse_errno(f);
		if (n == 0)
			return 0;
		buf_grown(text, (size_t)n);
		if ((int64_t)text->len > most_bytes)
			return refuse_size(f, most_bytes);
	}
}

int
crontab_file_read(const char *path, struct crontab_file *file,
    struct buf *text, struct fault *f)
{
	int64_t most = file->most_bytes > 0 ? file->most_bytes
					    : CRONTAB_FILE_BYTES;
	int fd, rc;
	struct stat seen;
	const char *why = crontab_file_check_name(
	    file->place, file->dialect, file->name);

	if (why != NULL)
		return refuse(f, why);
	if (look(path, file, &seen, f) != 0)
		return -1;
	fd = open_seen(path, file, &seen, f);
	if (fd < 0)
		return -1;
	why = crontab_file_check(file);
	if (why != NULL)
		rc = refuse(f, why);
	else if (file->size > most)
		rc = refuse_size(f, most);
	else
		rc = crontab_file_read_fd(fd, most, text, f);
	look_again(fd, file);
	close(fd);
	return rc;
}
