/*
 * dropin_pack: a job as few bytes: what differs from the presets. A file may
 * have very many entries, and all that are new wait in memory for their turn.
 * It does not know where jobs come from.
 */
#ifndef CRONSD_DROPIN_PACK_H
#define CRONSD_DROPIN_PACK_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct job;

/* Appends user, uid and the fields that are not as in preset (job_init). */
void dropin_pack_put(
    struct buf *out, const struct job *job, const struct job *preset);

/* The job that was packed there: yours to job_fini; key is its source_key. */
void dropin_pack_take(struct job *job, const char *bytes,
    const struct job *preset, int64_t key);

/* A hash of packed bytes; the lowest bit is whether the job is enabled. */
int64_t dropin_pack_hash(
    const char *bytes, size_t len, const struct job *job);

#endif
