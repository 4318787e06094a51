/*
 * Two sockets: the order socket, inherited from the zygote and gone with the
 * daemon that made it, and a datagram socket with a name in the spool, which
 * any later daemon takes over. The name is reached through the descriptor of
 * the spool, for it may be longer than the address of a socket may be.
 */
#include "shim_news.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "spool_text.h"

static void
finish(struct shim_news *mail)
{
	if (mail->fd != -1)
		close(mail->fd);
	mail->fd = -1;
}

/* Puts a descriptor beside the message; control has room for it. */
static void
attach(struct msghdr *message, char *control, int fd)
{
	struct cmsghdr *part;

	message->msg_control = control;
	message->msg_controllen = CMSG_SPACE(sizeof fd);
	part = CMSG_FIRSTHDR(message);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(part), &fd, sizeof fd);
}

bool
shim_news_send(const struct shim_news *mail)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct spool_news news = mail->news;
	struct iovec bytes = { &news, sizeof news };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
	int self = -1;
	ssize_t n;

	if (mail->has_self)
		self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (self != -1)
		attach(&message, control, self);
	n = sendmsg(mail->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (self != -1)
		close(self);
	return n != -1;
}

void
shim_news_try(struct shim_news *mail)
{
	if (mail->fd != -1
	    && (shim_news_send(mail)
		|| (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)))
		finish(mail);
}

void
shim_news_flush(struct shim_news *mail, int ms)
{
	shim_news_try(mail);
	if (mail->fd == -1)
		return;
	poll(&(struct pollfd) { .fd = mail->fd, .events = POLLOUT }, 1, ms);
	shim_news_try(mail);
	finish(mail);
}

void
shim_news_connect(struct shim_news *mail, int spool)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct spool_text path = spool_text(to.sun_path, sizeof to.sun_path);

	spool_put(&path, "/proc/self/fd/");
	spool_put_number(&path, spool);
	spool_put(&path, "/" SPOOL_NEWS_SOCKET);
	mail->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (mail->fd == -1)
		return;
	if (connect(mail->fd, (struct sockaddr *)&to, sizeof to) == -1)
		finish(mail);
}
