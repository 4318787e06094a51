/*
 * interrupt: Ctrl-C ends cronsctl with status 130, and says what goes on
 * without it. It does not know what cronsctl was doing.
 */
#ifndef CRONSCTL_INTERRUPT_H
#define CRONSCTL_INTERRUPT_H

/* SIGINT and SIGTERM end the program from now on, unless they are ignored. */
void interrupt_init(void);

/* One line for stderr at an interrupt, copied; "" none. */
void interrupt_set_note(const char *note);

#endif
