/*
 * claims: where claims are written down while the database cannot be: a file
 * in the spool whose room was set aside while there was some. It knows rows
 * and a file; it does not know who claims what, or when the database is well.
 *
 *	spool/.claims	records of SPOOL_RECORD_MAX bytes: the first is its
 *			head, each other one a claim
 *
 * A claim counts if its checksum is right and its `gen` is that of the head;
 * so one write of the head forgets all claims at once.
 *
 *   after                durable           if all stops here
 *   add                  the claims        the next daemon has them, as if they
 *                                          were rows
 *   rows of them         both              a claim whose row there is, is none
 *   clear                the rows          nothing is left to do
 */
#ifndef CRONSD_CLAIMS_H
#define CRONSD_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#define CLAIMS_BYTES (512 * 1024)

struct claims;
struct run_row;

struct claim {
	const struct run_row *row; /* borrowed */
	const char *instance; /* in its run file's name */
	bool same_life; /* it was claimed since the host started */
};

/* life: self->life. Makes the file if need be; where that cannot be done now
 * claims_add fails. */
struct claims *claims_new(int spool_fd, const char *life);
void claims_free(struct claims *c);

/* All claims that count, in the order they were added. */
void claims_each(struct claims *c,
    void (*each)(void *arg, const struct claim *claim), void *arg);

/* How many more there is room for; 0 also after trouble with the file, until
 * it is cleared. */
int claims_room(const struct claims *c);

/* 0: they are on the disk; -1 and errno: they are not to be acted upon. */
int claims_add(struct claims *c, const char *instance,
    const struct run_row *rows, int count);

/* Forgets all claims; 0 or -1. Makes the file if it is missing. */
int claims_clear(struct claims *c);

#endif
