/*
 * Settings as text. What is printed is read as the same; a test holds both
 * together.
 */
#include <string.h>

#include "conf.h"
#include "share/buf.h"
#include "share/clock.h"
#include "share/job.h"

void
conf_print(const struct conf *conf, enum setting setting, struct buf *out)
{
	const struct conf_row *row = conf_row(setting);
	const char *place = (const char *)conf + row->offset;
	int64_t number = 0;

	if (row->kind > CONF_PATH)
		memcpy(&number, place, sizeof number);
	switch (row->kind) {
	case CONF_TEXT:
	case CONF_ZONE:
	case CONF_PATH:
		buf_puts(out, *(char *const *)place);
		break;
	case CONF_WORD:
		word_print(out, row->allowed, number);
		break;
	case CONF_BOOL:
		buf_puts(out, number != 0 ? "yes" : "no");
		break;
	case CONF_NUMBER:
		buf_printf(out, "%lld", (long long)number);
		break;
	case CONF_SIZE:
		size_print(out, number);
		break;
	case CONF_DURATION:
		duration_print(out, number);
		break;
	}
}

/*
 * Settings with the default are comments, so that a later default is not kept
 * away by a file that was printed earlier.
 */
static void
print_setting(const struct conf *conf, const struct conf *presets,
    enum setting setting, struct buf *out)
{
	const struct conf_row *row = conf_row(setting);

	buf_printf(out, "# %s", row->help);
	if (row->allowed[0] != '\0')
		buf_printf(out, " (%s)", row->allowed);
	buf_puts(out, row->when == CONF_START ? "; at the next start\n" : "\n");
	if (!conf_differs(conf, presets, setting))
		buf_putc(out, '#');
	buf_printf(out, "%s = ", row->key);
	conf_print(conf, setting, out);
	buf_putc(out, '\n');
}

void
conf_print_all(const struct conf *conf, struct buf *out)
{
	const char *section = "";
	struct conf presets;

	conf_init(&presets);
	for (int i = 0; i < SETTING_COUNT; i++) {
		const struct conf_row *row = conf_row((enum setting)i);

		if (strcmp(section, row->section) != 0) {
			section = row->section;
			buf_printf(out, "\n[%s]\n", section);
		}
		print_setting(conf, &presets, (enum setting)i, out);
	}
	conf_fini(&presets);
}
