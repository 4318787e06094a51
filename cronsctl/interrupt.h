/*
 * interrupt: Ctrl-C ends cronsctl with status 130, and says what goes on
 * without it, or ends that too. It does not know what cronsctl was doing.
 */
#ifndef CRONSCTL_INTERRUPT_H
#define CRONSCTL_INTERRUPT_H

#include <stdbool.h>

/* SIGINT and SIGTERM end the program from now on, unless they are ignored. */
void interrupt_init(void);

/* One line for stderr at an interrupt, copied; "" none. */
void interrupt_set_note(const char *note);

/*
 * What was started ends with us: at an interrupt, or when the terminal is
 * gone, the next of these request lines (of less than 64 bytes, copied) is
 * written to the socket, and the program goes on to see the end; when all were
 * or nobody takes them, it ends. If nobody reads its output any more, the
 * first is written and the program ends.
 */
#define INTERRUPT_REQUESTS 2
void interrupt_ask(int fd, const char *const requests[INTERRUPT_REQUESTS]);

/* Was one written? */
bool interrupt_asked(void);

#endif
