/*
 * screen: the whole terminal for a page that is drawn again and again, and its
 * keys. Whatever ends the program, but what cannot be caught, gives the
 * terminal back as it was. It does not know what the page says. There is one.
 */
#ifndef CRONSCTL_SCREEN_H
#define CRONSCTL_SCREEN_H

#include <stddef.h>
#include <stdint.h>

/* Takes the terminal of stdout, and of stdin if that is one. 0, or -1: it is
 * not one that obeys. */
int screen_open(void);

/* Gives it back; more than once is fine. */
void screen_close(void);

/* How many lines it has; at least 4. */
size_t screen_height(void);

/* Shows these lines, and no others; what is longer or more is left out. */
void screen_draw(const char *text);

enum screen_key {
	SCREEN_TIMEOUT, /* nothing happened for so long */
	SCREEN_AGAIN, /* it has another size, or was away: draw again */
	SCREEN_QUIT, /* q, or the end of stdin */
	SCREEN_OTHER,
};
enum screen_key screen_wait(int64_t us);

#endif
