/*
 * Pure: the readings are arguments. A lateness of less than LATE_US is the
 * ordinary time it takes to be scheduled, a regress of less than BACK_US what
 * a time server does when it corrects a clock: neither is worth a word.
 */
#include "step.h"

#include "share/buf.h"

#define LATE_US (2 * SECOND_US)
#define BACK_US (SECOND_US / 2)

static const char *const sentences[] = {
#define X(name, sentence) sentence,
	STEP_KINDS(X)
#undef X
};

void
step_sleep(struct step *s, const struct clocks *now, wall_t alarm)
{
	s->last = *now;
	s->alarm = alarm;
	s->has_last = true;
}

/* What held us up: the larger part of it. */
static enum step_kind
kind_of(int64_t set, int64_t suspended, int64_t late)
{
	if (set >= late / 2)
		return STEP_FORWARD;
	return suspended >= late / 2 ? STEP_SUSPEND : STEP_STALL;
}

bool
step_wake(const struct step *s, const struct clocks *now,
    struct step_pause *pause)
{
	int64_t wall = now->wall.us - s->last.wall.us;
	int64_t boot = now->boot.us - s->last.boot.us;
	int64_t awake = now->awake.us - s->last.awake.us;
	int64_t late;

	if (!s->has_last)
		return false;
	pause->from = s->last.wall;
	pause->to = now->wall;
	if (wall < -BACK_US) {
		pause->kind = STEP_BACK;
		pause->length = boot - wall;
		return true;
	}
	/* What was due already when we went to wait is no sign of a pause. */
	late = now->wall.us
	    - (s->alarm.us > s->last.wall.us ? s->alarm : s->last.wall).us;
	if (late < LATE_US)
		return false;
	pause->kind = kind_of(wall - boot, boot - awake, late);
	pause->length = wall - awake > late ? wall - awake : late;
	return true;
}

void
step_start(wall_t now, int64_t alive_us, struct step_pause *pause)
{
	pause->kind = STEP_DOWN;
	pause->from.us = alive_us < 0 ? now.us : alive_us;
	pause->to = now;
	pause->length = now.us - pause->from.us;
	if (pause->length < -BACK_US) {
		pause->kind = STEP_BACK;
		pause->length = -pause->length;
	}
}

static void
print_length(struct buf *out, int64_t us)
{
	us += SECOND_US / 2;
	duration_print(out, us < SECOND_US ? SECOND_US : us - us % SECOND_US);
}

static void
print_time(struct buf *out, wall_t t, int offset_s)
{
	t.us -= (t.us % SECOND_US + SECOND_US) % SECOND_US;
	rfc3339_print(out, t, offset_s);
}

void
step_print(const struct step_pause *pause, int offset_s, struct buf *out)
{
	buf_puts(out, sentences[pause->kind]);
	switch (pause->kind) {
	case STEP_NONE:
		break;
	case STEP_FORWARD:
	case STEP_BACK:
		buf_puts(out, " by ");
		print_length(out, pause->length);
		break;
	case STEP_SUSPEND:
	case STEP_STALL:
		buf_puts(out, " for ");
		print_length(out, pause->length);
		break;
	case STEP_DOWN:
		buf_puts(out, " from ");
		print_time(out, pause->from, offset_s);
		buf_puts(out, " to ");
		print_time(out, pause->to, offset_s);
		break;
	}
}
