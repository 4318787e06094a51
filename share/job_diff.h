/*
 * job_diff: what a change of a job changes, field by field, for people. It
 * does not know why it changed.
 */
#ifndef SHARE_JOB_DIFF_H
#define SHARE_JOB_DIFF_H

struct buf;
struct job;

/*
 * Appends a line "key: old -> new" for each field that differs, LF between
 * them; of the environment what went and what came ("env: -A=1 +A=2"). Long
 * values are cut, line feeds in them are \n, and what is empty is "".
 */
void job_diff_print(
    const struct job *old, const struct job *now, struct buf *out);

#endif
