/*
 * The lists are read at each question, so that a change counts at once; they
 * are short and lie in /etc. A name a line; blanks around it do not count.
 */
#include "allow.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "self.h"
#include "share/buf.h"
#include "share/log.h"
#include "share/when.h"

#define LIST_BYTES (1 << 20)

enum listed { LIST_MISSING, LIST_BAD, LIST_NO, LIST_YES };

static enum listed
look_in(const struct buf *text, const char *user)
{
	const char *p = buf_text(text);

	while (*p != '\0') {
		size_t len = strcspn(p, "\n");
		const char *from = p + strspn(p, " \t");
		const char *to = p + len;

		while (to > from && strchr(" \t\r", to[-1]) != NULL)
			to--;
		if (from < to && (size_t)(to - from) == strlen(user)
		    && strncmp(from, user, strlen(user)) == 0)
			return LIST_YES;
		p += len;
		p += *p == '\n';
	}
	return LIST_NO;
}

static int
read_list(int fd, struct buf *text)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)
	    || st.st_size > LIST_BYTES) {
		errno = EINVAL;
		return -1;
	}
	do {
		n = read(fd, buf_room(text, 4096), 4096);
		if (n > 0)
			buf_grown(text, (size_t)n);
	} while (n > 0 && text->len <= LIST_BYTES);
	return n < 0 ? -1 : 0;
}

static enum listed
find_in(const char *path, const char *user)
{
	struct buf text = BUF_EMPTY;
	enum listed listed = LIST_BAD;
	int fd;

	if (*path == '\0')
		return LIST_MISSING;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return LIST_MISSING;
	if (fd < 0 || read_list(fd, &text) != 0)
		log_warn("%s: %s: nobody is let through", path,
		    strerror(errno));
	else
		listed = look_in(&text, user);
	if (fd >= 0)
		close(fd);
	buf_fini(&text);
	return listed;
}

/* The setting, else where cron has the list. */
static const char *
path_of(const struct self *self, const char *setting, const char *usual)
{
	if (*setting != '\0')
		return setting;
	return self->is_private ? "" : usual;
}

bool
allow_user(
    const struct conf *conf, const struct self *self, const char *user)
{
	enum listed listed = find_in(
	    path_of(self, conf->cron_allow, "/etc/cron.allow"), user);

	if (listed != LIST_MISSING)
		return listed == LIST_YES;
	listed = find_in(
	    path_of(self, conf->cron_deny, "/etc/cron.deny"), user);
	if (listed != LIST_MISSING)
		return listed == LIST_NO;
	return conf->dialect != DIALECT_CRONIE;
}
