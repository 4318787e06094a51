/*
 * fail: the places where tests stop the program dead, between two durable
 * steps. With -DCRONS_FAILPOINTS (build/test only) a process whose environment
 * says CRONS_FAIL=step kills itself there; step@FILE once that file is there,
 * step:3 at the third time; with -step it stops instead, until continued;
 * +step@FILE holds only the thread, while the file is there. CRONS_BOOT_ID
 * makes such a daemon believe in another boot of the host.
 * Otherwise these are nothing at all. No stdio, no malloc: the shim uses
 * it too.
 */
#ifndef CRONSD_FAIL_H
#define CRONSD_FAIL_H

/* clang-format off */
#define FAIL_POINTS(X) \
	X(commit_before)           /* daemon: a turn's decisions, not durable */ \
	X(commit_after)            /* durable, no effect called */ \
	X(claim_before)            /* due, not claimed */ \
	X(alone_before)            /* due, the database cannot be written */ \
	X(alone_claimed)           /* the claims are on the disk beside it */ \
	X(alone_settled)           /* they are rows, and not forgotten */ \
	X(round_over)              /* of a job that runs after others */ \
	X(wait_before)             /* due, and it waits: not written down */ \
	X(launch_before_send)      /* claimed, spec made */ \
	X(launch_after_send)       /* the zygote has it */ \
	X(cronlog_said)            /* the log has a start, the run file no mark */ \
	X(act_add)                 /* a job's row is there, its slot not */ \
	X(act_set)                 /* its row is changed, its slot not; undo */ \
	X(act_rm)                  /* its slot is given back, its row there */ \
	X(act_run)                 /* a run is claimed, its environment not */ \
	X(act_test)                /* a test is claimed */ \
	X(act_retry)               /* a try is claimed, its environment not */ \
	X(act_skip)                /* a slot has its row and is due still */ \
	X(act_pause)               /* the old pause is ended, no new one */ \
	X(act_resume)              /* a pause is ended, nobody was told */ \
	X(act_replay)              /* slots are to run again, nobody was told */ \
	X(import_slice)            /* some jobs of a long crontab are durable */ \
	X(act_ack)                 /* an alarm is known, nobody was told */ \
	X(act_ping)                /* a ping has a row, nothing followed */ \
	X(act_pin)                 /* a run is kept, its output not */ \
	X(finish_before)           /* a run's end is known, not recorded */ \
	X(finish_after)            /* recorded, file still there */ \
	X(ingest_before_commit)    /* output read, out.db not committed */ \
	X(ingest_after_commit)     /* committed, file still there */ \
	X(notice_before)           /* to be told, its run not made */ \
	X(notice_claimed)          /* its run is durable, not started */ \
	X(notice_composing)        /* what it reads is not made: a worker's */ \
	X(notice_ending)           /* told, that is not recorded */ \
	X(notice_ended)            /* recorded */ \
	X(bury_after)              /* tombstone put, fence not raised */ \
	X(zygote_before_fork) \
	X(zygote_after_fork) \
	X(shim_before_link) \
	X(shim_after_link) \
	X(shim_after_exec) \
	X(shim_before_exit_record) \
	X(shim_after_exit_record) \
	X(shim_before_end_record) \
	X(shim_after_end_record) \
	X(shim_before_stay)        /* all is written, the daemon not told */ \
	X(shim_after_stay)         /* it was told */ \
	X(shim_after_order)        /* the next order is taken from the socket */
/* clang-format on */

enum fail_point {
#define X(name) FAIL_##name,
	FAIL_POINTS(X)
#undef X
	    FAIL_COUNT
};

#ifdef CRONS_FAILPOINTS

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void
fail_stop(const char *name)
{
	static int times;
	const char *wish = getenv("CRONS_FAIL");
	size_t len = strlen(name);
	int how = SIGKILL;
	bool holds = wish != NULL && *wish == '+';

	if (wish != NULL && (*wish == '-' || holds)) {
		how = SIGSTOP;
		wish++;
	}
	if (wish == NULL || strncmp(wish, name, len) != 0
	    || (wish[len] != '\0' && wish[len] != ':' && wish[len] != '@'))
		return;
	while (holds && access(wish + len + 1, F_OK) == 0)
		usleep(10000);
	if (holds
	    || (wish[len] == '@' && access(wish + len + 1, F_OK) != 0))
		return;
	if (wish[len] == ':' && ++times < atoi(wish + len + 1))
		return;
	raise(how);
}

#define FAIL_POINT(name)            \
	do {                        \
		(void)FAIL_##name;  \
		fail_stop(#name);   \
	} while (0)
#define FAIL_BOOT(boot, room)                                       \
	do {                                                        \
		if (getenv("CRONS_BOOT_ID") != NULL)                \
			strlcpy(boot, getenv("CRONS_BOOT_ID"), room); \
	} while (0)
#else
#define FAIL_BOOT(boot, room) ((void)0)
#define FAIL_POINT(name) ((void)FAIL_##name)
#endif

#endif
