/*
 * A zone is a table of spans followed by a rule without end. Lookups search
 * the table by halves and compute the rule afresh, so a zone never changes
 * after it was read and threads may share it.
 *
 * A name comes from whoever writes a crontab. It is checked before a path is
 * made of it, and the file is opened without blocking and must be a regular
 * one: a FIFO under that name must not stop the daemon.
 */
#include "tz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "errs.h"
#include "log.h"
#include "tz_table.h"

#define FILE_MAX (256 * 1024) /* the largest real one has 4 KiB */
#define NAME_MAX_BYTES 128
#define SYSTEM_FILE "/etc/localtime"
#define DAY_S 86400

struct tz {
	char *name;
	char *path; /* NULL: there is no file to become stale */
	bool is_missing; /* path did not exist when it was looked for */
	struct stat seen; /* of path as it was read */
	struct tz_table table;
};

static const char *directory = "/usr/share/zoneinfo";

/* Set once at start, before any zone is opened; so a plain variable will do. */
void
tz_set_directory(const char *dir)
{
	directory = dir;
}

/*
 * What a crontab may call a zone. A path is made of it, so everything that
 * could leave the directory is kept out here, and nowhere else.
 */
static bool
name_is_safe(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_+/-";

	size_t len = strlen(name);

	/* The set has no '.', so ".." cannot be said at all. */
	return len > 0 && len < NAME_MAX_BYTES && strspn(name, allowed) == len
	    && name[0] != '/' && name[len - 1] != '/'
	    && strstr(name, "//") == NULL;
}

static struct tz *
tz_new(const char *name)
{
	struct tz *zone = xcalloc(1, sizeof *zone);

	zone->name = xstrdup(name);
	return zone;
}

void
tz_free(struct tz *zone)
{
	if (zone == NULL)
		return;
	tz_table_fini(&zone->table);
	free(zone->path);
	free(zone->name);
	free(zone);
}

/*
 * Ends an attempt to open: every fault names the zone, as several may be
 * asked for at once.
 */
static struct tz *
refuse(struct tz *zone, struct fault *f, const char *why)
{
	fault_set(f, ERR_BAD_VALUE, "tz", "the time zone \"%.100s\": %s",
	    zone->name, why);
	strlcpy(
	    f->hint, "write a name like Europe/Berlin or UTC", sizeof f->hint);
	tz_free(zone);
	return NULL;
}

struct tz *
tz_parse(const char *name, const uint8_t *bytes, uint64_t len, struct fault *f)
{
	struct tz *zone = tz_new(name);
	const char *wrong = tz_table_parse(&zone->table, bytes, len);

	if (wrong != NULL)
		return refuse(zone, f, wrong);
	return zone;
}

/* UTC needs no file, so that a host without any can still be scheduled. */
static void
fill_utc(struct tz *zone)
{
	struct tz_table *t = &zone->table;

	t->names = xstrdup("UTC");
	t->spans = xcalloc(1, sizeof *t->spans);
	t->spans[0] = (struct tz_span) { INT64_MIN, 0, t->names };
	t->span_count = 1;
}

/* Reads at most max bytes; their number, or -1 and errno. */
static ssize_t
read_all(int fd, uint8_t *bytes, size_t max)
{
	size_t len = 0;

	while (len < max) {
		ssize_t n = read(fd, bytes + len, max - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* NULL when the zone was read, else why not. */
static const char *
read_zone(struct tz *zone)
{
	const char *wrong = NULL;
	uint8_t *bytes = NULL;
	ssize_t len;
	int fd = open(zone->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0) {
		zone->is_missing = errno == ENOENT || errno == ENOTDIR;
		return zone->is_missing ? "there is none of that name"
					: strerror(errno);
	}
	if (fstat(fd, &zone->seen) != 0 || !S_ISREG(zone->seen.st_mode))
		wrong = "it is not a regular file";
	else if (zone->seen.st_size > FILE_MAX)
		wrong = "its file is too large";
	if (wrong != NULL)
		goto out;
	bytes = xmalloc(FILE_MAX);
	len = read_all(fd, bytes, FILE_MAX);
	wrong = len < 0 ? strerror(errno)
			: tz_table_parse(&zone->table, bytes, (size_t)len);
out:
	free(bytes);
	close(fd);
	return wrong;
}

/*
 * The system's zone is called what /etc/localtime points to, if that is a
 * zone's name, so that people read "Europe/Berlin"; a host without the file
 * is on UTC, as everything else on it thinks.
 */
static struct tz *
open_system(struct fault *f)
{
	static const char mark[] = "/zoneinfo/";
	char target[256] = "", *name = NULL;
	ssize_t len = readlink(SYSTEM_FILE, target, sizeof target - 1);
	struct tz *zone;
	const char *wrong;

	if (len > 0) {
		target[len] = '\0';
		name = strstr(target, mark);
	}
	if (name != NULL && !name_is_safe(name + strlen(mark)))
		name = NULL;
	zone = tz_new(name != NULL ? name + strlen(mark) : "localtime");
	zone->path = xstrdup(SYSTEM_FILE);
	wrong = read_zone(zone);
	if (wrong != NULL && !zone->is_missing)
		return refuse(zone, f, wrong);
	if (zone->is_missing)
		fill_utc(zone);
	return zone;
}

/*
 * "UTC" never needs a file, "" follows the host; all else is a name below the
 * directory.
 */
struct tz *
tz_open(const char *name, struct fault *f)
{
	struct tz *zone;
	const char *wrong;

	if (name[0] == '\0')
		return open_system(f);
	zone = tz_new(name);
	if (!name_is_safe(name))
		return refuse(zone, f, "that is no name of a zone");
	if (strcmp(name, "UTC") == 0) {
		fill_utc(zone);
		return zone;
	}
	zone->path = xmalloc(strlen(directory) + strlen(name) + 2);
	sprintf(zone->path, "%s/%s", directory, name);
	wrong = read_zone(zone);
	return wrong != NULL ? refuse(zone, f, wrong) : zone;
}

const char *
tz_name(const struct tz *zone)
{
	return zone->name;
}

const char *
tz_path(const struct tz *zone)
{
	return zone->path;
}

/*
 * tzdata is upgraded by replacing files, and a host moves by a new link: one
 * stat of the path tells both.
 */
bool
tz_is_stale(const struct tz *zone)
{
	const struct stat *seen = &zone->seen;
	struct stat now;

	if (zone->path == NULL)
		return false;
	if (stat(zone->path, &now) != 0)
		return !zone->is_missing;
	return zone->is_missing || now.st_dev != seen->st_dev
	    || now.st_ino != seen->st_ino || now.st_size != seen->st_size
	    || now.st_mtim.tv_sec != seen->st_mtim.tv_sec
	    || now.st_mtim.tv_nsec != seen->st_mtim.tv_nsec;
}

/* Keeps sums of an instant and an offset far away from overflow. */
static int64_t
within_reach(int64_t at)
{
	return at > TZ_FAR ? TZ_FAR : at < -TZ_FAR ? -TZ_FAR : at;
}

/* NULL where the rule speaks. */
static const struct tz_span *
find_span(const struct tz_table *t, int64_t at)
{
	size_t low = 0, high = t->span_count;

	if (t->has_rule && (t->span_count == 1 || at >= t->spans[high - 1].at))
		return NULL;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (t->spans[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return &t->spans[low];
}

/* Both lookups ask the table first; only the rule needs an instant in reach. */
int
tz_offset(const struct tz *zone, int64_t at)
{
	const struct tz_table *t = &zone->table;
	const struct tz_span *span = find_span(t, at);

	if (span != NULL)
		return span->offset;
	return tz_rule_is_daylight(&t->rule, within_reach(at))
	    ? t->rule.daylight
	    : t->rule.standard;
}

const char *
tz_abbreviation(const struct tz *zone, int64_t at)
{
	const struct tz_table *t = &zone->table;
	const struct tz_span *span = find_span(t, at);

	if (span != NULL)
		return span->name;
	return tz_rule_is_daylight(&t->rule, within_reach(at))
	    ? t->rule.daylight_name
	    : t->rule.standard_name;
}

/*
 * The table's changes are sorted and free of those that only rename the time,
 * so the next one is found by halves too; after the last the rule goes on.
 */
bool
tz_next_change(const struct tz *zone, int64_t after, struct tz_change *change)
{
	const struct tz_table *t = &zone->table;
	size_t low = 0, high = t->change_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->changes[middle].at <= after)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < t->change_count) {
		*change = t->changes[low];
		return true;
	}
	if (!t->has_rule)
		return false;
	if (t->span_count > 1 && after < t->spans[t->span_count - 1].at)
		after = t->spans[t->span_count - 1].at;
	return tz_rule_next(&t->rule, within_reach(after), change);
}

/*
 * An instant with that wall time lies less than 26 hours from it; each span
 * of one offset that reaches into those two days holds one or none.
 */
int
tz_instants(const struct tz *zone, int64_t wall, int64_t at[2])
{
	int64_t from, end;
	int offset, found = 0;

	wall = within_reach(wall);
	from = wall - TZ_OFFSET_MAX;
	end = wall + TZ_OFFSET_MAX;
	offset = tz_offset(zone, from);
	while (found < 2 && from <= end) {
		struct tz_change change;
		bool more = tz_next_change(zone, from, &change);
		int64_t candidate = wall - offset;

		if (candidate >= from && (!more || candidate < change.at))
			at[found++] = candidate;
		if (!more)
			break;
		from = change.at;
		offset = change.after;
	}
	return found;
}
