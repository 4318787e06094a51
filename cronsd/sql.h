/*
 * sql: every statement of the program, once. A row is: name, database (MAIN,
 * OUT), whether it may scan a whole table (WALK: it pages through one by key,
 * or is for the rare hour) or must use an index (FIND), and the text. Only
 * db.c prepares them and only store_*.c run them; tests/unit/db.c prepares all
 * and fails on a scan that is not marked.
 */
#ifndef CRONSD_SQL_H
#define CRONSD_SQL_H

#include "share/job.h"

/* The columns of job that are rows of share/job.h, in their order. */
#define SQL_COMMA_COLUMN(i, kind, who, preset, words, help) ", \"" #i "\""
#define SQL_COMMA_PARAM(i, kind, who, preset, words, help) ", :" #i
#define SQL_COMMA_SET(i, kind, who, preset, words, help) \
	", \"" #i "\"=:" #i
#define SQL_FIELDS JOB_FIELDS(SQL_COMMA_COLUMN)
#define SQL_FIELD_PARAMS JOB_FIELDS(SQL_COMMA_PARAM)
#define SQL_FIELD_SETS JOB_FIELDS(SQL_COMMA_SET)

#define SQL_JOB \
	"SELECT id, rev, uid, user, created_us, source, source_key" SQL_FIELDS \
	" FROM job "
#define SQL_RUN \
	"SELECT id, job, slot, lap, shard, try, uid, fence, cause, result," \
	" coalesce(at, slot) AS at, start, end, code, signal, why, slot_to," \
	" slots, out_bytes, err_bytes, dropped_bytes, waits FROM run "

#define SQL_ALARM \
	"SELECT job, uid, events, since_us, told_us, acked, remind_us" \
	" FROM alarm "

/* As run_result_is_bad of share/run.h, and as the partial indexes have it. */
#define SQL_BAD "(result BETWEEN 2 AND 6 OR result = 9)"
#define SQL_NOT_PINNED \
	" AND NOT EXISTS (SELECT 1 FROM pin WHERE pin.run = run.id)"
#define SQL_OUTBOX \
	"SELECT id, job, rev, of, event, hook, uid, user, quiet, text," \
	" made_us, state, at, tries, sent, why FROM outbox "

#define SQL_SOURCE \
	"SELECT id, path, kind, user, uid, state, reason, jobs, waits, rules," \
	" inode, size, mtime_ns, ctime_ns, checked_us FROM source "

#define SQL_PAUSE \
	"SELECT id, job, uid, tag, since, until, firm, by, why FROM pause "

/* clang-format off */
#define STATEMENTS(X) \
	X(BEGIN, MAIN, FIND, "BEGIN IMMEDIATE") \
	X(READ, MAIN, FIND, "BEGIN") \
	X(COMMIT, MAIN, FIND, "COMMIT") \
	X(BEGIN_READ, MAIN, FIND, "BEGIN") \
	X(ROLLBACK, MAIN, FIND, "ROLLBACK") \
	X(PROBE, MAIN, FIND, \
	    "INSERT INTO meta (key, value) VALUES ('probed', unixepoch())" \
	    " ON CONFLICT (key) DO UPDATE SET value = excluded.value") \
	X(META_GET, MAIN, FIND, "SELECT value FROM meta WHERE key = :key") \
	X(META_PUT, MAIN, FIND, \
	    "INSERT INTO meta (key, value) VALUES (:key, :value)" \
	    " ON CONFLICT (key) DO UPDATE SET value = excluded.value") \
	\
	X(JOB_ADD, MAIN, FIND, \
	    "INSERT INTO job (rev, uid, user, created_us, source, source_key" \
	    SQL_FIELDS ") VALUES (1, :uid, :user, :created_us, :source," \
	    " :source_key" SQL_FIELD_PARAMS ")" \
	    " ON CONFLICT (uid, name) DO NOTHING") \
	X(JOB_RESTORE, MAIN, FIND, \
	    "INSERT INTO job (id, rev, uid, user, created_us, source, source_key" \
	    SQL_FIELDS ") VALUES (:id, :rev, :uid, :user, :created_us, :source," \
	    " :source_key" SQL_FIELD_PARAMS ")" \
	    " ON CONFLICT (uid, name) DO NOTHING") \
	X(JOB_FLOOR, MAIN, WALK, \
	    "UPDATE sqlite_sequence SET seq = max(seq, :id)" \
	    " WHERE name = 'job'") \
	X(JOB_FLOOR_FIRST, MAIN, FIND, \
	    "INSERT INTO sqlite_sequence (name, seq) VALUES ('job', :id)") \
	X(JOB_SET, MAIN, FIND, \
	    "UPDATE job SET rev = :rev, source = :source," \
	    " source_key = :source_key" SQL_FIELD_SETS " WHERE id = :id") \
	X(JOB_DROP, MAIN, FIND, "DELETE FROM job WHERE id = :id") \
	X(JOBS_CLEAR, MAIN, WALK, "DELETE FROM job") \
	X(RUNS_FORGET_LIVE, MAIN, WALK, "DELETE FROM run WHERE result = 0") \
	X(JOB_BY_ID, MAIN, FIND, SQL_JOB "WHERE id = :id") \
	X(JOB_BY_NAME, MAIN, FIND, SQL_JOB "WHERE uid = :uid AND name = :name") \
	X(JOB_BY_SOURCE, MAIN, FIND, \
	    SQL_JOB "WHERE source_key = :source_key AND source = 0") \
	X(JOBS_NAMED, MAIN, FIND, \
	    SQL_JOB "WHERE name = :name ORDER BY uid LIMIT 100") \
	X(JOBS_PREFIXED, MAIN, FIND, \
	    SQL_JOB "WHERE name >= :from AND name < :to ORDER BY name LIMIT 100") \
	X(JOBS_OF, MAIN, FIND, \
	    SQL_JOB "WHERE uid = :uid AND name > :after ORDER BY name LIMIT :n") \
	X(JOBS_ALL, MAIN, WALK, \
	    SQL_JOB "WHERE id > :after ORDER BY id LIMIT :n") \
	X(JOBS_COUNT, MAIN, WALK, "SELECT count(*) AS n FROM job") \
	X(JOBS_COUNT_OF, MAIN, FIND, \
	    "SELECT count(*) AS n FROM job WHERE uid = :uid") \
	X(JOBS_REBOOT, MAIN, WALK, \
	    "SELECT id FROM job WHERE schedule = '@reboot' AND enabled = 1" \
	    " AND (source > 0) = :live") \
	X(REV_ADD, MAIN, FIND, \
	    "INSERT INTO job_rev (job, rev, at, by, change, spec, uid, user," \
	    " created_us, source) VALUES (:job, :rev, :at, :by, :change, :spec," \
	    " :uid, :user, :created_us, :source)") \
	X(REV_GET, MAIN, FIND, \
	    "SELECT rev, spec, uid, user, created_us, source, change FROM job_rev" \
	    " WHERE job = :job AND rev <= :rev ORDER BY rev DESC LIMIT 1") \
	X(REV_LIST, MAIN, FIND, \
	    "SELECT rev, at, by, change, spec FROM job_rev WHERE job = :job" \
	    " AND rev < :before ORDER BY rev DESC LIMIT :n") \
	X(REV_NEWEST, MAIN, FIND, "SELECT max(rowid) AS n FROM job_rev") \
	X(REVS_AFTER, MAIN, FIND, \
	    "SELECT rowid AS number, job, rev FROM job_rev WHERE rowid > :after" \
	    " ORDER BY rowid") \
	\
	X(JOBS_TAGGED, MAIN, FIND, \
	    SQL_JOB "WHERE id IN (SELECT job FROM tag WHERE tag = :tag" \
	    " AND (:uid < 0 OR uid = :uid) AND job > :after ORDER BY job LIMIT :n)" \
	    " ORDER BY id") \
	X(TAG_PUT, MAIN, FIND, \
	    "INSERT OR IGNORE INTO tag (tag, job, uid) VALUES (:tag, :job, :uid)") \
	X(TAGS_DROP, MAIN, FIND, "DELETE FROM tag WHERE job = :job") \
	X(TAGS_COUNT, MAIN, WALK, \
	    "SELECT tag, count(*) AS n FROM tag WHERE :uid < 0 OR uid = :uid" \
	    " GROUP BY tag ORDER BY tag") \
	\
	X(PAUSE_ADD, MAIN, FIND, \
	    "INSERT INTO pause (job, uid, tag, since, until, firm, by, why) VALUES" \
	    " (:job, :uid, :tag, :since, :until, :firm, :by, :why)") \
	X(PAUSE_END, MAIN, FIND, \
	    "UPDATE pause SET until = :until WHERE id = :id") \
	X(PAUSE_DROP, MAIN, FIND, "DELETE FROM pause WHERE id = :id") \
	X(PAUSES_OF, MAIN, FIND, \
	    SQL_PAUSE "WHERE job = :job AND until > :at AND since <= :at" \
	    " ORDER BY until DESC") \
	X(PAUSES_ALL, MAIN, WALK, \
	    SQL_PAUSE "WHERE until > :after ORDER BY id") \
	X(PAUSES_CLEAR, MAIN, WALK, "DELETE FROM pause") \
	X(PAUSES_PRUNE, MAIN, WALK, "DELETE FROM pause WHERE until < :before") \
	\
	X(EVENT_PUT, MAIN, FIND, \
	    "INSERT INTO event (at, kind, uid, job, run, result, text)" \
	    " VALUES (:at, :kind, :uid, :job, :run, :result, :text)") \
	X(EVENTS_CUT, MAIN, FIND, "DELETE FROM event WHERE seq <= :to") \
	X(EVENTS_OLDEST, MAIN, FIND, "SELECT min(seq) AS n FROM event") \
	X(EVENTS_NEWEST, MAIN, FIND, "SELECT max(seq) AS n FROM event") \
	X(EVENTS_AFTER, MAIN, FIND, \
	    "SELECT seq, at, kind, uid, job, run, result, text FROM event" \
	    " WHERE seq > :seq ORDER BY seq LIMIT :n") \
	\
	X(DUE_PUT, MAIN, FIND, \
	    "INSERT INTO due (job, at, slot, lap) VALUES (:job, :at, :slot, :lap)" \
	    " ON CONFLICT (job) DO UPDATE SET at = excluded.at," \
	    " slot = excluded.slot, lap = excluded.lap") \
	X(DUE_DROP, MAIN, FIND, "DELETE FROM due WHERE job = :job") \
	X(DUE_GET, MAIN, FIND, \
	    "SELECT job, at, slot, lap FROM due WHERE job = :job") \
	X(DUE_FIRST, MAIN, FIND, \
	    "SELECT job, at, slot, lap FROM due WHERE at >= 0 ORDER BY at LIMIT 1") \
	X(DUE_UNTIL, MAIN, FIND, \
	    "SELECT job, at, slot, lap FROM due WHERE at <= :until" \
	    " ORDER BY at LIMIT :n") \
	X(DUE_AFTER, MAIN, FIND, \
	    "SELECT job, at, slot, lap FROM due WHERE (at, job) > (:at, :job)" \
	    " AND at <= :until ORDER BY at, job LIMIT :n") \
	X(DUE_COUNT, MAIN, WALK, "SELECT count(*) AS n FROM due") \
	X(DUE_COUNT_OF, MAIN, FIND, \
	    "SELECT count(*) AS n FROM job JOIN due ON due.job = job.id" \
	    " WHERE uid = :uid") \
	\
	X(BACKLOG_ADD, MAIN, FIND, \
	    "INSERT INTO backlog (job, at, slot, until, cause, force)" \
	    " VALUES (:job, :at, :slot, :until, :cause, :force)") \
	X(BACKLOG_SET, MAIN, FIND, \
	    "UPDATE backlog SET at = :at, slot = :slot WHERE id = :id") \
	X(BACKLOG_DROP, MAIN, FIND, "DELETE FROM backlog WHERE id = :id") \
	X(BACKLOG_WAKE, MAIN, FIND, "UPDATE backlog SET at = 0 WHERE job = :job") \
	X(BACKLOG_WAKE_ALL, MAIN, WALK, "UPDATE backlog SET at = 0") \
	X(BACKLOG_DUE, MAIN, FIND, \
	    "SELECT id, job, at, slot, until, cause, force FROM backlog" \
	    " WHERE at <= :until ORDER BY at, id LIMIT :n") \
	X(BACKLOG_OF, MAIN, FIND, \
	    "SELECT id, job, at, slot, until, cause, force FROM backlog" \
	    " WHERE job = :job AND until >= :slot AND slot <= :slot LIMIT 1") \
	X(BACKLOG_NEXT, MAIN, FIND, \
	    "SELECT at AS n FROM backlog WHERE at >= 0 ORDER BY at LIMIT 1") \
	\
	X(DEP_PUT, MAIN, FIND, \
	    "INSERT INTO dep (job, nth, user, name, want)" \
	    " VALUES (:job, :nth, :user, :name, :want)") \
	X(DEPS_DROP, MAIN, FIND, "DELETE FROM dep WHERE job = :job") \
	X(DEPS_OF, MAIN, FIND, \
	    "SELECT user, name, want, run, result FROM dep WHERE job = :job" \
	    " ORDER BY nth") \
	X(DEPS_ON, MAIN, FIND, \
	    "SELECT job FROM dep AS d WHERE name = :name AND user = :user" \
	    " AND NOT EXISTS (SELECT 1 FROM dep WHERE job = d.job" \
	    " AND nth < d.nth AND name = d.name AND user = d.user)") \
	X(DEP_JOB, MAIN, FIND, \
	    "SELECT id AS n FROM job WHERE name = :name AND user = :user LIMIT 1") \
	X(DEP_MARK, MAIN, FIND, \
	    "UPDATE dep SET run = :run, result = :result WHERE job = :job" \
	    " AND name = :name AND user = :user") \
	X(DEPS_RESET, MAIN, FIND, \
	    "UPDATE dep SET run = NULL, result = NULL WHERE job = :job") \
	X(POOL_GET, MAIN, FIND, \
	    "SELECT name, slots, per_uid, paused FROM pool WHERE name = :name") \
	X(POOL_PUT, MAIN, FIND, \
	    "INSERT INTO pool (name, slots, per_uid, paused)" \
	    " VALUES (:name, :slots, :per_uid, :paused) ON CONFLICT (name)" \
	    " DO UPDATE SET slots = excluded.slots, per_uid = excluded.per_uid," \
	    " paused = excluded.paused") \
	X(POOLS_CLEAR, MAIN, WALK, "DELETE FROM pool") \
	X(POOL_DROP, MAIN, FIND, "DELETE FROM pool WHERE name = :name") \
	X(POOLS, MAIN, WALK, \
	    "SELECT name, slots, per_uid, paused FROM pool ORDER BY name") \
	X(POOL_JOBS, MAIN, FIND, \
	    "SELECT count(*) AS n FROM job WHERE pool = :name AND pool <> ''") \
	\
	X(RUN_ADD, MAIN, FIND, \
	    "INSERT INTO run (id, job, slot, lap, shard, try, uid, fence, cause," \
	    " result, at, start, end, why, slot_to, slots) VALUES (:id, :job, :slot," \
	    " :lap, :shard, :try, :uid, :fence, :cause, :result, :at, :start, :end," \
	    " :why, :slot_to, :slots)" \
	    " ON CONFLICT (job, slot, lap, shard, try) DO NOTHING") \
	X(RUN_EXTEND, MAIN, FIND, \
	    "UPDATE run SET slot_to = :slot_to, end = :end," \
	    " slots = coalesce(slots, 1) + :slots WHERE id = :id") \
	X(RUN_ENV_PUT, MAIN, FIND, \
	    "INSERT INTO run_env (run, env) VALUES (:run, :env)") \
	X(RUN_ENV_GET, MAIN, FIND, "SELECT env FROM run_env WHERE run = :run") \
	X(RUN_ENV_COPY, MAIN, FIND, \
	    "INSERT INTO run_env (run, env) SELECT :to, env FROM run_env" \
	    " WHERE run = :from") \
	X(RUN_FENCE, MAIN, FIND, "UPDATE run SET fence = :fence WHERE id = :id") \
	X(RUN_WAITS, MAIN, FIND, \
	    "UPDATE run SET waits = 1 WHERE id = :id AND result = 0") \
	X(RUN_END, MAIN, FIND, \
	    "UPDATE run SET result = :result, start = :start, end = :end," \
	    " code = :code, signal = :signal, why = :why, out_bytes = :out_bytes," \
	    " err_bytes = :err_bytes, dropped_bytes = :dropped_bytes" \
	    " WHERE id = :id AND result = 0") \
	X(RUN_BYTES, MAIN, FIND, \
	    "UPDATE run SET out_bytes = :out_bytes, err_bytes = :err_bytes," \
	    " dropped_bytes = :dropped_bytes WHERE id = :id") \
	X(RUN_RELEASE, MAIN, FIND, \
	    "DELETE FROM run WHERE id = :id AND result = 0") \
	X(RUN_BY_ID, MAIN, FIND, SQL_RUN "WHERE id = :id") \
	X(RUN_BY_SLOT, MAIN, FIND, \
	    SQL_RUN "WHERE job = :job AND slot = :slot AND lap = :lap" \
	    " AND shard = 0 ORDER BY try DESC LIMIT 1") \
	X(RUN_AT, MAIN, FIND, \
	    SQL_RUN "WHERE job = :job AND slot BETWEEN :from AND :to AND lap >= 0" \
	    " ORDER BY slot DESC, lap DESC, shard, try DESC LIMIT 1") \
	X(RUN_RANGE, MAIN, FIND, \
	    SQL_RUN "WHERE job = :job AND slot_to >= :from AND slot <= :from" \
	    " AND lap >= 0 ORDER BY slot_to, lap DESC, try DESC LIMIT 1") \
	X(RUN_MAX, MAIN, FIND, \
	    "SELECT max(coalesce((SELECT max(id) FROM run), 0)," \
	    " coalesce((SELECT CAST(value AS INTEGER) FROM meta" \
	    " WHERE key = 'run_floor'), 0)) AS n") \
	X(RUN_FLOOR, MAIN, FIND, \
	    "INSERT INTO meta (key, value) VALUES ('run_floor', :id)" \
	    " ON CONFLICT (key) DO UPDATE SET value = excluded.value" \
	    " WHERE CAST(value AS INTEGER) < CAST(excluded.value AS INTEGER)") \
	X(RUN_BEFORE_ANY, MAIN, FIND, \
	    SQL_RUN "WHERE id < :before ORDER BY id DESC LIMIT :n") \
	X(RUN_BEFORE_OF, MAIN, FIND, \
	    SQL_RUN "WHERE uid = :uid AND id < :before ORDER BY id DESC LIMIT :n") \
	X(RUN_BEFORE_JOB, MAIN, FIND, \
	    SQL_RUN "WHERE job = :job AND (slot, id) < (:slot, :before)" \
	    " ORDER BY slot DESC, lap DESC, shard DESC, try DESC LIMIT :n") \
	X(RUN_LIVE, MAIN, WALK, SQL_RUN "WHERE result = 0 AND id > :after" \
	    " ORDER BY id LIMIT :n") \
	X(RUN_BAD_COUNT, MAIN, WALK, \
	    "SELECT count(*) AS n FROM (SELECT uid FROM run WHERE " SQL_BAD \
	    " AND end >= :since AND job > 0 ORDER BY end DESC LIMIT :n)" \
	    " WHERE :uid < 0 OR uid = :uid") \
	X(RUN_SURPLUS, MAIN, FIND, \
	    "SELECT id FROM run WHERE job = :job AND slot < :slot" \
	    " AND result <> 0 AND NOT (" SQL_BAD " AND slot >= :bad_slot)" \
	    SQL_NOT_PINNED " ORDER BY slot LIMIT :n") \
	X(RUN_NTH, MAIN, FIND, \
	    "SELECT slot FROM run WHERE job = :job ORDER BY slot DESC" \
	    " LIMIT 1 OFFSET :n") \
	X(RUN_NTH_BAD, MAIN, FIND, \
	    "SELECT slot FROM run WHERE job = :job AND " SQL_BAD \
	    " ORDER BY slot DESC LIMIT 1 OFFSET :n") \
	X(RUN_LAST_BAD, MAIN, FIND, \
	    SQL_RUN "INDEXED BY run_failed WHERE job = :job AND " SQL_BAD \
	    " ORDER BY slot DESC, lap DESC, shard DESC, try DESC LIMIT 1") \
	X(RUN_DROP, MAIN, FIND, "DELETE FROM run WHERE id = :id AND result <> 0") \
	X(RUN_ORPHANS, MAIN, WALK, \
	    "SELECT id FROM run WHERE id > :after AND id <= :to AND result <> 0" \
	    " AND end < :before AND NOT EXISTS" \
	    " (SELECT 1 FROM job WHERE job.id = run.job)" SQL_NOT_PINNED \
	    " ORDER BY id LIMIT :n") \
	X(RUN_COUNTS, MAIN, WALK, \
	    "SELECT uid, count(*) AS n FROM run GROUP BY uid") \
	X(RUN_COUNTS_OF, MAIN, WALK, \
	    "SELECT job, count(*) AS n FROM run WHERE uid = :uid GROUP BY job") \
	X(PIN_PUT, MAIN, FIND, \
	    "INSERT OR IGNORE INTO pin (run, uid, at)" \
	    " SELECT id, :uid, :at FROM run WHERE id = :run") \
	X(PIN_DROP, MAIN, FIND, "DELETE FROM pin WHERE run = :run") \
	X(PIN_HAS, MAIN, FIND, "SELECT 1 AS n FROM pin WHERE run = :run") \
	X(PIN_COUNT, MAIN, FIND, \
	    "SELECT count(*) AS n FROM pin WHERE uid = :uid") \
	\
	X(HEALTH_PUT, MAIN, FIND, \
	    "INSERT INTO health (job, run, start, end, result, code)" \
	    " SELECT :job, :run, :start, :end, :result, :code" \
	    " WHERE EXISTS (SELECT 1 FROM job WHERE id = :job)" \
	    " ON CONFLICT (job) DO UPDATE SET run = excluded.run," \
	    " start = excluded.start, end = excluded.end," \
	    " result = excluded.result, code = excluded.code" \
	    " WHERE excluded.run >= run") \
	X(HEALTH_GET, MAIN, FIND, \
	    "SELECT run, start, end, result, code FROM health WHERE job = :job") \
	\
	X(HEALTH_RESTORE, MAIN, FIND, \
	    "INSERT OR IGNORE INTO health (job, run, start, end, result, code)" \
	    " SELECT job, id, start, end, result, code FROM run WHERE job = :job" \
	    " AND result <> 0 AND start IS NOT NULL" \
	    " ORDER BY slot DESC, lap DESC, shard DESC, try DESC LIMIT 1") \
	\
	X(OUTBOX_ADD, MAIN, FIND, \
	    "INSERT INTO outbox (job, rev, of, event, hook, uid, user, quiet, text," \
	    " made_us, state, at, tries, sent, why) VALUES (:job, :rev, :of, :event," \
	    " :hook, :uid, :user, :quiet, :text, :made_us, 0, :at, 0, 0, '')" \
	    " ON CONFLICT (job, of, event, hook) DO NOTHING") \
	X(OUTBOX_GET, MAIN, FIND, SQL_OUTBOX "WHERE id = :id") \
	X(OUTBOX_SET, MAIN, FIND, \
	    "UPDATE outbox SET state = :state, at = :at, tries = :tries," \
	    " sent = :sent, why = :why WHERE id = :id") \
	X(OUTBOX_DROP, MAIN, FIND, "DELETE FROM outbox WHERE id = :id") \
	X(OUTBOX_FIRST, MAIN, FIND, \
	    "SELECT at AS n FROM outbox WHERE state = 0 AND at > :after" \
	    " ORDER BY at LIMIT 1") \
	X(OUTBOX_UID, MAIN, FIND, \
	    "SELECT uid AS n FROM outbox WHERE state = 0 AND uid > :uid" \
	    " ORDER BY uid LIMIT 1") \
	X(OUTBOX_DUE, MAIN, FIND, \
	    "SELECT id FROM outbox WHERE state = 0 AND uid = :uid AND at <= :until" \
	    " ORDER BY at, id LIMIT :n") \
	X(OUTBOX_SENDING, MAIN, WALK, \
	    "SELECT id FROM outbox WHERE state = 1 AND id > :after" \
	    " ORDER BY id LIMIT :n") \
	X(OUTBOX_PRUNE, MAIN, FIND, \
	    "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox" \
	    " WHERE state > 1 AND at < :before ORDER BY at LIMIT :n)") \
	X(OUTBOX_LIST, MAIN, WALK, \
	    SQL_OUTBOX "WHERE id < :before AND (:uid < 0 OR uid = :uid)" \
	    " ORDER BY id DESC LIMIT :n") \
	\
	X(ALARM_GET, MAIN, FIND, \
	    SQL_ALARM "WHERE job = :job") \
	X(ALARM_PUT, MAIN, FIND, \
	    "INSERT OR REPLACE INTO alarm (job, uid, events, since_us, told_us," \
	    " acked, remind_us) VALUES (:job, :uid, :events, :since_us," \
	    " :told_us, :acked, :remind_us)") \
	X(ALARM_REMIND, MAIN, FIND, \
	    SQL_ALARM "WHERE remind_us IS NOT NULL ORDER BY remind_us LIMIT 1") \
	X(ALARM_DROP, MAIN, FIND, "DELETE FROM alarm WHERE job = :job") \
	X(ALARMS_ALL, MAIN, WALK, \
	    SQL_ALARM "WHERE job > :after ORDER BY job LIMIT :n") \
	X(ALARMS_OF, MAIN, FIND, \
	    SQL_ALARM "WHERE uid = :uid AND job > :after ORDER BY job LIMIT :n") \
	X(WATCHDOG_PUT, MAIN, FIND, \
	    "INSERT OR REPLACE INTO watchdog (job, slot, by)" \
	    " VALUES (:job, :slot, :by)") \
	X(WATCHDOG_DROP, MAIN, FIND, "DELETE FROM watchdog WHERE job = :job") \
	X(WATCHDOG_FIRST, MAIN, FIND, \
	    "SELECT job, slot, by FROM watchdog WHERE by >= 0 ORDER BY by LIMIT 1") \
	X(RUN_STARTED_SINCE, MAIN, FIND, \
	    "SELECT 1 AS n FROM run WHERE job = :job AND slot >= :slot" \
	    " AND start IS NOT NULL LIMIT 1") \
	\
	X(SOURCE_ADD, MAIN, FIND, \
	    "INSERT INTO source (path, kind, user, uid, state, reason, jobs, waits," \
	    " rules, inode, size, mtime_ns, ctime_ns, checked_us) VALUES (:path," \
	    " :kind, :user, :uid, :state, :reason, :jobs, :waits, :rules, :inode," \
	    " :size, :mtime_ns, :ctime_ns, :checked_us)") \
	X(SOURCE_SET, MAIN, FIND, \
	    "UPDATE source SET path = :path, kind = :kind, user = :user, uid = :uid," \
	    " state = :state, reason = :reason, jobs = :jobs, waits = :waits," \
	    " rules = :rules, inode = :inode, size = :size, mtime_ns = :mtime_ns," \
	    " ctime_ns = :ctime_ns, checked_us = :checked_us WHERE id = :id") \
	X(SOURCE_RESTORE, MAIN, FIND, \
	    "INSERT OR IGNORE INTO source (id, path, kind, user, uid, state, reason," \
	    " jobs, waits, rules, inode, size, mtime_ns, ctime_ns, checked_us)" \
	    " VALUES (:id, :path, :kind, :user, :uid, 0, '', 0, 0, 0, 0, 0, 0, 0, 0)") \
	X(SOURCE_BY_PATH, MAIN, FIND, SQL_SOURCE "WHERE path = :path") \
	X(SOURCE_BY_ID, MAIN, FIND, SQL_SOURCE "WHERE id = :id") \
	X(SOURCES_BETWEEN, MAIN, FIND, \
	    SQL_SOURCE "WHERE path > :after AND path < :before" \
	    " ORDER BY path LIMIT :n") \
	X(SOURCES_WAITING, MAIN, WALK, \
	    SQL_SOURCE "WHERE waits = 1 AND id > :after ORDER BY id LIMIT :n") \
	X(SOURCES_BAD, MAIN, WALK, \
	    "SELECT count(*) AS n FROM source WHERE state IN (1, 2)") \
	X(SOURCES_WAIT, MAIN, WALK, \
	    "SELECT count(*) AS n FROM (SELECT 1 FROM source WHERE waits = 1" \
	    " LIMIT 1)") \
	X(SOURCES_CLEAR, MAIN, WALK, "DELETE FROM source") \
	X(ENTRIES_CLEAR, MAIN, WALK, "DELETE FROM entry") \
	X(FORMERS_CLEAR, MAIN, WALK, "DELETE FROM former") \
	X(SOURCE_DROP, MAIN, FIND, "DELETE FROM source WHERE id = :id") \
	X(FAULT_PUT, MAIN, FIND, \
	    "INSERT INTO source_fault (source, nth, line, col, error, text)" \
	    " VALUES (:source, :nth, :line, :col, :error, :text)") \
	X(FAULTS_DROP, MAIN, FIND, \
	    "DELETE FROM source_fault WHERE source = :source") \
	X(FAULTS_OF, MAIN, FIND, \
	    "SELECT line, col, error, text FROM source_fault" \
	    " WHERE source = :source ORDER BY nth") \
	X(ENTRY_PUT, MAIN, FIND, \
	    "INSERT INTO entry (job, source, key, hash, line)" \
	    " VALUES (:job, :source, :key, :hash, :line) ON CONFLICT (job)" \
	    " DO UPDATE SET hash = excluded.hash, line = excluded.line") \
	X(ENTRY_GET, MAIN, FIND, \
	    "SELECT job, source, key, hash, line FROM entry WHERE job = :job") \
	X(ENTRY_DROP, MAIN, FIND, "DELETE FROM entry WHERE job = :job") \
	X(ENTRIES_OF, MAIN, FIND, \
	    "SELECT job, source, key, hash, line FROM entry" \
	    " WHERE source = :source ORDER BY key") \
	X(FORMER_PUT, MAIN, FIND, \
	    "INSERT OR REPLACE INTO former (job, source, key, uid, rev, created_us," \
	    " hash, enabled, gone_us) VALUES (:job, :source, :key, :uid, :rev," \
	    " :created_us, :hash, :enabled, :gone_us)") \
	X(FORMER_FIND, MAIN, FIND, \
	    "SELECT job, uid, rev, created_us, hash, enabled FROM former" \
	    " WHERE source = :source AND key = :key AND uid = :uid LIMIT 1") \
	X(FORMER_ANY, MAIN, FIND, \
	    "SELECT 1 AS n FROM former WHERE source = :source LIMIT 1") \
	X(IMPORT_PUT, MAIN, FIND, \
	    "INSERT INTO imported (job, file, uid) VALUES (:job, :file, :uid)" \
	    " ON CONFLICT (job) DO UPDATE SET file = :file, uid = :uid") \
	X(IMPORTS_OF, MAIN, FIND, \
	    "SELECT job.id AS job, job.source_key AS source_key FROM imported" \
	    " JOIN job ON job.id = imported.job WHERE imported.file = :file" \
	    " AND imported.uid = :uid AND job.source_key IS NOT NULL" \
	    " ORDER BY imported.job") \
	X(IMPORTS_FILES, MAIN, FIND, \
	    "SELECT DISTINCT file FROM imported WHERE file > :from" \
	    " AND file < :to AND uid = :uid ORDER BY file") \
	X(IMPORTS_ALL, MAIN, FIND, \
	    "SELECT job, file, uid FROM imported WHERE job > :after" \
	    " ORDER BY job LIMIT :n") \
	X(IMPORTING_PUT, MAIN, FIND, \
	    "INSERT OR REPLACE INTO importing (id, uid, user, root, line, text)" \
	    " VALUES (1, :uid, :user, :root, :line, :text)") \
	X(IMPORTING_GET, MAIN, FIND, \
	    "SELECT uid, user, root, line, text FROM importing WHERE id = 1") \
	X(IMPORTING_DROP, MAIN, FIND, "DELETE FROM importing WHERE id = 1") \
	X(FORMER_DROP, MAIN, FIND, "DELETE FROM former WHERE job = :job") \
	X(FORMERS_PRUNE, MAIN, FIND, \
	    "DELETE FROM former WHERE job IN (SELECT job FROM former" \
	    " WHERE gone_us < :before ORDER BY gone_us LIMIT :n)") \
	X(SOURCES_PRUNE, MAIN, WALK, \
	    "DELETE FROM source WHERE state = 4 AND checked_us < :before" \
	    " AND NOT EXISTS (SELECT 1 FROM former WHERE former.source = source.id)" \
	    " AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.source = source.id)") \
	\
	X(DB_PAGES, MAIN, FIND, "PRAGMA page_count") \
	X(DB_FREE, MAIN, FIND, "PRAGMA freelist_count") \
	X(DB_CHECK, MAIN, FIND, "PRAGMA quick_check(1)") \
	X(DB_PAGE_SIZE, MAIN, FIND, "PRAGMA page_size") \
	X(OUT_BEGIN, OUT, FIND, "BEGIN IMMEDIATE") \
	X(OUT_COMMIT, OUT, FIND, "COMMIT") \
	X(OUT_ROLLBACK, OUT, FIND, "ROLLBACK") \
	X(OUT_PUT, OUT, FIND, \
	    "INSERT OR REPLACE INTO out (run, seq, raw, lines, data, at, out_lines," \
	    " err_lines) VALUES (:run, :seq, :raw, :out_lines + :err_lines, :data," \
	    " :at, :out_lines, :err_lines)") \
	X(OUT_GET, OUT, FIND, \
	    "SELECT seq, raw, lines, data, at FROM out WHERE run = :run" \
	    " AND seq >= :seq ORDER BY seq LIMIT 1") \
	X(OUT_MARKS, OUT, FIND, \
	    "SELECT seq, at, out_lines, err_lines FROM out INDEXED BY out_mark" \
	    " WHERE run = :run ORDER BY seq DESC") \
	X(OUT_MAX, OUT, FIND, "SELECT max(run) AS n FROM out") \
	X(OUT_DROP, OUT, FIND, "DELETE FROM out WHERE run = :run") \
	X(HELD_ADD, OUT, FIND, \
	    "INSERT INTO held (run, job, uid, failed, pinned, bytes)" \
	    " SELECT :run, :job, :uid, :failed, :pinned, sum(length(data))" \
	    " FROM out WHERE run = :run HAVING count(*) > 0") \
	X(HELD_DROP, OUT, FIND, "DELETE FROM held WHERE run = :run") \
	X(HELD_PIN, OUT, FIND, \
	    "UPDATE held SET pinned = :pinned WHERE run = :run" \
	    " AND pinned <> :pinned") \
	X(HELD_NEXT, OUT, FIND, \
	    "SELECT run FROM held WHERE run > :after ORDER BY run LIMIT 1") \
	X(HELD_PINNED, OUT, FIND, \
	    "SELECT run FROM held WHERE pinned = 1 AND run > :after" \
	    " ORDER BY run LIMIT 1") \
	X(HELD_FIRST, OUT, FIND, \
	    "SELECT run AS n FROM held WHERE uid = :uid AND job = :job" \
	    " AND pinned = 0 ORDER BY failed, run LIMIT 1") \
	X(HELD_SPARE, OUT, WALK, \
	    "SELECT run AS n FROM held WHERE run > 0 AND failed = :failed" \
	    " AND pinned = 0 AND EXISTS (SELECT 1 FROM held AS newer" \
	    " WHERE newer.uid = held.uid AND newer.job = held.job" \
	    " AND newer.run > held.run) ORDER BY run LIMIT 1") \
	X(HEAP_GET, OUT, FIND, \
	    "SELECT runs, bytes, pinned FROM heap WHERE uid = :uid AND job = :job") \
	X(HEAP_GREATEST, OUT, FIND, \
	    "SELECT job AS n FROM heap WHERE uid = :uid AND bytes > 0" \
	    " ORDER BY bytes DESC LIMIT 1") \
	X(OWNER_GET, OUT, FIND, \
	    "SELECT runs, bytes, pinned FROM owner WHERE uid = :uid") \
	X(OWNER_ALL, OUT, WALK, \
	    "SELECT sum(runs) AS runs, sum(bytes) AS bytes, sum(pinned) AS pinned" \
	    " FROM owner") \
	X(OWNER_GREATEST, OUT, FIND, \
	    "SELECT uid, bytes FROM owner WHERE bytes > 0 ORDER BY bytes DESC LIMIT 1")
/* clang-format on */

enum sql {
#define X(name, base, way, text) SQL_##name,
	STATEMENTS(X)
#undef X
	    SQL_COUNT
};

#endif
