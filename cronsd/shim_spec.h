/*
 * shim_spec: is this a spec? The one place that looks at one before it is
 * believed. It does not know what will be done with it.
 */
#ifndef CRONSD_SHIM_SPEC_H
#define CRONSD_SHIM_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spec;

/*
 * Every offset, count, string and number of the spec in these bytes (8-byte
 * aligned) is within bounds and of a kind that can be meant.
 */
bool shim_spec_is_valid(const void *bytes, size_t len);

/* A string of a valid spec. */
const char *shim_spec_text(const struct spec *spec, uint32_t at);

/* Points words[0..count-1] at count strings in a row, words[count] = NULL. */
void shim_spec_words(
    const struct spec *spec, uint32_t at, uint32_t count, char **words);

#endif
