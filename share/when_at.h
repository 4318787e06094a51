/*
 * when_at: the forms that name instants instead of wall times: @every D (a
 * fixed rate), @after D (a fixed delay), @at TIME (once) and @reboot. It does
 * not know when a run ended or the host was booted.
 */
#ifndef SHARE_WHEN_AT_H
#define SHARE_WHEN_AT_H

#include "when_form.h"

bool when_rate_claims(const char *text);
bool when_rate_parse(struct when *w, struct when_text *t);
wall_t when_rate_next(
    const struct when *w, const struct tz *zone, wall_t after);
void when_rate_describe(const struct when *w, struct buf *out);

bool when_delay_claims(const char *text);
bool when_delay_parse(struct when *w, struct when_text *t);
void when_delay_describe(const struct when *w, struct buf *out);

bool when_once_claims(const char *text);
bool when_once_parse(struct when *w, struct when_text *t);
wall_t when_once_next(
    const struct when *w, const struct tz *zone, wall_t after);
void when_once_describe(const struct when *w, struct buf *out);

bool when_reboot_claims(const char *text);
bool when_reboot_parse(struct when *w, struct when_text *t);
void when_reboot_describe(const struct when *w, struct buf *out);

bool when_manual_claims(const char *text);
bool when_manual_parse(struct when *w, struct when_text *t);
void when_manual_describe(const struct when *w, struct buf *out);

/* Of @manual, which has no instants, and of @after and @reboot, which
 * cronsd/plan decides. */
wall_t when_planned_next(
    const struct when *w, const struct tz *zone, wall_t after);

#endif
