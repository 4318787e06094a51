/*
 * cronsd.conf from bytes: nothing may crash, a complaint has a text, and what
 * was read is read the same once it is printed.
 */
#include <stdint.h>
#include <stdlib.h>

#include "cronsd/conf.h"
#include "share/buf.h"

int fuzz_conf(const uint8_t *data, size_t len);

int
fuzz_conf(const uint8_t *data, size_t len)
{
	struct conf first, second;
	struct buf text = BUF_EMPTY;
	struct fault f;

	if (conf_parse((const char *)data, len, &first, &f) != ERR_NONE) {
		if (f.text[0] == '\0')
			abort();
		return 0;
	}
	conf_print_all(&first, &text);
	if (conf_parse(text.data, text.len, &second, &f) != ERR_NONE)
		abort();
	for (int i = 0; i < SETTING_COUNT; i++)
		if (conf_differs(&first, &second, (enum setting)i))
			abort();
	buf_fini(&text);
	conf_fini(&first);
	conf_fini(&second);
	return 0;
}
