/*
 * The text lies alone in a directory of mode 0700 that mkdtemp made below
 * $TMPDIR, so nobody else can put anything in its place. What the editor left
 * there is opened anew each time, through the directory's descriptor, since
 * many editors write a new file and rename it; and it is taken only if it is
 * a regular file of the caller's. A link, a FIFO or another's file is refused:
 * the text could be somebody's secret, and would be in the crontab for all who
 * read that.
 *
 * Nothing is removed before the daemon has said yes, or the text is as it was.
 * Should crontab be killed meanwhile, the file is still there.
 */
#include "crontab1_edit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crontab1_ask.h"
#include "interrupt.h"
#include "share/buf.h"
#include "share/verbs.h"

#define FILE_NAME "crontab"
#define DEBIAN_EDITOR "/usr/bin/sensible-editor"

struct edit {
	struct crontab1 *c;
	char dir[4096], path[4096 + sizeof FILE_NAME + 1];
	int dir_fd;
	const struct buf *before;
	struct buf after;
};

static int
complain_errno(const char *what)
{
	fprintf(stderr, "crontab: %s: %s\n", what, strerror(errno));
	return -1;
}

static int
write_text(struct edit *e)
{
	const char *bytes = buf_text(e->before);
	size_t left = e->before->len;
	int fd = openat(e->dir_fd, FILE_NAME,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	while (fd >= 0 && left > 0) {
		ssize_t n = write(fd, bytes, left);

		if (n < 0 && errno != EINTR)
			break;
		bytes += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	if (fd < 0 || left > 0 || close(fd) != 0)
		return complain_errno(e->path);
	return 0;
}

static int
make_file(struct edit *e)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL || *tmp == '\0')
		tmp = "/tmp";
	if (snprintf(e->dir, sizeof e->dir, "%s/crontab.XXXXXX", tmp)
		>= (int)sizeof e->dir
	    || mkdtemp(e->dir) == NULL)
		return complain_errno(tmp);
	snprintf(e->path, sizeof e->path, "%s/%s", e->dir, FILE_NAME);
	e->dir_fd
	    = open(e->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (e->dir_fd < 0)
		return complain_errno(e->dir);
	return write_text(e);
}

/* With it go the backups that editors make. */
static void
remove_file(struct edit *e)
{
	DIR *dir;
	struct dirent *entry;
	int fd;

	interrupt_set_note("");
	if (e->dir_fd < 0)
		return;
	fd = dup(e->dir_fd);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir != NULL)
		rewinddir(dir);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		unlinkat(e->dir_fd, entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(e->dir);
}

static const char *
find_editor(const struct crontab1 *c)
{
	static const char *const names[] = { "VISUAL", "EDITOR" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return value;
	}
	return !c->is_cronie && access(DEBIAN_EDITOR, X_OK) == 0
	    ? DEBIAN_EDITOR
	    : "vi";
}

/* In the child. The file's name is a word of its own, blanks and all. */
static void
become_editor(const struct edit *e, const char *editor)
{
	struct buf line = BUF_EMPTY;

	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	buf_printf(&line, "%s \"$@\"", editor);
	/* As cron's does; only names relative to here would notice. */
	if (chdir("/tmp") != 0)
		complain_errno("/tmp");
	execl("/bin/sh", "sh", "-c", buf_text(&line), "sh", e->path,
	    (char *)NULL);
	complain_errno("/bin/sh");
	_exit(127);
}

/*
 * An editor that is stopped stops us too, so that the shell has its terminal
 * back; when we go on, so does it. The wait status; -1 after a complaint.
 */
static int
wait_for(pid_t pid)
{
	int status;

	for (;;) {
		if (waitpid(pid, &status, WUNTRACED) < 0) {
			if (errno != EINTR)
				return complain_errno("waiting");
			continue;
		}
		if (!WIFSTOPPED(status))
			return status;
		raise(SIGSTOP);
		kill(pid, SIGCONT);
	}
}

/* 0 if the editor is content. Ctrl-C is its business meanwhile. */
static int
run_editor(struct edit *e)
{
	const char *editor = find_editor(e->c);
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old[2];
	int status = -1;
	pid_t pid;

	fflush(stdout);
	sigaction(SIGINT, &ignore, &old[0]);
	sigaction(SIGQUIT, &ignore, &old[1]);
	pid = fork();
	if (pid == 0)
		become_editor(e, editor);
	if (pid < 0)
		complain_errno("fork");
	else
		status = wait_for(pid);
	sigaction(SIGINT, &old[0], NULL);
	sigaction(SIGQUIT, &old[1], NULL);
	if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		fprintf(stderr, "crontab: \"%s\" exited with status %d\n",
		    editor, WEXITSTATUS(status));
	else if (status != -1 && WIFSIGNALED(status))
		fprintf(stderr, "crontab: \"%s\" killed; signal %d\n", editor,
		    WTERMSIG(status));
	return status == 0 ? 0 : -1;
}

/* Why what the editor left is not taken; NULL: it is. */
static const char *
why_not(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "it is no regular file any more";
	if (st.st_uid != geteuid())
		return "it belongs to somebody else now";
	if (st.st_size > PROTO_PAYLOAD_MAX)
		return "it is too large";
	return NULL;
}

static int
read_text(struct edit *e)
{
	ssize_t n = 1;
	const char *why;
	int fd = openat(e->dir_fd, FILE_NAME,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	buf_clear(&e->after);
	if (fd < 0 && errno != ELOOP)
		return complain_errno(e->path);
	why = fd < 0 ? "it is a symbolic link now" : why_not(fd);
	while (why == NULL && n > 0 && e->after.len <= PROTO_PAYLOAD_MAX) {
		n = read(fd, buf_room(&e->after, 65536), 65536);
		if (n > 0)
			buf_grown(&e->after, (size_t)n);
		else if (n < 0)
			why = strerror(errno);
	}
	if (fd >= 0)
		close(fd);
	if (why == NULL)
		return 0;
	fprintf(stderr, "crontab: %s: %s\n", e->path, why);
	return -1;
}

static bool
is_unchanged(const struct edit *e)
{
	return e->after.len == e->before->len
	    && memcmp(buf_text(&e->after), buf_text(e->before), e->after.len)
	    == 0;
}

static int
leave(const struct edit *e)
{
	interrupt_set_note("");
	fprintf(stderr, "crontab: edits left in %s\n", e->path);
	return 1;
}

/* The editor is not content: is there any work to be kept? */
static int
give_up(struct edit *e)
{
	if (read_text(e) != 0 || !is_unchanged(e))
		return leave(e);
	remove_file(e);
	return 1;
}

/* 0 or 1, the exit status; -1: once more. */
static int
edit_once(struct edit *e, const char *print)
{
	struct crontab1_install install = { .text = &e->after,
		.name = e->path,
		.expected = print };
	struct fault f;

	if (run_editor(e) != 0)
		return give_up(e);
	if (read_text(e) != 0)
		return leave(e);
	if (is_unchanged(e)) {
		fprintf(stderr, e->c->is_cronie
			? "crontab: no changes made to crontab\n"
			: "No modification made\n");
		remove_file(e);
		return 0;
	}
	fprintf(stderr, "crontab: installing new crontab\n");
	if (crontab1_install(e->c, &install, &f) == ERR_NONE) {
		remove_file(e);
		return 0;
	}
	crontab1_hang_up(e->c);
	if (f.err == ERR_BAD_CRONTAB
	    && crontab1_confirm(
		"Do you want to retry the same edit? (y/n) ", true))
		return -1;
	if (f.err != ERR_BAD_CRONTAB)
		crontab1_fail(e->c, &f);
	return leave(e);
}

int
crontab1_edit(struct crontab1 *c, const struct buf *before, const char *print)
{
	struct edit e = { .c = c, .dir_fd = -1, .before = before };
	char note[256];
	int status = 1;

	crontab1_hang_up(c); /* the editor may stay open for days */
	if (make_file(&e) == 0) {
		snprintf(note, sizeof note, "\ncrontab: edits left in %.200s",
		    e.path);
		interrupt_set_note(note);
		do
			status = edit_once(&e, print);
		while (status < 0);
	} else {
		remove_file(&e);
	}
	if (e.dir_fd >= 0)
		close(e.dir_fd);
	buf_fini(&e.after);
	return status;
}
