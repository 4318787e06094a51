/*
 * No shell is parsed here. The command is cut at ; & | and line feeds; of the
 * pieces the first counts that is no guard (a test, a cd), and of its words
 * the first that is no wrapper (nice, flock), option, number or assignment.
 * A poor guess costs a less pretty name, nothing else.
 */
#include "crontab_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "job.h"

#define WORD_BYTES 40

static const char guards[]
    = "[ [[ test cd command if then else elif fi while until for do done "
      "export set . source sleep true false : { } ( ) ! type which umask "
      "exit wait trap ulimit";

static const char wrappers[]
    = "nice ionice exec env time timeout sudo su nohup chronic flock setsid "
      "sh bash dash ksh zsh perl python python2 python3 ruby php node "
      "eatmydata systemd-cat cronic runuser chpst setlock";

void
crontab_name_put_word(struct buf *out, const char *word, int max)
{
	for (; *word != '\0' && max > 0; word++, max--) {
		bool good = isalnum((unsigned char)*word)
		    || strchr("_.:@+-", *word) != NULL;

		buf_putc(out, good ? *word : '_');
	}
}

/* The next word from *p up to end, without quotes around it, into out. */
static bool
next_word(const char **p, const char *end, struct buf *out)
{
	const char *start;

	while (*p < end && strchr(" \t\"'`({", **p) != NULL)
		(*p)++;
	start = *p;
	while (*p < end && strchr(" \t\"'`)}", **p) == NULL)
		(*p)++;
	buf_clear(out);
	buf_put(out, start, (size_t)(*p - start));
	return *p > start;
}

/* Words that come before the program's own: -n, 19, A=b, >file, $x. */
static bool
is_beside(const char *word)
{
	return strchr("-<>$\\", word[0]) != NULL
	    || strspn(word, "0123456789.,%") == strlen(word)
	    || strchr(word, '=') != NULL || strchr(word, '>') != NULL;
}

static const char *
base_of(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash == NULL || slash[1] == '\0' ? word : slash + 1;
}

/* The program of one piece of the command, into out; false: a guard. */
static bool
find_program(const char *p, const char *end, struct buf *word)
{
	bool in_lock = false;

	while (next_word(&p, end, word)) {
		const char *base = base_of(word->data);

		if (is_beside(word->data))
			continue;
		if (word_find(guards, base) >= 0)
			return false;
		if (in_lock) { /* the first word behind flock is its file */
			in_lock = false;
			continue;
		}
		in_lock = strcmp(base, "flock") == 0;
		if (word_find(wrappers, base) < 0
		    && isalnum((unsigned char)*base))
			return true;
	}
	return false;
}

void
crontab_name_put_command(struct buf *out, const char *command)
{
	struct buf word = BUF_EMPTY;
	const char *end;

	for (; *command != '\0'; command = end + (*end != '\0')) {
		end = command + strcspn(command, ";&|\n");
		if (!find_program(command, end, &word))
			continue;
		crontab_name_put_word(out, base_of(word.data), WORD_BYTES);
		goto out;
	}
	buf_puts(out, "job");
out:
	buf_fini(&word);
}
