/*
 * Plain ANSI: the alternate screen keeps what was there, and each line is
 * cleared behind its end, so that nothing flickers. The terminal is given back
 * by whatever comes first: screen_close, exit(), or the handler of a signal,
 * which does only what a handler may (write, tcsetattr) and then lets the
 * signal do what it does. Ctrl-Z gives the terminal back too, and takes it
 * again when the program goes on.
 */
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "share/buf.h"
#include "share/clock.h"

#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define LEAST_LINES 4

static struct termios before; /* of stdin */
static volatile sig_atomic_t has_keys; /* before is valid */
static volatile sig_atomic_t is_open, is_changed;

/* All of it; a terminal that is gone gets nothing. */
static void
put(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno != EINTR)
			return;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
}

static void
take(void)
{
	struct termios keys = before;

	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_cc[VMIN] = 1;
	keys.c_cc[VTIME] = 0;
	if (has_keys)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &keys);
	put(ENTER, strlen(ENTER));
	is_open = 1;
}

static void
give(void)
{
	if (!is_open)
		return;
	is_open = 0;
	put(LEAVE, strlen(LEAVE));
	if (has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static void
on_end(int number)
{
	int was = errno;

	give();
	signal(number, SIG_DFL);
	raise(number);
	errno = was;
}

static void
on_stop(int number)
{
	int was = errno;

	(void)number;
	give();
	raise(SIGSTOP);
	take();
	is_changed = 1;
	errno = was;
}

static void
on_size(int number)
{
	(void)number;
	is_changed = 1;
}

static void
catch(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler }, old;

	/* All wait for one another: two must not give it back at once. */
	sigfillset(&action.sa_mask);
	if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(number, &action, NULL);
}

int
screen_open(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE,
		SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGALRM };
	const char *term = getenv("TERM");

	if (isatty(STDOUT_FILENO) == 0 || term == NULL || *term == '\0'
	    || strcmp(term, "dumb") == 0)
		return -1;
	has_keys = tcgetattr(STDIN_FILENO, &before) == 0;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		catch(ends[i], on_end);
	catch(SIGTSTP, on_stop);
	catch(SIGWINCH, on_size);
	atexit(give);
	take();
	return 0;
}

void
screen_close(void)
{
	give();
}

size_t
screen_height(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
		return 24;
	return size.ws_row < LEAST_LINES ? LEAST_LINES : size.ws_row;
}

/* The last line has no end: that would scroll. Lines that are too long are
 * not wrapped meanwhile. */
void
screen_draw(const char *text)
{
	struct buf out = BUF_EMPTY;
	size_t height = screen_height();

	buf_puts(&out, "\033[H\033[?7l");
	for (size_t line = 0; line < height && *text != '\0'; line++) {
		size_t len = strcspn(text, "\n");

		if (line > 0)
			buf_puts(&out, "\r\n");
		buf_put(&out, text, len);
		buf_puts(&out, "\033[K");
		text += len + (text[len] == '\n');
	}
	buf_puts(&out, "\033[?7h\033[J");
	put(out.data, out.len);
	buf_fini(&out);
}

static enum screen_key
read_key(void)
{
	char key;
	ssize_t n = read(STDIN_FILENO, &key, 1);

	if (n < 0)
		return errno == EINTR ? SCREEN_AGAIN : SCREEN_QUIT;
	return n == 0 || key == 'q' || key == 'Q' ? SCREEN_QUIT : SCREEN_OTHER;
}

enum screen_key
screen_wait(int64_t us)
{
	struct pollfd keys = { has_keys ? STDIN_FILENO : -1, POLLIN, 0 };
	struct timespec time = { us / SECOND_US, us % SECOND_US * 1000 };
	int got;

	if (is_changed) {
		is_changed = 0;
		return SCREEN_AGAIN;
	}
	got = ppoll(&keys, 1, &time, NULL);
	if (got < 0)
		return SCREEN_AGAIN;
	return got == 0 ? SCREEN_TIMEOUT : read_key();
}
