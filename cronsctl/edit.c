/*
 * $VISUAL, $EDITOR, sensible-editor or vi, started by a shell as all programs
 * do it. What the editor left is opened anew, without following a link, and
 * taken only if it is a regular file of the caller's: /tmp is everybody's.
 */
#include "edit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST (1 << 21) /* bytes of a job's text */

static int
complain_errno(const char *what)
{
	fprintf(stderr, "cronsctl: edit: %s: %s\n", what, strerror(errno));
	return -1;
}

int
edit_begin(struct edit *e, const struct buf *text)
{
	const char *tmp = getenv("TMPDIR");
	FILE *file;
	int fd;

	if (tmp == NULL || *tmp == '\0')
		tmp = "/tmp";
	snprintf(e->path, sizeof e->path, "%.4000s/cronsctl.XXXXXX", tmp);
	fd = mkostemp(e->path, O_CLOEXEC);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (file == NULL) {
		complain_errno(e->path);
		e->path[0] = '\0';
		return -1;
	}
	fwrite(buf_text(text), 1, text->len, file);
	return fclose(file) == 0 ? 0 : complain_errno(e->path);
}

static const char *
find_editor(void)
{
	static const char *const names[] = { "VISUAL", "EDITOR" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return value;
	}
	return access("/usr/bin/sensible-editor", X_OK) == 0
	    ? "/usr/bin/sensible-editor"
	    : "vi";
}

static void
become_editor(const struct edit *e)
{
	struct buf line = BUF_EMPTY;

	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	buf_printf(&line, "%s \"$@\"", find_editor());
	execl("/bin/sh", "sh", "-c", buf_text(&line), "sh", e->path,
	    (char *)NULL);
	_exit(127);
}

/* Its wait status; Ctrl-C is its business meanwhile. */
static int
run_editor(const struct edit *e)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old[2];
	int status = -1;
	pid_t pid;

	fflush(stdout);
	sigaction(SIGINT, &ignore, &old[0]);
	sigaction(SIGQUIT, &ignore, &old[1]);
	pid = fork();
	if (pid == 0)
		become_editor(e);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	sigaction(SIGINT, &old[0], NULL);
	sigaction(SIGQUIT, &old[1], NULL);
	return status;
}

static int
read_text(struct edit *e)
{
	struct stat st;
	ssize_t n = 1;
	int fd = open(e->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0)
		n = complain_errno(e->path);
	else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()
	    || st.st_size > MOST) {
		fprintf(stderr, "cronsctl: edit: %s: it is no text of ours\n",
		    e->path);
		n = -1;
	}
	buf_clear(&e->text);
	while (n > 0 && e->text.len <= MOST) {
		n = read(fd, buf_room(&e->text, 65536), 65536);
		if (n > 0)
			buf_grown(&e->text, (size_t)n);
		else if (n < 0)
			complain_errno(e->path);
	}
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

int
edit_run(struct edit *e)
{
	int status = run_editor(e);

	if (status != 0) {
		fprintf(stderr, "cronsctl: edit: the editor failed\n");
		return -1;
	}
	return read_text(e);
}

void
edit_end(struct edit *e, bool keep)
{
	if (e->path[0] != '\0' && keep)
		fprintf(stderr, "cronsctl: edit: the text is in %s\n",
		    e->path);
	else if (e->path[0] != '\0')
		unlink(e->path);
	buf_fini(&e->text);
}
