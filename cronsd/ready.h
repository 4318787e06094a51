/*
 * ready: tells whoever started the daemon how it is doing: systemd (or what
 * speaks like it) by datagrams to NOTIFY_SOCKET, anybody else by a descriptor
 * that gets one newline when the daemon is ready. It does not know what being
 * ready takes. All of it is best effort: who does not listen misses it.
 */
#ifndef CRONSD_READY_H
#define CRONSD_READY_H

#include <stdint.h>

struct loop;
struct ready;

/*
 * Goes on in a child and a session of its own; the parent waits until the
 * child is ready and exits 0, or 1 if it ends before that. Returns the fd for
 * ready_open.
 */
int ready_detach(void);

/*
 * fd: where to write the newline, closed then; -1 none. One that is not open
 * counts as none (logged). Takes fd. NOTIFY_SOCKET and the WATCHDOG variables
 * are read and removed from the environment, so that no child takes them for
 * its own.
 */
struct ready *ready_open(int fd);
void ready_close(struct ready *ready);

void ready_up(struct ready *ready); /* once; later calls do nothing */
void ready_stopping(struct ready *ready);

/* now_us is CLOCK_MONOTONIC, as the protocol wants it; ended by _reloaded. */
void ready_reloading(struct ready *ready, int64_t now_us);
void ready_reloaded(struct ready *ready);

/* One line for people ("3 jobs, 1 running"); control bytes become blanks. */
void ready_status(struct ready *ready, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * How often ready_alive has to be called, in microseconds (half of what the
 * watchdog allows); 0: nobody watches, and nobody needs to wake up for it.
 */
int64_t ready_alive_every_us(const struct ready *ready);
void ready_alive(struct ready *ready);

/* Calls it as often as that, from now on. */
void ready_keep_alive(struct ready *ready, struct loop *loop);

#endif
