/*
 * The handler ends the program itself: there is nothing to save, and a flag
 * that is looked at between two calls always has a gap in which it is missed.
 * The note is put together before, since a handler may only write(2); so are
 * the requests that end what was started, which go to a connection of their
 * own. When those are used up, or nobody takes them, the program ends.
 */
#include "interrupt.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#define EXIT_INTERRUPTED 130
#define EXIT_PIPE (128 + SIGPIPE)

static char note[256];
static volatile sig_atomic_t note_len;

static char request[INTERRUPT_REQUESTS][64];
static int request_fd = -1;
static volatile sig_atomic_t asked;

/* Sends the next request; false if there is none or nobody takes it. */
static bool
ask(void)
{
	const char *text;
	size_t len;

	if (request_fd == -1 || asked == INTERRUPT_REQUESTS)
		return false;
	text = request[asked++];
	len = strlen(text);
	return write(request_fd, text, len) == (ssize_t)len;
}

static void
on_signal(int number)
{
	ssize_t n = 0;

	if (number == SIGPIPE) {
		ask();
		_exit(EXIT_PIPE);
	}
	if (ask())
		return;
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

/* Interrupts that are ignored stay so. */
static void
catch(int number)
{
	struct sigaction action = { .sa_handler = on_signal,
		.sa_flags = SA_RESTART }, old;

	if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(number, &action, NULL);
}

void
interrupt_init(void)
{
	catch(SIGINT);
	catch(SIGTERM);
	/* Whoever started us may have it ignored: `| head` ends us quietly. */
	signal(SIGPIPE, SIG_DFL);
}

void
interrupt_ask(int fd, const char *const requests[INTERRUPT_REQUESTS])
{
	for (int i = 0; i < INTERRUPT_REQUESTS; i++)
		strlcpy(request[i], requests[i], sizeof request[i]);
	request_fd = fd;
	catch(SIGHUP);
	catch(SIGPIPE);
}

bool
interrupt_asked(void)
{
	return asked > 0;
}
