/*
 * shim_tree: the job and all that descends from it, and how they are ended.
 * It does not know why. The shim is the subreaper of them all, so as long as
 * it has a child the tree is not empty, and none of them is anybody else's.
 */
#ifndef CRONSD_SHIM_TREE_H
#define CRONSD_SHIM_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum shim_phase {
	TREE_LEFT_ALONE,
	TREE_TERMINATED, /* TERM was sent; at due it is killed */
	TREE_KILLED, /* looked for again at due until it is empty */
};

struct shim_tree {
	pid_t job;
	bool has_job; /* the job itself was not reaped yet */
	bool has_helper; /* what we call the job is the helper of it */
	bool is_asked; /* the helper was told to kill the job */
	const char *cgroup; /* borrowed; "" none */
	enum shim_phase phase;
	int64_t due_us; /* CLOCK_BOOTTIME; of no meaning when left alone */
	int rounds;
	bool has_survivors; /* given up: they would not die */
};

/* Sends a signal to the job's process group; it ends nothing by itself. */
void shim_tree_signal(const struct shim_tree *tree, int signal);

/* TERM now, KILL after the grace. Said again, the earlier KILL holds. */
void shim_tree_end(struct shim_tree *tree, int64_t now_us, int64_t grace_us);

/*
 * KILL now, and again until nothing is left. A helper (pam.c) is first told to
 * do that to its job, and has some seconds to close what it holds: it ends then
 * and all the rest is killed.
 */
void shim_tree_kill(struct shim_tree *tree, int64_t now_us);

/* The job, or its helper, was reaped. */
void shim_tree_on_job_end(struct shim_tree *tree, int64_t now_us);

/* To be called at due_us. */
void shim_tree_on_time(struct shim_tree *tree, int64_t now_us);

/* To be called when the shim has no child left. */
void shim_tree_on_empty(struct shim_tree *tree);

#endif
