/*
 * Nothing is kept between calls: the turns of the four years round an instant
 * are computed and put in order. Four, because a turn may be written up to a
 * week into a neighbouring year, and order, because daylight time that lasts
 * all year is written as an end and a start at one instant (RFC 8536, 3.3.1),
 * where the start wins.
 */
#include "tz_rule.h"

#include <ctype.h>
#include <string.h>

#include "clock.h"
#include "tz.h"

#define DAY_S 86400
#define TURNS 8 /* of four years */

struct cursor {
	const char *at, *end;
};

static char
peek(const struct cursor *c)
{
	return c->at < c->end ? *c->at : '\0';
}

static bool
skip(struct cursor *c, char want)
{
	if (peek(c) != want)
		return false;
	c->at++;
	return true;
}

/* A name is three letters or more, or anything of [A-Za-z0-9+-] in <>. */
static int
parse_name(struct cursor *c, char name[TZ_NAME_BYTES])
{
	bool quoted = skip(c, '<');
	size_t len = 0;

	for (;; c->at++) {
		char b = peek(c);

		if (!isalpha((unsigned char)b)
		    && !(quoted && b != '\0'
			&& (isdigit((unsigned char)b) || b == '+' || b == '-')))
			break;
		if (len == TZ_NAME_BYTES - 1)
			return -1;
		name[len++] = b;
	}
	name[len] = '\0';
	return len >= 3 && (!quoted || skip(c, '>')) ? 0 : -1;
}

/* At least one digit, and never more than max, so that nothing overflows. */
static int
parse_number(struct cursor *c, int max, int *number)
{
	if (!isdigit((unsigned char)peek(c)))
		return -1;
	for (*number = 0; isdigit((unsigned char)peek(c)); c->at++) {
		*number = *number * 10 + (peek(c) - '0');
		if (*number > max)
			return -1;
	}
	return 0;
}

/* [+-]h[h[h]][:mm[:ss]] in seconds. */
static int
parse_time(struct cursor *c, int max_hours, int *seconds)
{
	int sign = skip(c, '-') ? -1 : 1;
	int hours, minutes = 0, rest = 0;

	if (sign > 0)
		skip(c, '+');
	if (parse_number(c, max_hours, &hours) != 0)
		return -1;
	if (skip(c, ':') && parse_number(c, 59, &minutes) != 0)
		return -1;
	if (skip(c, ':') && parse_number(c, 59, &rest) != 0)
		return -1;
	*seconds = sign * (hours * 3600 + minutes * 60 + rest);
	return 0;
}

/* ",M3.5.0", ",J60" or ",59", each with "/time" or 02:00. */
static int
parse_turn(struct cursor *c, struct tz_turn *turn)
{
	turn->second = 2 * 3600;
	if (!skip(c, ','))
		return -1;
	if (skip(c, 'M')) {
		turn->kind = 'M';
		if (parse_number(c, 12, &turn->month) != 0 || turn->month == 0
		    || !skip(c, '.') || parse_number(c, 5, &turn->week) != 0
		    || turn->week == 0 || !skip(c, '.')
		    || parse_number(c, 6, &turn->day) != 0)
			return -1;
	} else {
		turn->kind = skip(c, 'J') ? 'J' : 'N';
		if (parse_number(c, 365, &turn->day) != 0
		    || (turn->kind == 'J' && turn->day == 0))
			return -1;
	}
	return skip(c, '/') ? parse_time(c, 167, &turn->second) : 0;
}

/*
 * Daylight time without its two turns is not understood: nobody writes it, and
 * what it meant was never agreed on.
 */
int
tz_rule_parse(const char *text, size_t len, struct tz_rule *rule)
{
	struct cursor c = { text, text + len };

	memset(rule, 0, sizeof *rule);
	if (parse_name(&c, rule->standard_name) != 0
	    || parse_time(&c, 24, &rule->standard) != 0)
		return -1;
	rule->standard = -rule->standard; /* POSIX counts to the west */
	if (c.at == c.end)
		return 0;
	rule->has_daylight = true;
	if (parse_name(&c, rule->daylight_name) != 0)
		return -1;
	rule->daylight = -(rule->standard + 3600);
	if (peek(&c) != ',' && parse_time(&c, 24, &rule->daylight) != 0)
		return -1;
	rule->daylight = -rule->daylight;
	if (peek(&c) != ',')
		return -1;
	if (parse_turn(&c, &rule->start) != 0 || parse_turn(&c, &rule->end) != 0
	    || c.at != c.end)
		return -1;
	return 0;
}

/* The day number of a turn in that year. */
static int64_t
turn_day(const struct tz_turn *turn, int64_t year)
{
	int64_t first
	    = days_from_civil(year, turn->kind == 'M' ? turn->month : 1, 1);
	int day;

	if (turn->kind == 'N')
		return first + turn->day;
	if (turn->kind == 'J')
		return first + turn->day - 1
		    + (turn->day >= 60 && days_in_month(year, 2) == 29);
	day = (turn->day - weekday_of_days(first) + 7) % 7
	    + 7 * (turn->week - 1);
	if (day >= days_in_month(year, turn->month))
		day -= 7; /* week 5 is the last one */
	return first + day;
}

struct edge {
	int64_t at;
	bool daylight; /* from here on */
};

/*
 * A turn is written in the time that is in force before it: standard time at
 * the start of daylight time, daylight time at its end.
 */
static struct edge
start_edge(const struct tz_rule *rule, int64_t year)
{
	return (struct edge) { turn_day(&rule->start, year) * DAY_S
		    + rule->start.second - rule->standard,
		true };
}

static struct edge
end_edge(const struct tz_rule *rule, int64_t year)
{
	return (struct edge) { turn_day(&rule->end, year) * DAY_S
		    + rule->end.second - rule->daylight,
		false };
}

/* Inserts by instant; at the same instant an end comes before a start. */
static void
put_in_order(struct edge *edges, int count, struct edge edge)
{
	int i = count;

	for (; i > 0; i--) {
		const struct edge *left = &edges[i - 1];

		if (left->at < edge.at
		    || (left->at == edge.at && edge.daylight))
			break;
		edges[i] = *left;
	}
	edges[i] = edge;
}

/* All turns from the year before that of the instant to two years after. */
static void
edges_round(const struct tz_rule *rule, int64_t at, struct edge edges[TURNS])
{
	struct civil date;
	int count = 0;

	civil_from_days(at / DAY_S - (at % DAY_S < 0), &date);
	for (int64_t year = date.year - 1; year <= date.year + 2; year++) {
		put_in_order(edges, count++, start_edge(rule, year));
		put_in_order(edges, count++, end_edge(rule, year));
	}
}

bool
tz_rule_is_daylight(const struct tz_rule *rule, int64_t at)
{
	struct edge edges[TURNS];
	bool daylight;

	if (!rule->has_daylight)
		return false;
	edges_round(rule, at, edges);
	daylight = !edges[0].daylight;
	for (int i = 0; i < TURNS && edges[i].at <= at; i++)
		daylight = edges[i].daylight;
	return daylight;
}

/*
 * Walks the edges from well before the instant, so that the offset in force is
 * known when it is reached.
 */
bool
tz_rule_next(
    const struct tz_rule *rule, int64_t after, struct tz_change *change)
{
	struct edge edges[TURNS];
	bool daylight;

	if (!rule->has_daylight || rule->standard == rule->daylight)
		return false;
	edges_round(rule, after, edges);
	daylight = !edges[0].daylight;
	/* The last one stays out: what it would be joined with is not here. */
	for (int i = 0; i < TURNS - 1; i++) {
		if (edges[i + 1].at == edges[i].at
		    || edges[i].daylight == daylight)
			continue;
		change->before = daylight ? rule->daylight : rule->standard;
		daylight = edges[i].daylight;
		change->after = daylight ? rule->daylight : rule->standard;
		change->at = edges[i].at;
		if (change->at > after)
			return true;
	}
	return false;
}
