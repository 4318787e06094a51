/*
 * chatter: a job that writes much, in pieces of random sizes, to both streams.
 *
 *	chatter SEED BYTES LARGEST OUT ERR
 *
 * What goes to stdout and stderr goes to the files OUT and ERR too. Pieces
 * have 1 to LARGEST bytes. Exit status 0 only if every write took all.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE_MAX (1 << 20)

static uint64_t state;

static uint32_t
next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static void
put(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; len -= (size_t)n, bytes += n) {
		n = write(fd, bytes, len);
		if (n <= 0)
			err(1, "write");
	}
}

int
main(int argc, char **argv)
{
	static char piece[PIECE_MAX];
	long left = argc > 5 ? atol(argv[2]) : 0;
	uint32_t largest = argc > 5 ? (uint32_t)atol(argv[3]) : 1;
	int copy[2];

	if (argc != 6 || largest == 0 || largest > PIECE_MAX)
		errx(2, "usage: chatter SEED BYTES LARGEST OUT ERR");
	state = (uint64_t)atol(argv[1]) * 2654435761u + 88172645463325252u;
	for (int i = 0; i < 2; i++) {
		copy[i] = open(argv[4 + i], O_CREAT | O_WRONLY, 0600);
		if (copy[i] == -1)
			err(1, "%s", argv[4 + i]);
	}
	while (left > 0) {
		size_t len = 1 + next_random() % largest;
		int which = (int)(next_random() & 1);

		for (size_t i = 0; i < len; i++)
			piece[i] = (char)next_random();
		put(STDOUT_FILENO + which, piece, len);
		put(copy[which], piece, len);
		left -= (long)len;
	}
	return 0;
}
