/*
 * shim_news: messages to a daemon that may be slow, dead or gone. Nobody here
 * waits for it longer than asked to. It does not know what the news mean.
 */
#ifndef CRONSD_SHIM_NEWS_H
#define CRONSD_SHIM_NEWS_H

#include <stdbool.h>

#include "spool.h"

/* One message on its way. */
struct shim_news {
	int fd; /* to poll for POLLOUT; -1: nothing is to be sent */
	bool has_self; /* our own pidfd goes along */
	struct spool_news news;
};

/* Sends it if that can be done now, once; fd stays open. False: errno. */
bool shim_news_send(const struct shim_news *mail);

/*
 * Sends if it can be sent now. Sent, or if the other end is gone: closes fd.
 * Else it is left as it is: try again when fd is writable.
 */
void shim_news_try(struct shim_news *mail);

/* The same, but waits up to ms for a stalled daemon; closes fd. */
void shim_news_flush(struct shim_news *mail, int ms);

/* Connects to the daemon's news socket in the spool; fd -1 if none listens. */
void shim_news_connect(struct shim_news *mail, int spool);

#endif
