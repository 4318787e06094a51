/*
 * shim_file: the run file from its writer's side: made, published, filled
 * with frames within limits, given its records, released. It does not know
 * processes or pipes. Nothing here fails loudly: what the disk does not take
 * is dropped and counted.
 */
#ifndef CRONSD_SHIM_FILE_H
#define CRONSD_SHIM_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "spool.h"

/* Bytes of the job's output, and frames. */
struct shim_counts {
	int64_t o, e, frames;
};

struct shim_file {
	int fd; /* -1: released */
	int dir; /* borrowed: the spool */
	int64_t header_len; /* of the text; LFs follow it */
	int64_t at; /* where the next frame goes */
	int64_t head_end; /* frames that begin before it stay for ever */
	int64_t tail;
	size_t piece; /* best size of a frame, for these limits */
	int64_t gap_at; /* of the gap frame; 0: there is none */
	int64_t gap_body; /* of its body, which is rewritten */
	int64_t next; /* first frame behind the gap */
	int64_t last; /* the last frame of output */
	struct shim_counts gone; /* in the gap */
	struct shim_counts taken; /* read from the job; frames written */
	struct shim_counts dropped; /* never written */
	struct shim_counts untold; /* dropped since the last note about it */
	bool is_full; /* the last frame could not be written */
	int64_t room; /* how many bytes of it could */
	bool has_holes; /* the file system can punch them; set with gap_at */
};

/*
 * Makes the file of a spec and publishes it with this header text. 0, or the
 * errno: EEXIST if the name is taken; then there is no file.
 */
int shim_file_open(struct shim_file *file, int dir, const struct spec *spec,
    const char *header);

/* Adds a line to the header, behind what is there, if there is room. */
void shim_file_add(struct shim_file *file, const char *line);

/*
 * Bytes that become one frame. There must be SPOOL_FRAME_HEAD_MAX writable
 * bytes before data and one behind its len bytes: they are overwritten.
 */
struct shim_bytes {
	char kind; /* o e */
	int64_t at_us;
	char *data; /* borrowed */
	uint32_t len;
};

void shim_file_put(struct shim_file *file, const struct shim_bytes *bytes);

/* A note of ours, as a c frame. */
void shim_file_note(struct shim_file *file, int64_t at_us, const char *words);

/* clang-format off */
#define SHIM_WHYS(X) /* why a run ended, if not by itself */ \
	X(NONE,    "none") \
	X(TIMEOUT, "timeout") \
	X(KILL,    "kill") \
	X(NOSTART, "nostart")
/* clang-format on */

enum shim_why {
#define X(name, word) WHY_##name,
	SHIM_WHYS(X)
#undef X
};

/* What the EXIT record says, in its order. */
struct shim_exit {
	int code, sig;
	bool core;
	enum shim_why why;
	int32_t stage, error; /* of a start that failed */
	int64_t start_us, end_us; /* CLOCK_REALTIME */
	int64_t utime_us, stime_us, maxrss_kb;
};

void shim_file_exit(struct shim_file *file, const struct shim_exit *exit);

/* The END record; cuts the tail to its limit first. */
void shim_file_end(struct shim_file *file, int64_t end_us);

/* Gives the lock back. Frames put afterwards are dropped. */
void shim_file_close(struct shim_file *file);

#endif
