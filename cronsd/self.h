/*
 * self: what this daemon is: where its files lie, which host, boot and
 * database instance it works for, in which mode. Filled once by main and the
 * store, read by everybody. It does not know settings that can change
 * (conf) or anything that happens.
 */
#ifndef CRONSD_SELF_H
#define CRONSD_SELF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"

struct self {
	bool system; /* root: jobs of every user; else own mode */
	bool is_private; /* own mode or --state: away from cron's files */
	uid_t uid;
	int64_t admin_gid, view_gid; /* groups with these roles; -1 none */
	char host[65];
	char boot[40]; /* kernel's boot id */
	char life[64]; /* the same, and in a container its own start */
	bool cron_ran; /* another cron ran @reboot jobs in this life */
	char instance[17]; /* of the database; part of run file names */
	char former[4][17]; /* instances whose run files go on; "" none */
	bool from_backup; /* its history is a backup's */
	bool restored; /* the database is not the one of the last daemon */
	bool renewed; /* main.db or out.db was made anew at this start */
	bool same_boot; /* the last daemon ran in this life too */
	bool crontabs_wait; /* not looked at yet: their jobs wait */
	struct cgroup_dirs cgroup; /* where runs get theirs */
	char *state_dir;
	char *spool_dir;
	int spool_fd; /* directory */
	uint64_t files; /* soft limit of descriptors we were started with */
	int64_t next_run; /* the next run id to give out */
	int64_t start_us; /* CLOCK_BOOTTIME when this daemon started */
	int64_t dropped_bytes; /* output not kept since this daemon started */
	char notice[256]; /* what happened at its start, for status; "" */
	bool stopping; /* no new starts: it is about to end */
};

/* Host, start and limit of descriptors; orphans come to us, and a reader that
 * is gone is an error and no signal. */
void self_prepare(struct self *self);

/* Run files of another instance are there and belong to our rows. */
void self_add_former(struct self *self, const char *instance);

/* Opens a run's file for reading, whichever of these instances made it. -1 and
 * errno. */
int self_open_file(const struct self *self, int64_t run, uint32_t fence);

#endif
