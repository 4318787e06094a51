/*
 * One buffer, filled by read(2) and eaten line by line; what a line is shows
 * its first byte. Whoever shows the rows is called for each at once, so that
 * a listing of a million jobs is never held here.
 *
 * An error line is "code token *(key=value) sentence": only the four keys that
 * place an error are taken for words, because the sentence is free text and
 * may quote anything.
 */
#include "call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>

#include "row.h"
#include "share/buf.h"
#include "share/log.h"
#include "share/sock.h"
#include "share/verbs.h"

#define READ_BYTES (64 * 1024)
#define GREETING_S 60 /* a daemon that lives has greeted by then */
#define REPLY_LINE_MAX (32 * 1024 * 1024) /* a row; more is not our daemon */

struct call {
	int fd;
	struct buf in; /* bytes read; those before `at` are done with */
	size_t at;
	struct buf path;
	struct line greeting;
	struct row_header header;
	struct row row;
};

static enum err
broken(const struct call *call, struct fault *f, const char *why)
{
	fault_set(f, ERR_UNREACHABLE, "", "%s: %s", buf_text(&call->path), why);
	strlcpy(f->hint, "the state of jobs and runs is safe; ask again",
	    sizeof f->hint);
	return f->err;
}

/* It takes connections, or the kernel does for it, and says nothing. */
static enum err
hangs(const struct call *call, struct fault *f)
{
	fault_set(f, ERR_UNREACHABLE, "",
	    "%s: the daemon did not greet for %d seconds",
	    buf_text(&call->path), GREETING_S);
	strlcpy(f->hint,
	    "is it stopped, or does its disk hang? what runs goes on",
	    sizeof f->hint);
	return f->err;
}

/* A wait of a request has no end; only the greeting's has. */
static void
limit_reading(const struct call *call, int seconds)
{
	struct timeval limit = { .tv_sec = seconds };

	setsockopt(call->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

/* Reads some more; ERR_NONE, or the connection is over. */
static enum err
fill(struct call *call, struct fault *f)
{
	ssize_t n;

	buf_eat(&call->in, call->at);
	call->at = 0;
	if (call->in.len > REPLY_LINE_MAX)
		return broken(call, f, "the daemon sent an endless line");
	do
		n = read(call->fd, buf_room(&call->in, READ_BYTES), READ_BYTES);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return broken(call, f, "the daemon hung up");
	if (n < 0 && errno == EAGAIN)
		return hangs(call, f);
	if (n < 0)
		return broken(call, f, strerror(errno));
	buf_grown(&call->in, (size_t)n);
	return ERR_NONE;
}

/* The next line without its LF; borrowed until the next read. */
static enum err
read_line(
    struct call *call, const char **line, size_t *len, struct fault *f)
{
	size_t seen = 0;

	for (;;) {
		const char *from = buf_text(&call->in) + call->at;
		size_t have = call->in.len - call->at;
		const char *lf = memchr(from + seen, '\n', have - seen);

		if (lf != NULL) {
			*line = from;
			*len = (size_t)(lf - from);
			call->at += *len + 1;
			return ERR_NONE;
		}
		seen = have;
		if (fill(call, f) != ERR_NONE)
			return f->err;
	}
}

void
call_free(struct call *call)
{
	if (call == NULL)
		return;
	if (call->fd >= 0)
		close(call->fd);
	buf_fini(&call->in);
	buf_fini(&call->path);
	line_fini(&call->greeting);
	row_header_fini(&call->header);
	row_fini(&call->row);
	free(call);
}

static enum err
read_greeting(struct call *call, struct fault *f)
{
	struct call_answer answer = { 0 };
	const char *line;
	size_t len;

	limit_reading(call, GREETING_S);
	if (read_line(call, &line, &len, f) != ERR_NONE)
		return f->err;
	limit_reading(call, 0);
	call_answer_parse(&answer, line, len);
	*f = answer.fault;
	if (f->err == ERR_NONE
	    && atoi(call_answer_get(&answer, "proto")) != PROTO_VERSION)
		fault_set(f, ERR_UNREACHABLE, "",
		    "%s: who answers there does not speak version %d of the"
		    " protocol",
		    buf_text(&call->path), PROTO_VERSION);
	call->greeting = answer.words;
	return f->err;
}

struct call *
call_open(struct fault *f)
{
	struct call *call = xcalloc(1, sizeof *call);

	sock_client_path(&call->path);
	call->fd = sock_connect(buf_text(&call->path), f);
	if (call->fd < 0 || read_greeting(call, f) != ERR_NONE) {
		call_free(call);
		return NULL;
	}
	return call;
}

int
call_fd(const struct call *call)
{
	return call->fd;
}

const char *
call_greeting(const struct call *call, const char *key)
{
	const char *value = line_find(&call->greeting, key);

	return value != NULL ? value : "";
}

static int
send_all(struct call *call, const char *bytes, size_t len, struct fault *f)
{
	while (len > 0) {
		ssize_t n = send(call->fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		/* A refusal may lie there to be read: let the reader say it. */
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 0;
		if (n < 0) {
			broken(call, f, strerror(errno));
			return -1;
		}
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

int
call_send(struct call *call, const struct buf *request,
    const struct buf *payload, struct fault *f)
{
	struct buf line = BUF_EMPTY;
	int result = -1;

	buf_put(&line, buf_text(request), request->len);
	if (payload != NULL)
		buf_printf(&line, " <%zu", payload->len);
	buf_putc(&line, '\n');
	if (line.len > PROTO_LINE_MAX) {
		fault_set(f, ERR_TOO_LARGE, "",
		    "the request has %zu bytes, at most %d are possible",
		    line.len, PROTO_LINE_MAX);
		goto out;
	}
	if (payload != NULL && payload->len > PROTO_PAYLOAD_MAX) {
		fault_set(f, ERR_TOO_LARGE, "",
		    "the text has %zu bytes, at most %d are possible",
		    payload->len, PROTO_PAYLOAD_MAX);
		goto out;
	}
	result = send_all(call, line.data, line.len, f);
	if (result == 0 && payload != NULL)
		result = send_all(
		    call, buf_text(payload), payload->len, f);
out:
	buf_fini(&line);
	return result;
}

void
call_answer_fini(struct call_answer *answer)
{
	line_fini(&answer->words);
	memset(answer, 0, sizeof *answer);
}

const char *
call_answer_get(const struct call_answer *answer, const char *key)
{
	const char *value = NULL;

	if (answer->words.text != NULL)
		value = line_find(&answer->words, key);
	return value != NULL ? value : "";
}

/* Length of the word at text (up to a blank outside of quotes). */
static size_t
word_len(const char *text, size_t len)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < len && (quoted || text[i] != ' '); i++) {
		if (quoted && text[i] == '\\' && i + 1 < len)
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
	}
	return i;
}

/* Does one of the keys that place an error begin here? */
static bool
is_place(const char *text, size_t len)
{
	static const char *const keys[] = { "at=", "line=", "field=", "hint=" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (len >= strlen(keys[i])
		    && strncmp(text, keys[i], strlen(keys[i])) == 0)
			return true;
	return false;
}

/* Fills the fault from the words of an error line and its sentence. */
static void
take_fault(struct call_answer *answer, const char *sentence, size_t len)
{
	struct fault *f = &answer->fault;
	struct buf text = BUF_EMPTY;

	if (line_read_cell(&text, sentence, len) != 0)
		buf_put(&text, sentence, len);
	f->err = answer->words.word_count > 0
	    ? err_find(answer->words.word[0])
	    : ERR_INTERNAL;
	f->column = atoi(call_answer_get(answer, "at"));
	f->line = atoi(call_answer_get(answer, "line"));
	strlcpy(f->field, call_answer_get(answer, "field"), sizeof f->field);
	strlcpy(f->hint, call_answer_get(answer, "hint"), sizeof f->hint);
	strlcpy(f->text, text.len > 0 ? buf_text(&text) : err_sentence(f->err),
	    sizeof f->text);
	buf_fini(&text);
}

/* Where the sentence of an error begins: after code, token and places. */
static size_t
find_sentence(const char *text, size_t len)
{
	size_t at = word_len(text, len);

	at += at < len;
	at += word_len(text + at, len - at);
	while (at < len && is_place(text + at + 1, len - at - 1))
		at += 1 + word_len(text + at + 1, len - at - 1);
	return at;
}

/* The three digits that a final line begins with; 0 if it does not. */
static int
read_code(const char *text, size_t len)
{
	int code = 0;

	if (len < 3 || (len > 3 && text[3] != ' '))
		return 0;
	for (int i = 0; i < 3; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		code = code * 10 + (text[i] - '0');
	}
	return code >= 200 && code <= 599 ? code : 0;
}

void
call_answer_parse(struct call_answer *answer, const char *text, size_t len)
{
	size_t words = len;
	struct fault f;

	call_answer_fini(answer);
	if (len > 0 && text[0] == '@') {
		size_t tag = word_len(text, len);

		tag += tag < len;
		text += tag;
		len -= tag;
	}
	answer->code = read_code(text, len);
	words = answer->code / 100 == 2 ? len : find_sentence(text, len);
	if (answer->code == 0
	    || line_parse(&answer->words, text, words, &f) != ERR_NONE) {
		memset(&answer->words, 0, sizeof answer->words);
		fault_set(&answer->fault, ERR_INTERNAL, "",
		    "the daemon's answer is not understood: %.*s",
		    (int)(len < 100 ? len : 100), text);
		return;
	}
	if (answer->code / 100 == 2)
		return;
	words += words < len;
	take_fault(answer, text + words, len - words);
}

/* A reply that is being read. */
struct reading {
	struct call *call;
	const struct call_sink *sink;
	struct call_answer *answer;
	bool is_over;
};

/* "o usec len" is in line; its bytes and an LF follow. */
static enum err
read_frame(
    struct reading *r, const char *line, size_t head, struct fault *f)
{
	struct frame frame = { .kind = line[0], .head = head + 1 };
	struct call *call = r->call;
	char *end;
	long long len;

	frame.us = strtoll(line + 1, &end, 10);
	len = strtoll(end, &end, 10);
	if (*end != '\n' || len < 0 || len > REPLY_LINE_MAX)
		return broken(call, f, "a frame is not understood");
	frame.len = (size_t)len;
	while (call->in.len - call->at < frame.len + 1)
		if (fill(call, f) != ERR_NONE)
			return f->err;
	frame.bytes = buf_text(&call->in) + call->at;
	call->at += frame.len + 1;
	if (r->sink->on_frame != NULL)
		r->sink->on_frame(r->sink->arg, &frame);
	return ERR_NONE;
}

static enum err
read_row(struct reading *r, const char *line, size_t len, struct fault *f)
{
	struct call *call = r->call;

	if (call->header.count == 0
	    || row_parse(&call->row, &call->header, line, len) != 0)
		return broken(call, f, "a row is not understood");
	if (r->sink->on_row != NULL)
		r->sink->on_row(r->sink->arg, &call->row);
	return ERR_NONE;
}

/* "!gap 12": for those who know frames of that kind. */
static void
hear_event(struct reading *r, const char *line, size_t len)
{
	struct frame frame = { .kind = '!', .bytes = line + 1, .len = len - 1 };

	if (r->sink->on_frame != NULL)
		r->sink->on_frame(r->sink->arg, &frame);
}

/* One line and what belongs to it. */
static enum err
read_part(struct reading *r, const char *line, size_t len, struct fault *f)
{
	bool is_table = len >= 2 && line[1] == '\t';

	if (is_table && line[0] == '#')
		row_header_parse(&r->call->header, line + 2, len - 2);
	else if (is_table && line[0] == '*')
		return read_row(r, line + 2, len - 2, f);
	else if (len >= 2 && line[1] == ' '
	    && memchr("oecg", line[0], 4) != NULL)
		return read_frame(r, line, len, f);
	else if (len > 0 && line[0] == '!')
		hear_event(r, line, len);
	else {
		call_answer_parse(r->answer, line, len);
		r->is_over = true;
	}
	return ERR_NONE;
}

enum err
call_read(struct call *call, const struct call_sink *sink,
    struct call_answer *answer)
{
	static const struct call_sink nobody = { 0 };
	struct reading r
	    = { call, sink != NULL ? sink : &nobody, answer, false };
	const char *line;
	struct fault f;
	size_t len;

	call_answer_fini(answer);
	row_header_fini(&call->header);
	while (!r.is_over)
		if (read_line(call, &line, &len, &f) != ERR_NONE
		    || read_part(&r, line, len, &f) != ERR_NONE) {
			answer->fault = f;
			break;
		}
	return answer->fault.err;
}
