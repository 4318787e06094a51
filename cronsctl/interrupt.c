/*
 * The handler ends the program itself: there is nothing to save, and a flag
 * that is looked at between two calls always has a gap in which it is missed.
 * The note is put together before, since a handler may only write(2).
 */
#include "interrupt.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#define EXIT_INTERRUPTED 130

static char note[256];
static volatile sig_atomic_t note_len;

static void
on_signal(int number)
{
	ssize_t n = 0;

	(void)number;
	if (note_len > 0)
		n = write(STDERR_FILENO, note, (size_t)note_len);
	_exit(n < 0 ? EXIT_INTERRUPTED : EXIT_INTERRUPTED);
}

void
interrupt_set_note(const char *text)
{
	note_len = 0;
	strlcpy(note, text, sizeof note - 1);
	if (note[0] != '\0')
		strlcat(note, "\n", sizeof note);
	note_len = (sig_atomic_t)strlen(note);
}

void
interrupt_init(void)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = on_signal }, old;

	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		if (sigaction(signals[i], NULL, &old) == 0
		    && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	/* Whoever started us may have it ignored: `| head` ends us quietly. */
	signal(SIGPIPE, SIG_DFL);
}
