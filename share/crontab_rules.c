/*
 * Every number here was measured on the programs themselves: Debian's cron
 * 3.0pl1-162 and cronie 1.7.2.
 */
#include "crontab_rules.h"

static const struct crontab_rules debian = {
	.dialect = DIALECT_DEBIAN,
	.whole_file = true,
	.unknown_user_is_bad = true,
	.lines = 10003,
	.command_bytes = 998,
	.setting_line_bytes = 998,
	.setting_bytes = 998,
	.quotes_twice = true,
	.empty_command = true,
	.blanks_stay = true,
	.backslash_pairs = true,
};

static const struct crontab_rules cronie = {
	.dialect = DIALECT_CRONIE,
	.tab_entries = 10000,
	.tab_settings = 1000,
	.tab_garbage = 32768,
	.command_bytes = 131071,
	.command_is_cut = true,
	.setting_line_bytes = 131071,
	.setting_bytes = 131071,
	.empty_value = true,
	.cron_tz = true,
	.random_delay = true,
	.leading_dash = true,
	.flags = true,
};

/*
 * Ours: crontabs whose lines may also use what only crons knows (@every 90s,
 * L, H). A bad line costs itself.
 */
static const struct crontab_rules extended = {
	.dialect = DIALECT_EXTENDED,
	.is_strict = true,
	.tab_entries = 10000,
	.tab_settings = 1000,
	.command_bytes = 131071,
	.setting_line_bytes = 131071,
	.setting_bytes = 131071,
	.empty_value = true,
	.cron_tz = true,
};

const struct crontab_rules *
crontab_rules(enum dialect dialect)
{
	if (dialect == DIALECT_DEBIAN)
		return &debian;
	if (dialect == DIALECT_EXTENDED)
		return &extended;
	return dialect == DIALECT_CRONIE ? &cronie : NULL;
}
