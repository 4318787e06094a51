/*
 * crontab_rules: what Debian's cron and cronie make of a crontab differently,
 * as one table. It does not know how a crontab is read.
 */
#ifndef SHARE_CRONTAB_RULES_H
#define SHARE_CRONTAB_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "when.h"

struct crontab_rules {
	enum dialect dialect;

	/* What one bad line costs: the whole file, or itself. */
	bool whole_file;
	bool unknown_user_is_bad; /* else it may appear later */

	bool is_strict; /* no control bytes; names that a shell takes */

	/* Limits; 0: none. Those of a tab do not bind system crontabs. */
	int lines; /* the last one that a setting or an entry may be */
	int tab_entries, tab_settings;
	size_t tab_garbage; /* bytes of comments and blanks in a row */
	size_t command_bytes;
	bool command_is_cut; /* a longer one: else it is an error */
	size_t setting_line_bytes; /* what is read of a NAME=VALUE line */
	size_t setting_bytes; /* what is kept of NAME=VALUE */

	/* NAME=VALUE */
	bool empty_value; /* NAME= with nothing behind is one */
	bool quotes_twice; /* 'VALUE' within "" loses both; trimmed within */
	bool cron_tz; /* CRON_TZ is the zone of the entries below */
	bool random_delay; /* RANDOM_DELAY delays them */

	/* Entries */
	bool leading_dash; /* -MINUTE: not logged; root's and system tabs */
	bool flags; /* -n before the command */
	bool empty_command;
	bool blanks_stay; /* between user and command, all but one */
	bool backslash_pairs; /* \\ before the first % becomes \ */
};

/* The rules of that dialect; NULL if crontabs are not written in it. */
const struct crontab_rules *crontab_rules(enum dialect dialect);

#endif
