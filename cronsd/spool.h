/*
 * spool: the run file, the spec a shim is started from, and the messages
 * between daemon, zygote and shims. It knows formats and locks; it does not
 * know jobs, the database or what to do about what it finds. Included by the
 * shim too, so nothing here needs stdio or malloc.
 *
 * THE RUN FILE  spool/<instance>-<run>.<fence>
 *
 *   0    header  text, key=value lines, padded with LF to 512 bytes
 *   512  EXIT    one record, written once by one pwrite (256 bytes reserved)
 *   768  END     one record, written once by one pwrite (256 bytes reserved)
 *   1024 frames  KIND SP usec SP len LF bytes LF
 *
 * KIND is o (stdout), e (stderr), c (a note of the shim) or g (a gap). usec is
 * CLOCK_REALTIME microseconds when the bytes were read. A record is a line of
 * key=value words that ends in " crc=XXXXXXXX" (CRC-32, IEEE, of everything
 * before that blank) and LF; whatever does not end so was never written.
 *
 * A gap frame stands at the end of the head, once, with a body of GAP_BODY
 * bytes: "next=<offset> o=<bytes> e=<bytes> frames=<n>" padded with blanks.
 * Frames between it and `next` are gone (hole); it is rewritten in place,
 * before each punch, by one pwrite. A reader that finds NULs re-reads it.
 *
 * The header's last byte is LF until the daemon has said the run's start to the
 * system's log (spool_say).
 *
 * LIVES. The shim makes the file without a name (or under .tmp-*), takes an
 * exclusive flock(2), writes the header and links it to its final name. EEXIST
 * means that somebody decided otherwise: it ends without running anything. So
 * a run file appears complete and locked. A held lock means its shim is alive,
 * a free one that it is dead; pids decide nothing. A tombstone is an empty
 * file under the final name: no shim can ever link there.
 *
 *   after            durable             if all stops here
 *   link             header, lock        lock freed: lost, output kept
 *   exec             (nothing new)       the same
 *   EXIT written     the status          finish with it; output so far
 *   END written      the byte counts     finish, ingest, unlink
 *
 * STAYING. Most of what a shim costs is its fork. In a burst the order says so
 * (ORDER_STAY), and a shim of whose run nothing is left (no child, no open
 * pipe, and it was short) says ENDED on the order socket and waits there for a
 * moment, beside the zygote, for the next order. Only the lock and the files
 * count, so this changes nothing of the above; a pid just serves several runs,
 * one after another:
 *
 *   after            if the shim stops here
 *   lock freed       its pidfd tells of the end, as ever
 *   ENDED sent       the run was closed by that word; nothing is open
 *   order taken      no file: as a shim that died before its link
 *
 * If the daemon stops, the socket ends, and with it all that wait. If ENDED
 * cannot be sent at once, the shim ends instead; who gives up the other end
 * (with a zygote that died) first hears all that was sent. Kills name the run
 * they are for: until ENDED is read, the pidfd of a run that is over may be
 * that of one that is not.
 *
 * Each order wakes one of those that wait for it; who is killed or stopped
 * between that and the taking leaves it unread until the next order comes or
 * the daemon misses the news, as if the order was taken and its shim died.
 */
#ifndef CRONSD_SPOOL_H
#define CRONSD_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SPOOL_SAID_AT 511
#define SPOOL_EXIT_AT 512
#define SPOOL_END_AT 768
#define SPOOL_FRAMES_AT 1024
#define SPOOL_RECORD_MAX 256
#define SPOOL_NAME_MAX 64
#define SPOOL_HEADER_ROOM 420 /* spec's header text and cgroup path together */
#define SPOOL_GAP_BODY 96
#define SPOOL_FRAME_HEAD_MAX 48
#define SPOOL_FRAME_MAX (64 * 1024) /* bytes in one frame */
#define SPOOL_POOL 256 /* .pool-0 ... : preallocated, for a full disk */
#define SPOOL_NEWS_SOCKET "news.sock" /* datagram socket in the spool */

/*
 * ---- daemon -> zygote: one message an order ----
 *
 * The order is followed by the spec's bytes in the same message; a spec larger
 * than SPOOL_INLINE_MAX comes in a sealed memfd (SHRINK, GROW, WRITE, SEAL)
 * with the message instead. (Any spec may come so; inline costs less.)
 */
#define SPOOL_INLINE_MAX 16384

enum order_flag {
	ORDER_STAY = 1, /* more follow: who is done with this waits for one */
};

/* A shim that stays has to be told which run a kill is meant for, and a queued
 * value has room for that only where pointers have 64 bits. */
#define SPOOL_CAN_STAY (UINTPTR_MAX > UINT32_MAX)

struct spool_order {
	int64_t run;
	uint32_t fence;
	uint32_t flags; /* enum order_flag; those not known are ignored */
};

#define SPEC_MAGIC 0x63724e31u
#define SPEC_LIMITS 16
#define SPEC_GROUPS 65536

enum spec_flag {
	SPEC_MERGE = 1, /* stderr into the stdout pipe */
	SPEC_DIRECT = 2, /* try argv; on ENOENT, EACCES, ENOEXEC the shell */
	SPEC_ARGV = 4, /* argv only, never a shell */
	SPEC_DROP = 8, /* set groups, gid, uid (system mode) */
	SPEC_NO_NEW_PRIVS = 16,
	SPEC_CWD_MAY_FAIL = 32, /* then it stays in / */
	SPEC_HELPER = 64, /* argv is a helper: it gets the status pipe as 3 */
};

/*
 * Offsets are from the start of the spec; every string ends in NUL. argv and
 * env are `count` strings one after another. The shell form executes
 * shell -c command with argv[0] = shell.
 */
struct spec {
	uint32_t magic;
	uint32_t size; /* of all, blob included */
	int64_t run;
	uint32_t fence;
	uint32_t flags; /* enum spec_flag */
	uint32_t uid, gid;
	uint32_t group_count, groups_at; /* uint32_t each, 4-aligned */
	uint32_t name_at; /* final file name in the spool */
	uint32_t header_at; /* text the header begins with, LF-ended lines */
	uint32_t shell_at, command_at;
	uint32_t argv_at, argv_count;
	uint32_t env_at, env_count;
	uint32_t cwd_at;
	uint32_t stdin_at, stdin_len; /* bytes; 0 = /dev/null */
	uint32_t cgroup_at; /* absolute path of a directory to make; "" none */
	uint32_t umask;
	int32_t nice; /* added to the daemon's; 0 none */
	int32_t oom_score_adj;
	int32_t ioprio; /* as ioprio_set(2) takes it; 0: the daemon's */
	uint32_t limit_count;
	uint32_t unused;
	int64_t memory, pids; /* limits of its cgroup; 0 none */
	int64_t timeout_us; /* 0 none */
	int64_t grace_us; /* between TERM and KILL */
	int64_t linger_us;
	int64_t head, tail; /* bytes of frames kept at both ends */
	int64_t wall_minus_boot_us; /* CLOCK_REALTIME - CLOCK_BOOTTIME */
	struct spec_limit {
		int32_t resource; /* RLIMIT_* */
		uint32_t unused;
		uint64_t soft, hard;
	} limit[SPEC_LIMITS];
};

/* ---- shim -> daemon ---- */

/* clang-format off */
#define NEWS_KINDS(X) \
	X(STARTED, 1) /* on the order socket, with its own pidfd: exec done */ \
	X(NOSTART, 2) /* the same, but no job: EXIT says stage and errno */ \
	X(REFUSED, 3) /* the name was taken: nothing was run */ \
	X(NOFILE,  4) /* no run file could be made; error = errno */ \
	X(ENDED,   5) /* on the news socket: EXIT is written, and the shim goes on; \
	               * when it has nothing more to do, its own end says so, \
	               * or, if it stays, this again on the order socket */
/* clang-format on */

enum news_kind {
#define X(name, number) NEWS_##name = number,
	NEWS_KINDS(X)
#undef X
};

struct spool_news {
	int64_t run;
	uint32_t fence;
	uint32_t kind;
	int32_t pid; /* of the shim */
	int32_t error;
};

/*
 * Orders to a shim: pidfd_send_signal(SPOOL_KILL_SIGNAL) with a queued pointer
 * made by SPOOL_KILL_VALUE(run, signal, grace in seconds, 0..8388607): what to
 * do in its lower 32 bits, and for which run in the others, if it has them: the
 * last bits of its number, or 0 for whichever it is. A shim obeys only senders
 * of uid 0 or its own. Signal 0 means the usual end: TERM, grace,
 * KILL. Another signal is just sent to the job's session's processes (its
 * process group) and ends nothing by itself; SIGKILL kills the tree at once.
 */
#define SPOOL_KILL_SIGNAL SIGUSR1
#define SPOOL_KILL_VALUE(run, signal, grace_s) \
	((uintptr_t)((uint64_t)(run) << 32 \
	    | ((uint32_t)(grace_s) << 8 | (uint32_t)(signal))))

/* A shim's order to a helper, queued with that value: kill the job. */
#define SPOOL_HELPER_SIGNAL SIGUSR2
#define SPOOL_HELPER_KILL 0x6b696c6c

/* ---- where a start can fail; its number is in EXIT as stage= ---- */

/* clang-format off */
#define STAGES(X) \
	X(NONE,    "") \
	X(PIPE,    "making pipes") \
	X(FORK,    "forking") \
	X(CGROUP,  "entering its cgroup") \
	X(SETSID,  "starting a session") \
	X(STDIN,   "opening standard input") \
	X(LIMITS,  "setting resource limits") \
	X(NICE,    "setting its priority") \
	X(GROUPS,  "setting groups") \
	X(GID,     "setting the group") \
	X(UID,     "setting the user") \
	X(REGAIN,  "checking that privileges are gone") \
	X(CHDIR,   "entering the working directory (cwd, or the home)") \
	X(SIGNALS, "resetting signals") \
	X(EXEC,    "executing the command or its shell") \
	X(PAM,     "opening the PAM session") \
	X(CGLIMIT, "limiting its cgroup")
/* clang-format on */

enum stage {
#define X(name, words) STAGE_##name,
	STAGES(X)
#undef X
	    STAGE_COUNT
};

const char *stage_words(int stage); /* "" for a number not in the table */

/* ---- reading run files (the daemon) ---- */

/* "<instance>-<run>.<fence>"; out holds SPOOL_NAME_MAX bytes. */
void spool_name(
    char *out, const char *instance, int64_t run, uint32_t fence);

/* The reverse; false if name is no run file's. instance is 1 to 16 letters. */
bool spool_parse_name(
    const char *name, char instance[17], int64_t *run, uint32_t *fence);

/*
 * Value of key in a block of key=value words separated by blanks or LF, cut
 * to cap, NUL-ended. Returns its length or -1 if absent. Works for headers
 * and records; unknown keys are nobody's business.
 */
int spool_value(const char *block, const char *key, char *out, size_t cap);
int64_t spool_number(const char *block, const char *key, int64_t absent);

/* The three records of a run file as text ("" = not written or not valid). */
struct spool_file {
	char header[SPOOL_EXIT_AT + 1];
	char exit[SPOOL_RECORD_MAX + 1]; /* checked by its crc */
	char end[SPOOL_RECORD_MAX + 1];
	int64_t size; /* 0: a tombstone */
	bool is_said; /* its start, to the system's log */
	bool alive; /* there is no END, and its lock was held before the rest
	             * was read */
};

/* Copies the record at bytes (SPOOL_RECORD_MAX of them) to out without its LF;
 * "" unless it is whole and begins with that word. */
void spool_copy_record(char *out, const char *bytes, const char *kind);

/*
 * Tests the lock, then reads the first 1024 bytes; -1 and errno. In this order
 * a free lock means that what was read is the last word, size included.
 */
int spool_read(int fd, struct spool_file *file);

/* Is the lock of that open run file held by its shim? */
bool spool_is_alive(int fd);

/* Marks the run file: its start was said. Nobody waits for the disk. */
void spool_say(int dir_fd, const char *name);

/*
 * Puts a tombstone. 0: no shim will ever run it. -1: errno, EEXIST if the
 * shim won (look again).
 */
int spool_bury(int dir_fd, const char *name);

/* Makes missing .pool-N files of one block each, for starts on a full disk. */
void spool_fill_pool(int dir_fd);

/*
 * Takes the head of a frame apart. Returns its length, 0 if more than these
 * len bytes are needed to tell, -1 if it is none; sets kind, at_us and len.
 */
struct spool_frame {
	char kind; /* o e c g */
	int64_t at_us;
	uint32_t len;
	const char *data;
	int64_t offset; /* of its first header byte */
};

int spool_parse_frame(
    const char *bytes, size_t len, struct spool_frame *frame);

/*
 * Frames one after another. Returns 1 and a frame, 0 at the end of what is
 * written so far (ask again later), -1 and errno (EBADMSG: not a frame).
 * frame->data is borrowed until the next call. A gap comes as a frame of kind
 * g, and again whenever the reader is overtaken by it: its counts are those
 * of the whole gap so far. To go on later in another reader, keep offset and
 * gap_at and set them after spool_reader_init.
 */
struct spool_reader {
	int fd; /* borrowed */
	int64_t offset; /* of the next frame */
	int64_t gap_at; /* of the gap frame, 0 none seen */
	char *window; /* owned: bytes of the file as they were */
	int64_t window_at;
	size_t window_len;
};

void spool_reader_init(struct spool_reader *r, int fd);
void spool_reader_fini(struct spool_reader *r);
int spool_next(struct spool_reader *r, struct spool_frame *frame);

/* CRC-32 (IEEE 802.3), as in the records. */
uint32_t spool_crc(const void *bytes, size_t len);

#endif
