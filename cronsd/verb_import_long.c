/* There is one at a time. It has a request of its own, with a copy of the line
 * and the text, so that it needs nobody who waits for it. */
#include "verb_import_long.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "commit.h"
#include "db.h"
#include "fail.h"
#include "loop.h"
#include "share/log.h"
#include "users.h"
#include "verb_import.h"
#include "work.h"

#define SLICE_US 3000 /* of a turn */
#define AGAIN_US SECOND_US /* while the database cannot be written */
#define KEYS_US (SECOND_US / 10) /* while a user is looked up */
#define MEMO 64

struct memo {
	char name[64];
	int got;
	int64_t uid;
};

struct import_long {
	const struct daemon_parts *parts;
	struct request own;
	struct buf line, reply;
	struct importing im;
	struct loop_timer timer;
	bool is_read; /* the worker is done */
	bool is_begun; /* the first slice of this round is */
	bool is_noted; /* and is durable: it will be done */
	bool is_last; /* slice */
	bool is_over; /* the reply is whole */
	bool is_left; /* nobody waits for it */
	struct memo memo[MEMO]; /* the worker's */
	int memo_count;
};

static struct import_long *at_hand;

bool
import_long_is_busy(void)
{
	return at_hand != NULL;
}

static void
free_long(struct import_long *l)
{
	import_fini(&l->im);
	request_fini(&l->own);
	buf_fini(&l->line);
	buf_fini(&l->reply);
	free(l);
}

static void
again(struct import_long *l, int64_t delay_us)
{
	loop_timer_set(l->parts->loop, &l->timer,
	    (mono_t) { mono_now().us + delay_us });
}

/* The reply is whole; others that wait may begin. */
static void
finish(struct import_long *l)
{
	at_hand = NULL;
	l->is_over = true;
	l->parts->wake(l->parts->wake_arg);
	if (l->is_left)
		free_long(l);
}

/* ---- the worker ---- */

/* Many lines have the same user. */
static int
find_user(void *arg, const char *name, int64_t *uid)
{
	struct import_long *l = arg;
	struct memo *m;

	for (int i = 0; i < l->memo_count; i++)
		if (strcmp(l->memo[i].name, name) == 0) {
			*uid = l->memo[i].uid;
			return l->memo[i].got;
		}
	m = &l->memo[l->memo_count < MEMO ? l->memo_count++ : MEMO - 1];
	if (strlcpy(m->name, name, sizeof m->name) >= sizeof m->name) {
		m->name[0] = '\0';
		m->got = 0;
	} else {
		m->got = users_ask(name, &m->uid);
	}
	*uid = m->uid;
	return m->got;
}

static void
read_text(void *arg)
{
	struct import_long *l = arg;

	intake_read(&l->im.in, l->own.payload, l->own.payload_len);
}

static void
on_read(void *arg)
{
	struct import_long *l = arg;

	l->is_read = true;
	again(l, 0);
}

/* ---- slices ---- */

static bool
is_to_store(const struct import_long *l)
{
	return !request_is(&l->own, "dry_run") && !l->im.rejected;
}

/* From the first entry, whatever was done already. */
static void
rewind_all(struct import_long *l)
{
	struct importing fresh = { .r = &l->own, .room = -1 };

	fresh.in = l->im.in;
	fresh.uid = l->im.uid;
	memcpy(fresh.user, l->im.user, sizeof fresh.user);
	fresh.in.owner.user = l->im.user;
	fresh.rejected = l->im.rejected;
	fresh.prune = l->im.prune;
	fresh.of = l->im.of;
	memset(&l->im.in, 0, sizeof l->im.in);
	import_fini(&l->im);
	l->im = fresh;
	l->is_begun = l->is_last = false;
	buf_clear(&l->reply);
}

static void
give_up(struct import_long *l)
{
	buf_clear(&l->reply);
	reply_busy(&l->own);
	finish(l);
}

static void
on_sealed(void *arg, bool durable)
{
	struct import_long *l = arg;

	if (!durable && !l->is_noted) {
		give_up(l);
		return;
	}
	if (!durable) {
		rewind_all(l);
		again(l, AGAIN_US);
		return;
	}
	l->is_noted = true;
	if (l->is_last) {
		finish(l);
		return;
	}
	FAIL_POINT(import_slice);
	again(l, 0);
}

static int
note(struct import_long *l)
{
	const struct caller *who = &l->own.caller;
	struct imports_row row = { (int64_t)who->uid, who->name, who->root,
		buf_text(&l->line), l->own.payload, l->own.payload_len };

	return l->is_noted ? 0 : imports_note(l->im.db, &row);
}

/* 0: as much as a turn may take, or all; -1: the turn must be spoilt. */
static int
take_some(struct import_long *l)
{
	mono_t ends = { mono_now().us + SLICE_US };
	bool more = true;

	if (!l->is_begun
	    && (import_look_back(&l->im) != 0
		|| (l->im.db != NULL && note(l) != 0)))
		return -1;
	l->is_begun = true;
	while (more && !l->im.failed && mono_now().us < ends.us)
		more = import_step(&l->im);
	l->is_last = !more;
	if (l->im.failed)
		return -1;
	if (l->is_last && l->im.db != NULL && imports_unnote(l->im.db) != 0)
		return -1;
	if (l->is_last)
		import_say(&l->im);
	return 0;
}

/* Nothing of it is stored: only what would be done is said. */
static void
say_some(struct import_long *l)
{
	if (take_some(l) != 0)
		give_up(l);
	else if (l->is_last)
		finish(l);
	else
		again(l, 0);
}

static void
store_some(struct import_long *l)
{
	l->im.db = commit_db(l->parts->commit);
	if (l->im.db == NULL && !l->is_noted) {
		give_up(l);
		return;
	}
	if (l->im.db == NULL) {
		again(l, AGAIN_US);
		return;
	}
	if (take_some(l) != 0)
		commit_spoil(l->parts->commit);
	commit_then(l->parts->commit, on_sealed, l);
}

/* What a request may not say was answered before; but the next daemon may see
 * it in another light: its settings are others, the user is gone. */
static void
drop(struct import_long *l)
{
	struct db *db = l->is_noted ? commit_db(l->parts->commit) : NULL;

	if (l->is_noted && (db == NULL || imports_unnote(db) != 0)) {
		again(l, AGAIN_US);
		return;
	}
	if (l->is_noted)
		log_warn("an import is left as it is: %.*s",
		    (int)strcspn(buf_text(&l->reply), "\n"),
		    buf_text(&l->reply));
	finish(l);
}

/* Users cannot be looked up at the moment. */
static void
read_later(struct import_long *l)
{
	if (!l->is_noted) {
		give_up(l);
		return;
	}
	import_fini(&l->im);
	memset(&l->im, 0, sizeof l->im);
	l->memo_count = 0;
	l->is_read = false;
	again(l, AGAIN_US);
}

static void
read_keys(struct import_long *l)
{
	enum verb_status status;

	buf_clear(&l->reply);
	l->im.r = &l->own;
	l->im.room = -1;
	status = import_read_keys(&l->im);
	if (status == VERB_LATER || status == VERB_ASLEEP) {
		again(l, KEYS_US);
		return;
	}
	if (status != VERB_MORE) {
		drop(l);
		return;
	}
	l->im.in.find_user = find_user;
	l->im.in.arg = l;
	work_put(l->parts->work, LANE_DROPIN,
	    (struct work_call) { read_text, on_read, l });
}

static void
on_timer(void *arg)
{
	struct import_long *l = arg;

	l->own.now = wall_now();
	if (!l->is_read) {
		read_keys(l);
		return;
	}
	if (l->im.in.is_waiting) {
		read_later(l);
		return;
	}
	if (!l->is_begun && !import_judge(&l->im)) {
		finish(l);
		return;
	}
	if (is_to_store(l))
		store_some(l);
	else
		say_some(l);
}

/* ---- requests ---- */

/* The line is in l->line; text is copied. false: it is no request. */
static bool
begin(struct import_long *l, const char *text, size_t len)
{
	struct fault f;

	l->own.parts = l->parts;
	l->own.out = &l->reply;
	if (request_parse(&l->own, buf_text(&l->line), l->line.len, &f)
	    != ERR_NONE)
		return false;
	l->own.payload = xmalloc(len + 1);
	memcpy(l->own.payload, text, len);
	l->own.payload[len] = '\0';
	l->own.payload_len = len;
	l->timer.fn = on_timer;
	l->timer.arg = l;
	at_hand = l;
	return true;
}

/* Whoever asked has gone. */
static void
leave(void *arg)
{
	struct import_long *l = arg;

	l->is_left = true;
	if (l->is_over)
		free_long(l);
}

enum verb_status
import_long_begin(struct request *r)
{
	struct import_long *l = xcalloc(1, sizeof *l);

	l->parts = r->parts;
	l->own.caller = r->caller;
	if (r->line.tag != NULL)
		buf_printf(&l->line, "@%s ", r->line.tag);
	buf_puts(&l->line, r->line.verb);
	for (size_t i = 0; i < r->line.pair_count; i++)
		line_put_pair(&l->line, r->line.pair[i].key,
		    r->line.pair[i].value);
	buf_printf(&l->line, " <%zu", r->payload_len);
	if (!begin(l, r->payload, r->payload_len))
		fatal("import: %s", buf_text(&l->line));
	r->state = l;
	r->free_state = leave;
	again(l, 0);
	return VERB_ASLEEP;
}

enum verb_status
import_long_ask(struct request *r)
{
	struct import_long *l = r->state;

	if (!l->is_over)
		return VERB_ASLEEP;
	buf_put(r->out, buf_text(&l->reply), l->reply.len);
	return VERB_DONE;
}

void
import_long_resume(const struct daemon_parts *parts)
{
	struct import_long *l;
	struct imports_row row;

	if (imports_get_noted(parts->read, &row) != 1)
		return;
	l = xcalloc(1, sizeof *l);
	l->parts = parts;
	l->is_noted = l->is_left = true;
	l->own.caller.uid = (uid_t)row.uid;
	l->own.caller.root = row.root;
	strlcpy(l->own.caller.name, row.user, sizeof l->own.caller.name);
	buf_puts(&l->line, row.line);
	if (begin(l, row.text, row.len)) {
		log_info("an import that was not finished goes on: %s",
		    row.line);
		again(l, 0);
	} else {
		free_long(l);
	}
	imports_row_fini(&row);
}
