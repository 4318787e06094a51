/*
 * driver: runs a fuzz entry on a fixed number of made inputs.
 *
 *	fuzz_x INPUTS [SEED-FILE-OR-DIRECTORY...]
 *
 * The inputs come from a generator with a fixed start, so that a failure comes
 * again: each is one of the seeds (files named, and a few of our own) changed
 * by some random edits. It stands in memory of exactly its size, so that the
 * address sanitizer sees a read past its end. An input that crashes, exits or
 * takes longer than INPUT_SECONDS is printed as C text and is a failure.
 *
 * The Makefile links fuzz_one to the entry of tests/fuzz/fuzz_x.c.
 */
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share/log.h"

#define SEEDS_MAX 4096
#define SEED_BYTES 16384
#define INPUT_BYTES 65536
#define INPUT_SECONDS 20

int fuzz_one(const uint8_t *data, size_t len);

struct bytes {
	uint8_t *data;
	size_t len;
};

static struct bytes seeds[SEEDS_MAX];
static size_t seed_count;
static struct bytes input; /* the one that is being tried */
static bool finished;

static uint64_t
next_random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static size_t
random_below(size_t limit)
{
	return limit == 0 ? 0 : (size_t)(next_random() % limit);
}

/* ---- what to say of a bad input; only write(2): it may run in a handler */

static void
say(const char *bytes, size_t len)
{
	if (write(STDOUT_FILENO, bytes, len) < 0)
		_exit(1);
}

static void
say_input(const char *why)
{
	static const char hex[] = "0123456789abcdef";
	char byte[4] = "\\x";

	say("# ", 2);
	say(why, strlen(why));
	say(" on input: \"", 12);
	for (size_t i = 0; i < input.len; i++) {
		byte[2] = hex[input.data[i] >> 4];
		byte[3] = hex[input.data[i] & 15];
		if (input.data[i] >= ' ' && input.data[i] < 127)
			say((const char *)&input.data[i], 1);
		else
			say(byte, 4);
	}
	say("\"\nnot ok no input does harm\n", 27);
}

static void
on_signal(int number)
{
	say_input(number == SIGALRM ? "too slow" : "crashed");
	signal(number, SIG_DFL);
	raise(number);
	_exit(1);
}

static void
on_exit_early(void)
{
	if (!finished)
		say_input("exited");
}

/* ---- seeds ---- */

static void
add_seed(const void *data, size_t len)
{
	if (seed_count == SEEDS_MAX || len > SEED_BYTES)
		return;
	seeds[seed_count].data = xmalloc(len + 1);
	memcpy(seeds[seed_count].data, data, len);
	seeds[seed_count++].len = len;
}

static int
add_file(
    const char *path, const struct stat *status, int type, struct FTW *where)
{
	static char bytes[SEED_BYTES + 1];
	FILE *file;

	(void)status;
	(void)where;
	if (type != FTW_F || (file = fopen(path, "rb")) == NULL)
		return 0;
	add_seed(bytes, fread(bytes, 1, sizeof bytes, file));
	fclose(file);
	return 0;
}

static void
add_own_seeds(void)
{
	static const char *const own[] = { "", "\n", "a=b\n", "* * * * *",
		"\"\\x00\" 'x' #%;,-/*\t\r\n", "18446744073709551616",
		"-9223372036854775808", "\xc3\xa4\xff\xfe" };

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		add_seed(own[i], strlen(own[i]));
}

/* ---- edits ---- */

static void
insert(uint8_t *text, size_t *len, const struct bytes *what)
{
	size_t at = random_below(*len + 1);
	size_t from = random_below(what->len + 1);
	size_t count = random_below(what->len - from + 1);

	if (*len + count > INPUT_BYTES)
		return;
	memmove(text + at + count, text + at, *len - at);
	memcpy(text + at, what->data + from, count);
	*len += count;
}

static void
cut(uint8_t *text, size_t *len)
{
	size_t at = random_below(*len), count = 1 + random_below(8);

	if (random_below(8) == 0)
		count = *len;
	if (count > *len - at)
		count = *len - at;
	memmove(text + at, text + at + count, *len - at - count);
	*len -= count;
}

static void
edit(uint8_t *text, size_t *len)
{
	uint8_t byte = (uint8_t)next_random();

	switch (random_below(6)) {
	case 0:
		cut(text, len);
		break;
	case 1:
		insert(text, len, &seeds[random_below(seed_count)]);
		break;
	case 2:
		insert(text, len, &(struct bytes) { &byte, 1 });
		break;
	case 3: /* a digit or mark of a nearby kind */
		if (*len > 0)
			text[random_below(*len)] = (uint8_t)(' ' + byte % 95);
		break;
	case 4:
		if (*len > 0)
			text[random_below(*len)] = byte;
		break;
	default:
		if (*len > 0)
			text[random_below(*len)] ^=
			    (uint8_t)(1 << random_below(8));
		break;
	}
}

static void
make_input(size_t number)
{
	static uint8_t text[INPUT_BYTES];
	const struct bytes *seed = &seeds[random_below(seed_count)];
	size_t len, edits = random_below(12);

	if (number < seed_count) { /* each seed once as it is */
		seed = &seeds[number];
		edits = 0;
	}
	memcpy(text, seed->data, seed->len);
	len = seed->len;
	while (edits-- > 0)
		edit(text, &len);
	free(input.data);
	input.data = xmalloc(len);
	memcpy(input.data, text, len);
	input.len = len;
}

int
main(int argc, char **argv)
{
	static const int fatal_signals[]
	    = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM };
	size_t inputs = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;

	for (size_t i = 0; i < sizeof fatal_signals / sizeof(int); i++)
		signal(fatal_signals[i], on_signal);
	atexit(on_exit_early);
	add_own_seeds();
	for (int i = 2; i < argc; i++)
		nftw(argv[i], add_file, 16, FTW_PHYS);
	for (size_t i = 0; i < inputs; i++) {
		make_input(i);
		alarm(INPUT_SECONDS);
		fuzz_one(input.data, input.len);
	}
	finished = true;
	for (size_t i = 0; i < seed_count; i++)
		free(seeds[i].data);
	free(input.data);
	printf("ok no input of %zu from %zu seeds does harm\n", inputs,
	    seed_count);
	return 0;
}
