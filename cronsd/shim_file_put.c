/*
 * Frames and their limits. The head is kept for ever. When it is full a gap
 * frame is written behind it, and all later frames follow that. Whenever the
 * frames behind the gap exceed the tail's limit by SLACK, the gap swallows
 * the oldest of them: first its frame is rewritten (a reader that comes now
 * jumps over them), then their bytes are punched out of the file. What is
 * swallowed is counted by reading the heads of the frames back from the page
 * cache, so that no memory is needed however small they are.
 *
 * Where the file system cannot punch holes (ramfs, FAT, NFS before 4.2), the
 * first bytes are kept up to both limits together, and then output is dropped
 * and counted like on a full disk.
 *
 * A full disk: a frame that does not fit is taken back whole (ftruncate) and
 * written again as short as it would fit; what is left over is counted as
 * dropped, and the next frame that fits is preceded by a note that says how
 * many bytes are missing there.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "shim_file.h"
#include "spool_text.h"

#define SLACK (1 << 20)
#define BLOCK_MAX (64 * 1024) /* of any file system */
#define NOTE_MAX 240

static void
count(struct shim_counts *counts, char kind, int64_t bytes)
{
	if (kind == 'o')
		counts->o += bytes;
	else if (kind == 'e')
		counts->e += bytes;
}

static void
drop(struct shim_file *file, char kind, uint32_t len)
{
	count(&file->dropped, kind, len);
	count(&file->untold, kind, len);
}

/* All of it or, after taking it back, nothing; then says what had room. */
static bool
append(struct shim_file *file, const char *bytes, size_t len)
{
	ssize_t n = pwrite(file->fd, bytes, len, file->at);

	if (n == (ssize_t)len) {
		file->at += n;
		return true;
	}
	/* What cannot be taken back is left torn, never written into. */
	if (n > 0 && ftruncate(file->fd, file->at) == -1)
		file->at += n;
	file->is_full = true;
	file->room = n == -1 ? 0 : n;
	return false;
}

/* Writes the head before the data and LF behind; returns the whole's length. */
static size_t
dress(const struct shim_bytes *bytes)
{
	char head[SPOOL_FRAME_HEAD_MAX];
	struct spool_text text = spool_text(head, sizeof head);
	char word[] = "o ";

	word[0] = bytes->kind;
	spool_put(&text, word);
	spool_put_number(&text, bytes->at_us);
	spool_put(&text, " ");
	spool_put_number(&text, bytes->len);
	spool_put(&text, "\n");
	memcpy(bytes->data - text.len, head, text.len);
	bytes->data[bytes->len] = '\n';
	return text.len + bytes->len + 1;
}

static bool
append_dressed(
    struct shim_file *file, const struct shim_bytes *bytes, size_t whole)
{
	return append(file, bytes->data + bytes->len + 1 - whole, whole);
}

/* A frame of our own words; those of a gap are padded with blanks. */
static bool
append_words(struct shim_file *file, char kind, int64_t at_us,
    const struct spool_text *words)
{
	char room[SPOOL_FRAME_HEAD_MAX + NOTE_MAX + 1];
	struct shim_bytes bytes = { kind, at_us, room + SPOOL_FRAME_HEAD_MAX,
		(uint32_t)words->len };

	if (kind == 'g') {
		memset(bytes.data, ' ', SPOOL_GAP_BODY);
		bytes.len = SPOOL_GAP_BODY;
	}
	memcpy(bytes.data, words->data, words->len);
	if (!append_dressed(file, &bytes, dress(&bytes)))
		return false;
	if (kind != 'g')
		file->taken.frames++;
	return true;
}

/* ---- the gap ---- */

static struct spool_text
gap_words(const struct shim_file *file, char *out)
{
	struct spool_text text = spool_text(out, SPOOL_GAP_BODY + 1);

	spool_put_key(&text, "next", file->next, ' ');
	spool_put_key(&text, "o", file->gone.o, ' ');
	spool_put_key(&text, "e", file->gone.e, ' ');
	spool_put_key(&text, "frames", file->gone.frames, ' ');
	return text;
}

/*
 * `next` stands in the frame itself, so its length is found first by dressing
 * an empty one. Whether holes can be punched is tried behind the end.
 */
static bool
open_gap(struct shim_file *file, int64_t at_us)
{
	char room[SPOOL_FRAME_HEAD_MAX + SPOOL_GAP_BODY + 1];
	char words[SPOOL_GAP_BODY + 1];
	struct shim_bytes empty
	    = { 'g', at_us, room + SPOOL_FRAME_HEAD_MAX, SPOOL_GAP_BODY };
	struct spool_text text;
	int64_t gap_at = file->at;

	file->next = gap_at + (int64_t)dress(&empty);
	text = gap_words(file, words);
	if (!append_words(file, 'g', at_us, &text))
		return false;
	file->gap_at = gap_at;
	file->gap_body = file->next - SPOOL_GAP_BODY - 1;
	file->has_holes = fallocate(file->fd,
	    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, file->at, 1) == 0;
	return true;
}

/* Counts the frames from file->next to the first at or behind `until`. */
static int64_t
swallow(struct shim_file *file, int64_t until)
{
	char window[4096];
	int64_t window_at = 0, at = file->next;
	ssize_t n = 0;

	while (at < until) {
		struct spool_frame frame;
		int head;

		if (at + SPOOL_FRAME_HEAD_MAX > window_at + n) {
			window_at = at;
			n = pread(file->fd, window, sizeof window, at);
			if (n <= 0)
				break;
		}
		head = spool_parse_frame(window + (at - window_at),
		    (size_t)(window_at + n - at), &frame);
		if (head <= 0)
			break;
		count(&file->gone, frame.kind, frame.len);
		file->gone.frames++;
		at += head + (int64_t)frame.len + 1;
	}
	return at;
}

/*
 * The file system frees whole blocks only. So a hole begins a little before
 * the frames that go now: the block they share with those that went before
 * was kept then, and would be for ever.
 */
static void
punch(const struct shim_file *file, int64_t from)
{
	int64_t end_of_gap = file->gap_body + SPOOL_GAP_BODY + 1;

	from -= from % BLOCK_MAX;
	if (from < end_of_gap)
		from = end_of_gap;
	fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from,
	    file->next - from);
}

/* Leaves as many whole frames behind the gap as `tail` bytes hold, and one in
 * any case if there is to be a tail: the last words say most. */
static void
widen_gap(struct shim_file *file)
{
	char words[SPOOL_GAP_BODY + 1];
	int64_t from = file->next, until = file->at - file->tail;
	struct spool_text text;

	if (file->gap_at == 0 || !file->has_holes)
		return;
	if (file->tail > 0 && until > file->last)
		until = file->last;
	file->next = swallow(file, until);
	if (file->next == from)
		return;
	text = gap_words(file, words);
	memset(words + text.len, ' ', SPOOL_GAP_BODY - text.len);
	if (pwrite(file->fd, words, SPOOL_GAP_BODY, file->gap_body)
	    == SPOOL_GAP_BODY)
		punch(file, from);
}

/* ---- putting ---- */

/* After a full disk: says what is missing here, if that can be written. */
static bool
tell_dropped(struct shim_file *file, int64_t at_us)
{
	char note[NOTE_MAX];
	struct spool_text text = spool_text(note, sizeof note);

	spool_put(&text, "dropped ");
	spool_put_key(&text, "o", file->untold.o, ' ');
	spool_put_key(&text, "e", file->untold.e, ' ');
	spool_put(&text, "bytes: no room on the disk");
	if (!append_words(file, 'c', at_us, &text))
		return false;
	file->untold = (struct shim_counts) { 0 };
	file->is_full = false;
	return true;
}

/* Does a frame of that length belong into the file, and is there a place? */
static bool
has_place(struct shim_file *file, int64_t at_us, size_t len)
{
	if (file->is_full && !tell_dropped(file, at_us))
		return false;
	if (file->gap_at == 0 && file->at + (int64_t)len > file->head_end
	    && !open_gap(file, at_us))
		return false;
	return file->gap_at == 0 || file->has_holes
	    || file->at + (int64_t)len <= file->next + file->tail;
}

/*
 * Appends a frame, or as much of it as the disk takes. Returns how many of its
 * bytes are in the file.
 */
static uint32_t
append_most(struct shim_file *file, const struct shim_bytes *bytes)
{
	struct shim_bytes part = *bytes;
	size_t whole = dress(bytes);

	if (!has_place(file, bytes->at_us, whole))
		return 0;
	file->last = file->at;
	if (!append_dressed(file, bytes, whole)) {
		if (file->room <= 2 * SPOOL_FRAME_HEAD_MAX)
			return 0;
		part.len = (uint32_t)file->room - SPOOL_FRAME_HEAD_MAX - 1;
		if (!append_dressed(file, &part, dress(&part)))
			return 0;
	}
	file->taken.frames++;
	return part.len;
}

static void
put_frame(struct shim_file *file, const struct shim_bytes *bytes)
{
	uint32_t len = append_most(file, bytes);

	count(&file->taken, bytes->kind, bytes->len);
	drop(file, bytes->kind, bytes->len - len);
	if (file->at - file->next > file->tail + SLACK)
		widen_gap(file);
}

/* How many of the bytes fill the head to its end; 0: they do not reach it. */
static uint32_t
head_part(const struct shim_file *file, const struct shim_bytes *bytes)
{
	int64_t room = file->head_end - file->at - SPOOL_FRAME_HEAD_MAX - 1;

	if (file->gap_at != 0 || room >= (int64_t)bytes->len
	    || room < SPOOL_FRAME_HEAD_MAX)
		return 0;
	return (uint32_t)room;
}

/* The second part's head is written over the end of the first. */
void
shim_file_put(struct shim_file *file, const struct shim_bytes *bytes)
{
	struct shim_bytes rest = *bytes;
	uint32_t part;
	char saved;

	if (file->fd == -1)
		return;
	part = head_part(file, bytes);
	if (part > 0) {
		saved = bytes->data[part];
		rest.len = part;
		put_frame(file, &rest);
		rest.data = bytes->data + part;
		rest.data[0] = saved;
		rest.len = bytes->len - part;
	}
	put_frame(file, &rest);
}

void
shim_file_note(struct shim_file *file, int64_t at_us, const char *words)
{
	char note[NOTE_MAX];
	struct spool_text text = spool_text(note, sizeof note);

	if (file->fd == -1)
		return;
	spool_put(&text, words);
	append_words(file, 'c', at_us, &text);
}

/* ---- records ---- */

/* Seals it and writes it at SPOOL_EXIT_AT or SPOOL_END_AT. */
static void
write_record(struct shim_file *file, int64_t at, struct spool_text *record)
{
	ssize_t ignored;

	spool_put_crc(record);
	ignored = pwrite(file->fd, record->data, record->len, at);
	(void)ignored; /* without a record the run counts as lost */
}

void
shim_file_exit(struct shim_file *file, const struct shim_exit *exit)
{
	static const char *const whys[] = {
#define X(name, word) word,
		SHIM_WHYS(X)
#undef X
	};
	char record[SPOOL_RECORD_MAX];
	struct spool_text text = spool_text(record, sizeof record);

	spool_put(&text, "EXIT ");
	spool_put_key(&text, "code", exit->code, ' ');
	spool_put_key(&text, "sig", exit->sig, ' ');
	spool_put_key(&text, "core", exit->core, ' ');
	spool_put(&text, "why=");
	spool_put(&text, whys[exit->why]);
	spool_put(&text, " ");
	spool_put_key(&text, "stage", exit->stage, ' ');
	spool_put_key(&text, "errno", exit->error, ' ');
	spool_put_key(&text, "start_us", exit->start_us, ' ');
	spool_put_key(&text, "end_us", exit->end_us, ' ');
	spool_put_key(&text, "utime_us", exit->utime_us, ' ');
	spool_put_key(&text, "stime_us", exit->stime_us, ' ');
	spool_put(&text, "maxrss_kb=");
	spool_put_number(&text, exit->maxrss_kb);
	FAIL_POINT(shim_before_exit_record);
	write_record(file, SPOOL_EXIT_AT, &text);
	FAIL_POINT(shim_after_exit_record);
}

void
shim_file_end(struct shim_file *file, int64_t end_us)
{
	char record[SPOOL_RECORD_MAX];
	struct spool_text text = spool_text(record, sizeof record);

	if (file->fd == -1)
		return;
	widen_gap(file);
	spool_put(&text, "END ");
	spool_put_key(&text, "end_us", end_us, ' ');
	spool_put_key(&text, "o", file->taken.o, ' ');
	spool_put_key(&text, "e", file->taken.e, ' ');
	spool_put_key(&text, "o_dropped", file->dropped.o, ' ');
	spool_put_key(&text, "e_dropped", file->dropped.e, ' ');
	spool_put_key(&text, "frames", file->taken.frames, ' ');
	spool_put(&text, "last=");
	spool_put_number(&text, file->at);
	FAIL_POINT(shim_before_end_record);
	write_record(file, SPOOL_END_AT, &text);
	FAIL_POINT(shim_after_end_record);
}
