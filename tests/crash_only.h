/*
 * For tests of the daemon's rooms, which have no way to be freed: the daemon
 * is crash-only. A build with AddressSanitizer asks this for its presets; to
 * any other it is a function that nobody calls. It knows no module.
 */
#ifndef TESTS_CRASH_ONLY_H
#define TESTS_CRASH_ONLY_H

const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

#endif
