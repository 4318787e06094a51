/*
 * job_text: what the texts of a job's fields may hold, one check a field. It
 * does not know numbers, the other fields of the job, or what a schedule or a
 * zone means.
 */
#ifndef SHARE_JOB_TEXT_H
#define SHARE_JOB_TEXT_H

#include "job.h"

/* ERR_NONE, or a fault that says what the field may hold. */
enum err job_text_check(
    enum job_field field, const char *text, struct fault *f);

/* Is the command free of control bytes but tab and LF? */
enum err job_text_check_command(const char *command, struct fault *f);

/* [A-Za-z_][A-Za-z0-9_]* */
bool job_text_is_shell_name(const char *name);

/*
 * Are the names of all lines of env ones that a shell takes
 * ([A-Za-z_][A-Za-z0-9_]*)? Else the fault names the first that is not.
 */
enum err job_text_check_names(const char *env, struct fault *f);

/* A fault about the value of a field: the value, made visible and cut, why. */
enum err job_text_refuse(struct fault *f, enum job_field field,
    const char *value, const char *why);

#endif
