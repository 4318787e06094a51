#!/usr/bin/env python3
"""Says if a daemon that was killed again and again kept its promises.

    kill_check.py CRONSD DIR

DIR is what kill_load.py left, its daemon ended. Three things are held against
each other: what the jobs themselves wrote (DIR/witness), the ledger (the
tables run and job of DIR/state/main.db), and the output (asked of a daemon
that is started for that). Each promise is a line "ok ..." or "not ok ..."; up
to ten examples stand before the latter. Runs whose supervisors were killed
("killed" in jobs.json: their numbers, or "any") may be lost, and their output
may end early.
"""
import collections
import json
import os
import re
import sqlite3
import subprocess
import sys
import time

from wire import Wire

SECOND = 1000000
RESULTS = ["", "ok", "fail", "signal", "timeout", "killed", "nostart",
           "skipped", "missed", "lost"]
NEVER_RAN = ("nostart", "skipped", "missed")
TRY_SLACK = 10 * SECOND  # nobody may be there to see an end
SLACK = SECOND  # between a run's end and the daemon's next decision


class Check:
    def __init__(self, directory):
        self.dir = directory
        self.failed = 0
        with open(directory + "/jobs.json", encoding="ascii") as f:
            told = json.load(f)
        self.jobs, self.manual = told["jobs"], told["manual"]
        self.killed, self.extra = told["killed"], told["extra"]
        self.rows = self.read_ledger()
        self.by_id = {row["id"]: row for row in self.rows}
        self.began, self.ended = self.read_witness()

    def read_ledger(self):
        db = sqlite3.connect(self.dir + "/state/main.db")
        db.row_factory = sqlite3.Row
        rows = [dict(row) for row in db.execute(
            "SELECT run.*, job.name AS name FROM run JOIN job"
            " ON job.id = run.job ORDER BY slot, run.id")]
        self.revisions = dict(db.execute("SELECT name, rev FROM job"))
        db.close()
        for row in rows:
            row["word"] = RESULTS[row["result"]]
        return rows

    def read_witness(self):
        began = collections.defaultdict(list)
        ended = collections.defaultdict(list)
        with open(self.dir + "/witness", encoding="ascii") as f:
            for line in f:
                what, job, run, slot, try_, usec, _ = line.split(" ")
                into = began if what == "S" else ended
                into[int(run)].append((job, int(slot), int(try_), int(usec)))
        return began, ended

    def was_killed(self, run):
        return self.killed == "any" or run in self.killed

    def say(self, name, wrong):
        wrong = list(wrong)
        for example in wrong[:10]:
            print("#", example)
        if len(wrong) > 10:
            print("# and %d more" % (len(wrong) - 10))
        print("not ok" if wrong else "ok", name)
        self.failed += bool(wrong)

    # ---- what is wrong: each yields sentences ----

    def unfinished(self):
        for row in self.rows:
            if row["word"] == "":
                yield "run %(id)d of %(name)s has no result" % row

    def unequal(self):
        for run, marks in sorted(self.began.items()):
            row = self.by_id.get(run)
            if row is None:
                yield "run %d was executed and is not in the ledger" % run
            elif len(marks) > 1:
                yield "run %d was executed %d times" % (run, len(marks))
            elif row["word"] in NEVER_RAN:
                yield "run %d is %s (%s) and was executed" % (
                    run, row["word"], row["why"])
            elif marks[0][:3] != (row["name"], row["slot"] // SECOND,
                                  row["try"]):
                yield "run %d is another job's or slot's: %s" % (run, marks)
        for row in self.rows:
            if row["word"] in NEVER_RAN or row["id"] in self.began:
                continue
            if self.is_replaced_early(row):
                continue
            if row["word"] != "lost" or not self.was_killed(row["id"]):
                yield "run %(id)d of %(name)s is %(word)s (%(why)s)" \
                    " and was never executed" % row

    def is_replaced_early(self, row):
        """Was it ended, for the next one, before it could write a line? On a
        busy machine its process may not have had a turn by then."""
        return self.jobs[row["name"]]["overlap"] == "replace" \
            and row["word"] == "killed" and row["signal"] == 15 \
            and row["why"] == "replaced by the next run"

    def twice(self):
        seen = {}
        for run, marks in self.began.items():
            row = self.by_id.get(run)
            if row is None or row["lap"] < 0:
                continue
            other = seen.setdefault(
                (row["job"], row["slot"], row["try"]), run)
            if other != run:
                yield "runs %d and %d are of one slot" % (run, other)

    def gaps(self):
        """Between a job's first slot and the moment it was disabled."""
        slots = collections.defaultdict(list)
        for row in self.rows:
            if row["lap"] >= 0 and row["try"] == 0:
                slots[row["name"]].append(row)
        for name, job in self.jobs.items():
            if job["by_hand"]:
                continue
            expected, period = job["first"], job.get("period", SECOND)
            for row in slots[name]:
                if row["slot"] != expected:
                    yield "%s: slot %d is followed by %d (run %d)" % (
                        name, expected - period, row["slot"], row["id"])
                expected = (row["slot_to"] or row["slot"]) + period
                covered = (expected - row["slot"]) // period
                if covered != (row["slots"] or 1):
                    yield "%s: run %d says it is %s slots, not %d" % (
                        name, row["id"], row["slots"], covered)
            if expected <= job["until"]:
                yield "%s: the ledger ends before %d, it was due until" \
                    " %d" % (name, expected, job["until"])

    def wrong_tries(self):
        """One after each failure, as long as the job was enabled."""
        tries = {(row["name"], row["slot"], row["lap"], row["try"]): row
                 for row in self.rows}
        for (name, slot, lap, number), row in tries.items():
            job = self.jobs[name]
            due = row["word"] == "fail" and number < job["retry"]
            after = tries.get((name, slot, lap, number + 1))
            if after is not None and not due:
                yield "run %d of %s is %s, and yet run %d tries again" % (
                    row["id"], name, row["word"], after["id"])
            if after is None and due and row["end"] < job["until"] \
                    - TRY_SLACK:
                yield "run %d of %s is not tried again" % (row["id"], name)

    def wrong_results(self):
        for row in self.rows:
            if row["word"] in NEVER_RAN:
                continue
            if row["word"] == "lost":
                if not self.was_killed(row["id"]):
                    yield "run %(id)d of %(name)s is lost" % row
                continue
            if row["word"] == "killed" \
                    and self.jobs[row["name"]]["overlap"] == "replace":
                continue
            words = self.jobs[row["name"]]["words"] + ["", ""]
            number = int(words[1]) if words[1] else None
            expected = ("ok", 0, None)
            if words[0] == "exit":
                expected = ("fail", number, None)
            elif words[0] == "signal":
                expected = ("signal", None, number)
            found = (row["word"], row["code"], row["signal"])
            if found != expected:
                yield "run %d of %s: %s, expected %s" % (
                    row["id"], row["name"], found, expected)
            has_end = len(self.ended.get(row["id"], ())) == 1
            if has_end != (words[0] != "signal"):
                yield "run %d of %s: it wrote %s at its end" % (
                    row["id"], row["name"], self.ended.get(row["id"]))

    def wrong_times(self):
        for row in self.rows:
            for marks in (self.began.get(row["id"], ()),
                          self.ended.get(row["id"], ())):
                for _, _, _, usec in marks:
                    if not (row["start"] - SLACK <= usec
                            <= row["end"] + SLACK):
                        yield "run %d of %s: %d is not within %d to %d" % (
                            row["id"], row["name"], usec, row["start"],
                            row["end"])

    def wrong_skips(self):
        for row in self.rows:
            if row["word"] != "skipped":
                continue
            if row["why"] == "the job is disabled" \
                    and row["end"] >= self.jobs[row["name"]]["until"]:
                continue
            if row["why"] == "replaced by the next run" \
                    and self.is_replaced(row):
                continue
            found = re.fullmatch(
                r"overlap with run (\d+)(, and its queue of 3 is full)?",
                row["why"] or "")
            other = self.by_id.get(int(found.group(1))) if found else None
            if other is None or other["job"] != row["job"] \
                    or self.jobs[row["name"]]["overlap"] != (
                        "queue" if found.group(2) else "skip"):
                yield "run %(id)d of %(name)s skipped: %(why)s" % row
            elif other["end"] < (row["at"] or row["slot"]) - SLACK:
                yield "run %d of %s skipped because of run %d, which had" \
                    " ended %d us before its slot" % (
                        row["id"], row["name"], other["id"],
                        row["slot"] - other["end"])

    def is_replaced(self, row):
        """Was it waiting for another to end when a later one was due?"""
        return self.jobs[row["name"]]["overlap"] == "replace" and any(
            other["job"] == row["job"] and other["slot"] > row["slot"]
            and other["slot"] <= row["end"] + SLACK for other in self.rows)

    def wrong_misses(self):
        """A slot is missed only when its deadline had passed."""
        for row in self.rows:
            if row["word"] == "missed" and row["end"] - row["slot"] < SECOND:
                yield "run %d of %s was missed after %d us: %s" % (
                    row["id"], row["name"], row["end"] - row["slot"],
                    row["why"])

    def broken_promises(self):
        for run in self.manual:
            row = self.by_id.get(run)
            if row is None or row["lap"] >= 0:
                yield "run %d was promised and is not there" % run
        for name, rev in self.extra.items():
            if self.revisions.get(name, 0) < rev:
                yield "revision %d of %s was confirmed and is not there" % (
                    rev, name)

    def left_files(self):
        spool = self.dir + "/state/spool/"
        for name in sorted(os.listdir(spool)):
            if name.startswith(".pool-") or name in (".claims", "news.sock"):
                continue
            if os.path.getsize(spool + name) > 0:
                yield name

    # ---- output ----

    def expected_output(self, row):
        words = self.jobs[row["name"]]["words"] + ["", "0"]
        lines = {"print": words[1], "linger": "1"}.get(words[0], "0")
        text = {"o": "", "e": ""}
        for stream, step in (("o", 1), ("e", 10)):
            text[stream] = "".join("%d %s %d %s\n" % (
                row["id"], stream, i, "x" * (i % 61))
                for i in range(0, int(lines), step))
        return text

    def wrong_output(self, wire):
        rows = [row for row in self.rows if row["id"] in self.began]
        for at in range(0, len(rows), 16):
            some = rows[at:at + 16]
            wire.send(*("logs %d" % row["id"] for row in some))
            for row in some:
                code, text, _, frames = wire.receive()
                if code != 200:
                    yield "run %d: %d %s" % (row["id"], code, text)
                yield from self.compare(row, frames)

    def compare(self, row, frames):
        for stream, text in self.expected_output(row).items():
            found = b"".join(f[1] for f in frames if f[0] == stream)
            counted = row["out_bytes" if stream == "o" else "err_bytes"]
            if self.was_killed(row["id"]):
                if not text.encode().startswith(found):
                    yield "run %d: its output is not what it wrote" \
                        % row["id"]
            elif found != text.encode() or len(text) != (counted or 0):
                yield "run %d of %s: %d bytes (%s counted) of %s," \
                    " expected %d; they are %s" % (
                        row["id"], row["name"], len(found), counted, stream,
                        len(text), "others" if not text.encode().startswith(
                            found) else "the first ones")

    def output(self, cronsd):
        log = open(self.dir + "/check.log", "ab")
        daemon = subprocess.Popen(
            [cronsd, "-f", "--state", self.dir + "/state"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wire = None
        end = time.monotonic() + 30
        while wire is None:
            try:
                wire = Wire(self.dir + "/state/cronsd.sock", 60)
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        self.say("no byte of output is missing, doubled or another's",
                 self.wrong_output(wire))
        wire.close()
        daemon.terminate()
        daemon.wait(30)

    def all(self, cronsd):
        counts = collections.Counter(row["word"] for row in self.rows)
        print("# %d rows (%s), %d runs began" % (
            len(self.rows), ", ".join("%d %s" % (n, word or "unfinished")
                                      for word, n in counts.items()),
            len(self.began)))
        self.say("every run has a result", self.unfinished())
        self.say("every run was executed exactly once, or not, as its"
                 " result says", self.unequal())
        self.say("no slot was executed twice", self.twice())
        self.say("no slot is missing in the ledger", self.gaps())
        self.say("what fails is tried again as often as the job says",
                 self.wrong_tries())
        self.say("every status is the one the job ended with",
                 self.wrong_results())
        self.say("runs began and ended when the ledger says",
                 self.wrong_times())
        self.say("a slot is skipped only while another run goes on",
                 self.wrong_skips())
        self.say("a slot is missed only after its deadline",
                 self.wrong_misses())
        self.say("runs that were promised and changes that were confirmed are"
                 " there",
                 self.broken_promises())
        self.say("no run file is left in the spool", self.left_files())
        self.output(cronsd)
        return self.failed == 0


if __name__ == "__main__":
    sys.exit(0 if Check(sys.argv[2]).all(sys.argv[1]) else 1)
