/*
 * backup: what the daemon sends becomes a file, which has its name only when
 * all of it is on the disk: a file of that name can be used.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"
#include "share/buf.h"

struct copy {
	int fd;
	int error; /* errno of the first write that failed */
	int64_t bytes;
};

static void
on_frame(void *arg, const struct frame *frame)
{
	struct copy *copy = arg;
	size_t at = 0;

	while (frame->kind == 'o' && at < frame->len && copy->error == 0) {
		ssize_t n = write(copy->fd, frame->bytes + at, frame->len - at);

		if (n < 0 && errno != EINTR)
			copy->error = errno;
		at += n > 0 ? (size_t)n : 0;
	}
	copy->bytes += (int64_t)at;
}

/* The fault names the file. */
static int
fail(struct session *s, const char *path, int error)
{
	struct fault f;

	fault_set(&f, ERR_INTERNAL, "", "%.150s: %s", path, strerror(error));
	return session_fail(s, &f);
}

/* Was every byte that was sent written? */
static bool
is_whole(const struct copy *copy, const struct call_answer *answer)
{
	return atoll(call_answer_get(answer, "bytes")) == copy->bytes
	    && copy->bytes > 0;
}

static int
take_copy(struct session *s, struct copy *copy, const char *fresh)
{
	struct call_sink sink = { copy, NULL, on_frame };
	struct call_answer answer = { 0 };
	struct buf request = BUF_EMPTY;
	const char *path = s->args.word[0];
	int status;

	session_begin(s, &request);
	status = session_ask(s, &request, &sink, &answer);
	if (status == 0 && copy->error == 0 && !is_whole(copy, &answer))
		copy->error = EIO;
	if (status == 0 && copy->error == 0
	    && (fsync(copy->fd) != 0 || rename(fresh, path) != 0))
		copy->error = errno;
	if (status == 0 && copy->error != 0)
		status = fail(s, path, copy->error);
	if (status == 0)
		status = session_say_done(s, &answer);
	call_answer_fini(&answer);
	buf_fini(&request);
	return status;
}

int
command_backup(struct session *s)
{
	struct copy copy = { .error = 0 };
	struct buf fresh = BUF_EMPTY;
	int status;

	buf_printf(&fresh, "%s.new", s->args.word[0]);
	copy.fd = open(buf_text(&fresh),
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (copy.fd < 0) {
		status = fail(s, buf_text(&fresh), errno);
	} else {
		status = take_copy(s, &copy, buf_text(&fresh));
		close(copy.fd);
		if (status != 0)
			unlink(buf_text(&fresh));
	}
	buf_fini(&fresh);
	return status;
}
