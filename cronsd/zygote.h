/*
 * zygote: the process shims are forked from, as the daemon sees it: starting
 * it by the descriptor of its binary, sending orders, reading news. It does
 * not know runs.
 */
#ifndef CRONSD_ZYGOTE_H
#define CRONSD_ZYGOTE_H

#include <stdbool.h>
#include <sys/types.h>

struct buf;
struct spool_news;
struct spool_order;

struct zygote {
	pid_t pid; /* 0: none */
	int fd; /* order socket, non-blocking; -1 none */
};

/* 0, or -1 and errno (logged). */
int zygote_start(struct zygote *z, int shim_fd, int spool_fd);

/* From here on nobody's news are taken; those that were are still there. */
void zygote_hush(struct zygote *z);

/* Closes the socket: the zygote ends, its shims do not. */
void zygote_stop(struct zygote *z);

/* One order with its spec; 0, or -1 and errno (EAGAIN: later). */
int zygote_order(struct zygote *z, const struct spool_order *order,
    const struct buf *spec);

/* 1: a piece of news, *pidfd (-1 none) is yours; 0: none now; -1: there will
 * be no more. */
int zygote_news(struct zygote *z, struct spool_news *news, int *pidfd);

#endif
