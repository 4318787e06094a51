/*
 * verb_import: what the parts of the import share: a crontab that is being
 * made jobs of, entry by entry. It does not know whether that happens in one
 * turn of the loop or in many.
 */
#ifndef CRONSD_VERB_IMPORT_H
#define CRONSD_VERB_IMPORT_H

#include "intake.h"
#include "store_imports.h"
#include "verb.h"

struct vanish;

struct importing {
	struct request *r;
	struct db *db; /* of this turn; NULL: only say what would be done */
	struct intake in;
	int64_t uid; /* of a user's crontab */
	char user[64];
	bool rejected, failed, prune, origins; /* new ones, of kept jobs */
	struct imports_of of; /* file NULL: the text has no name */
	struct vanish *vanish; /* NULL then */
	size_t next; /* entry, */
	size_t gone_at; /* and behind them: of what vanished */
	int added, updated, kept, removed, gone, errors;
	int64_t room; /* jobs its user may still have; -1: not counted yet */
};

/* dialect=, system=, user=, file=: VERB_MORE if all is well; else it is
 * answered. r is set; all else is zeroed, but room. */
enum verb_status import_read_keys(struct importing *im);
/* A system crontab's jobs are named after the file; NULL: a user's are not. */
const char *import_file_name(const struct importing *im);
/* What can be known of the text by itself: false: it is refused as a whole,
 * which is answered. */
bool import_judge(struct importing *im);
/* What earlier imports made of it, and what it holds now; the names of the
 * rows are put. 0 or -1. */
int import_look_back(struct importing *im);
/* The next entry, or what vanished: true: there was one. failed may be set. */
bool import_step(struct importing *im);
/* All is done: the last line of the reply. */
void import_say(struct importing *im);
void import_fini(struct importing *im);

#endif
