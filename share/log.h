/*
 * log: one line of text to stderr for whoever runs the program. It does not
 * know syslog, levels above debug, or where stderr goes; a supervisor adds
 * the time. Control bytes in a message are made visible (\xHH), so that one
 * call is always exactly one line.
 */
#ifndef SHARE_LOG_H
#define SHARE_LOG_H

#include <stdbool.h>

/* Debug lines are written only after log_verbose(true). */
void log_verbose(bool on);

/* Subject first: log_warn("run %lld of %s: killed", ...). No newline. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Cannot happen, or no memory: say so and die (exit 70); we are crash-only. */
_Noreturn void fatal(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* malloc, calloc, realloc, strdup, strndup that never return NULL. */
void *xmalloc(unsigned long size);
void *xcalloc(unsigned long count, unsigned long size);
void *xreallocarray(void *old, unsigned long count, unsigned long size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, unsigned long len);

#endif
