/*
 * crontab_env: NAME=VALUE lines of a crontab, and the settings in force. It
 * does not know which names mean something.
 */
#ifndef SHARE_CRONTAB_ENV_H
#define SHARE_CRONTAB_ENV_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct crontab_env;
struct crontab_rules;

struct crontab_setting {
	struct buf name, value;
	bool is_cut; /* it was longer than the dialect takes */
};

enum crontab_setting_is {
	SETTING_NONE, /* not one: the line may be an entry */
	SETTING_GOOD,
	SETTING_EMPTY, /* NAME= where the dialect wants a value */
};

void crontab_setting_fini(struct crontab_setting *setting);

/* The text is a line without blanks in front and without its LF. */
enum crontab_setting_is crontab_setting_parse(struct crontab_setting *setting,
    const char *text, const struct crontab_rules *rules);

struct crontab_env *crontab_env_new(void);
void crontab_env_free(struct crontab_env *env);

/* A name that is set again loses its old value. */
void crontab_env_set(
    struct crontab_env *env, const char *name, const char *value);

const char *crontab_env_find(const struct crontab_env *env, const char *name);

/* Bytes of all lines NAME=VALUE LF. */
size_t crontab_env_bytes(const struct crontab_env *env);

#endif
