/*
 * Order matters: rows first, then files. A file whose row is live is handled
 * by the row; what is left in the spool has a row with a result (the daemon
 * stopped between recording and ingesting) or none at all (the database is
 * older than the spool: it was restored).
 */
#include "recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "commit.h"
#include "db.h"
#include "live.h"
#include "self.h"
#include "share/job.h"
#include "share/log.h"
#include "spool.h"
#include "store_jobs.h"
#include "store_pools.h"
#include "store_runs.h"
#include "watch.h"

/* A run file of the spool. */
struct found {
	const char *name;
	char instance[17];
	int64_t run;
	uint32_t fence;
	int fd;
	struct spool_file file;
};

/* While nobody can tell if it runs, it counts for its job's pool. */
static bool
add_live(void *arg, const struct run_row *row)
{
	const struct recover_needs *on = arg;
	struct live_run *run;
	struct job job;

	if (live_find(on->live, row->id) != NULL)
		return true; /* its row was just made of its claim */
	run = live_add(on->live, row, RUN_CLAIMED);
	strlcpy(run->instance, on->self->instance, sizeof run->instance);
	run->deadline_us = MINUTE_US;
	if (jobs_get(commit_read_db(on->commit), row->job, &job) == 1) {
		live_set_pool(on->live, run, pool_key(JOB_TEXT(&job, pool)));
		job_fini(&job);
	}
	return true;
}

static void
row_of_header(struct run_row *row, const char *header)
{
	run_row_init(row);
	row->id = spool_number(header, "run", 0);
	row->job = spool_number(header, "job", 0);
	row->slot = spool_number(header, "slot", 0);
	row->lap = spool_number(header, "lap", 0);
	row->attempt = spool_number(header, "try", 0);
	row->shard = spool_number(header, "shard", 0);
	row->uid = spool_number(header, "uid", -1);
	row->fence = spool_number(header, "fence", 0);
	row->cause = (enum run_cause)spool_number(header, "cause", 0);
	row->at = spool_number(header, "at", row->slot);
	row->slot_to = spool_number(header, "to", -1);
	row->slots = spool_number(header, "slots", -1);
}

/* The database knows nothing of the run: its row is made of its header. If
 * the slot got another row since, both are kept: the lap tells them apart. */
static int
rebuild(const struct recover_needs *on, const struct found *found)
{
	struct db *db = commit_db(on->commit);
	struct run_row row;
	struct live_run *run;
	int got;

	row_of_header(&row, found->file.header);
	if (row.id <= 0 || db == NULL)
		return -1;
	got = runs_add(db, &row);
	if (got == 0) {
		row.lap += 1000 + row.id;
		got = runs_add(db, &row);
	}
	if (got != 1 || (row.job > 0 && jobs_put_floor(db, row.job) != 0))
		return -1;
	self_add_former(on->self, found->instance);
	log_info("run %lld: rebuilt from its run file", (long long)row.id);
	run = live_add(on->live, &row, RUN_CLAIMED);
	strlcpy(run->instance, found->instance, sizeof run->instance);
	watch_find_out(on->watch, run, on->self->same_boot);
	return 0;
}

/* The file of a run with a result: its shim drains it still, or its bytes are
 * to be counted and its output to be stored. */
static void
close_file(const struct recover_needs *on, struct run_row *row,
    const struct found *found)
{
	struct live_run *run;

	row->fence = found->fence;
	self_add_former(on->self, found->instance);
	run = live_add(on->live, row, RUN_ENDED);
	strlcpy(run->instance, found->instance, sizeof run->instance);
	run->pid = (pid_t)spool_number(found->file.header, "shim", 0);
	if (run->row.start >= 0 && run->row.result != RESULT_NOSTART
	    && !found->file.is_said)
		watch_executed(on->watch, run);
	watch_drain(on->watch, run);
}

/* A tombstone holds off a shim of this boot only. */
static void
clear_tombstone(const struct recover_needs *on, const struct found *found)
{
	int64_t boot_s = (wall_now().us - mono_now().us) / SECOND_US;
	struct stat st;

	if (fstat(found->fd, &st) == 0 && st.st_mtime < boot_s - 60)
		unlinkat(on->self->spool_fd, found->name, 0);
}

static void
consider(const struct recover_needs *on, struct found *found)
{
	struct live_run *live = live_find(on->live, found->run);
	struct run_row row;
	int got;

	if (live != NULL && live->row.fence == found->fence
	    && strcmp(live->instance, found->instance) == 0)
		return; /* its row looks after it */
	if (found->file.size == 0) {
		clear_tombstone(on, found);
		return;
	}
	got = live != NULL /* under another name: nobody's */
	    ? -1
	    : runs_get(commit_read_db(on->commit), found->run, &row);
	if (got == 1)
		close_file(on, &row, found);
	else if (got == -1 || rebuild(on, found) != 0)
		log_warn("run file %s: left as it is", found->name);
}

static void
open_and_consider(const struct recover_needs *on, struct found *found)
{
	found->fd = openat(
	    on->self->spool_fd, found->name, O_RDONLY | O_CLOEXEC);
	if (found->fd >= 0 && spool_read(found->fd, &found->file) == 0)
		consider(on, found);
	else
		log_warn("run file %s: %s", found->name, strerror(errno));
	if (found->fd >= 0)
		close(found->fd);
}

static void
walk_spool(const struct recover_needs *on)
{
	int fd = openat(on->self->spool_fd, ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct found found;
	struct dirent *e;

	if (dir == NULL)
		fatal("%s: %s", on->self->spool_dir, strerror(errno));
	while ((e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, ".tmp-", 5) == 0
		    && !on->self->same_boot)
			unlinkat(on->self->spool_fd, e->d_name, 0);
		if (!spool_parse_name(e->d_name, found.instance, &found.run,
			&found.fence))
			continue;
		if (found.run >= on->self->next_run)
			on->self->next_run = found.run + 1;
		found.name = e->d_name;
		open_and_consider(on, &found);
	}
	closedir(dir);
}

int
recover_runs(const struct recover_needs *on)
{
	struct db *db = commit_read_db(on->commit);
	struct live_run *run, *next;
	int64_t new = on->self->next_run; /* tries after runs that are lost */
	int n = 0;

	if (runs_each_live(db, add_live, (void *)on) != 0)
		return -1;
	for (run = live_next(on->live, NULL);
	     run != NULL && run->row.id < new; run = next) {
		next = live_next(on->live, run);
		watch_find_out(on->watch, run,
		    run->is_alone ? run->same_boot : on->self->same_boot);
		n++;
	}
	walk_spool(on);
	if (n > 0)
		log_info("runs not over when the last daemon ended: %d",
		    n);
	return 0;
}
