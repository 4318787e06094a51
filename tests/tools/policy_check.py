#!/usr/bin/env python3
"""Says if every rule was kept, whatever killed the daemon.

    policy_check.py DIR

DIR is what policy_load.py left, its daemon ended. It knows nothing of how the
daemon decides: it holds what the jobs wrote (DIR/witness) and the ledger
(tables run and job of DIR/state/main.db) against what the jobs were told to
be (DIR/jobs.json). Each rule is a line "ok ..." or "not ok ..."; up to ten
examples stand before the latter.
"""
import collections
import json
import re
import sqlite3
import sys

SECOND = 1000000
RESULTS = ["", "ok", "fail", "signal", "timeout", "killed", "nostart",
           "skipped", "missed", "lost"]
NEVER_RAN = ("nostart", "skipped", "missed")
SLOT, REBOOT, CATCHUP, UPSTREAM = 0, 2, 4, 6
DOWN = 30 * SECOND  # an end is recorded no later than that, kills or not
TURNED = 5 * SECOND  # ends after a kill may be recorded in another order
SAME = 1000  # ends of one microsecond are told apart by so many


class Check:
    def __init__(self, directory):
        self.failed = 0
        with open(directory + "/jobs.json", encoding="ascii") as f:
            told = json.load(f)
        self.jobs, self.pools = told["jobs"], told["pools"]
        db = sqlite3.connect(directory + "/state/main.db")
        db.row_factory = sqlite3.Row
        self.rows = [dict(row) for row in db.execute(
            "SELECT run.*, job.name AS name FROM run JOIN job"
            " ON job.id = run.job ORDER BY slot, run.id")]
        db.close()
        for row in self.rows:
            row["word"] = RESULTS[row["result"]]
            row["due"] = row["slot"] if row["at"] is None else row["at"]
        self.by_id = {row["id"]: row for row in self.rows}
        self.of = collections.defaultdict(list)
        for row in self.rows:
            self.of[row["name"]].append(row)
        self.began = collections.defaultdict(list)
        self.ended = collections.defaultdict(list)
        with open(directory + "/witness", encoding="ascii") as f:
            for line in f:
                what, job, run, slot, try_, usec, _ = line.split(" ")
                into = self.began if what == "S" else self.ended
                into[int(run)].append((job, int(slot), int(try_), int(usec)))

    def say(self, name, wrong):
        wrong = list(wrong)
        for example in wrong[:10]:
            print("#", example)
        if len(wrong) > 10:
            print("# and %d more" % (len(wrong) - 10))
        print("not ok" if wrong else "ok", name)
        self.failed += bool(wrong)

    # ---- what really happened ----

    def span(self, run):
        """From when to when it ran: the job's own word, where it has one."""
        begin = self.began[run][0][3]
        if run in self.ended:
            return begin, self.ended[run][0][3]
        return begin, self.by_id[run]["end"]

    def spans(self, names):
        return sorted(self.span(run) + (run,) for run in self.began
                      if run in self.by_id
                      and self.by_id[run]["name"] in names)

    @staticmethod
    def most(spans):
        """The most at one time, and who they were."""
        marks = sorted([(end, 0, run) for _, end, run in spans]
                       + [(begin, 1, run) for begin, _, run in spans])
        now, best = set(), set()
        for _, what, run in marks:
            if what:
                now.add(run)
                best = max(best, set(now), key=len)
            else:
                now.discard(run)
        return len(best), sorted(best)

    def final(self, name):
        """Its rows that are the outcome of their slot."""
        last = {}
        for row in self.of[name]:
            key = (row["slot"], row["lap"])
            if key not in last or last[key]["try"] < row["try"]:
                last[key] = row
        return list(last.values())

    # ---- the rules: each yields sentences ----

    def was_ended_early(self, row):
        """By us: on a busy machine before its process had a turn."""
        return row["word"] == "timeout" or (
            row["word"] == "killed"
            and self.jobs[row["name"]]["overlap"] == "replace")

    def executions(self):
        for row in self.rows:
            ran = len(self.began.get(row["id"], ()))
            if row["word"] in ("", "lost"):
                yield "run %(id)d of %(name)s: \"%(word)s\"" % row
            elif ran == 0 and self.was_ended_early(row):
                continue
            elif ran != (row["word"] not in NEVER_RAN):
                yield "run %d of %s is %s (%s) and was executed %d times" % (
                    row["id"], row["name"], row["word"], row["why"], ran)
        for run in self.began:
            row = self.by_id.get(run)
            if row is None or self.began[run][0][:3] != (
                    row["name"], row["slot"] // SECOND, row["try"]):
                yield "run %d is no row's: %s" % (run, self.began[run])

    def slots(self):
        """From a job's first slot until it was disabled, each once."""
        for name, job in self.jobs.items():
            if "period" not in job:
                continue
            expected, period = job["first"], job["period"]
            for row in self.of[name]:
                if row["try"] > 0:
                    continue
                if row["slot"] != expected:
                    yield "%s: slot %d is followed by %d (run %d)" % (
                        name, expected - period, row["slot"], row["id"])
                last = row["slot_to"] or row["slot"]
                if (last - row["slot"]) // period + 1 != (row["slots"] or 1):
                    yield "run %d of %s: slots from %d to %d are not %s" % (
                        row["id"], name, row["slot"], last, row["slots"])
                expected = last + period
            if expected <= job["until"]:
                yield "%s: its ledger ends before %d" % (name, expected)

    def results(self):
        for row in self.rows:
            job = self.jobs[row["name"]]
            if row["word"] in NEVER_RAN:
                continue
            want = "ok"
            if job["words"].startswith("exit"):
                want = "fail"
            if job.get("timeout"):
                want = "timeout"
            replaced = row["word"] == "killed" \
                and job["overlap"] == "replace" \
                and row["why"] == "replaced by the next run"
            if row["word"] != want and not replaced:
                yield "run %d of %s is %s, expected %s (%s)" % (
                    row["id"], row["name"], row["word"], want, row["why"])
            if row["word"] == "fail" and row["code"] != 3:
                yield "run %(id)d of %(name)s has status %(code)s" % row
            if row["word"] == "timeout" \
                    and row["end"] - row["start"] < 400000:
                yield "run %(id)d of %(name)s was ended too early" % row

    def pool_slots(self):
        for pool, (slots, per_uid) in self.pools.items():
            names = {n for n, job in self.jobs.items()
                     if job.get("pool") == pool}
            count, runs = self.most(self.spans(names))
            print("# pool %s: at most %d of %d at a time" % (
                pool, count, slots))
            if count > (min(slots, per_uid) if per_uid else slots):
                yield "pool %s: %d at a time: %s" % (pool, count, runs)

    def overlaps(self):
        for name, job in self.jobs.items():
            most = 1 if job["overlap"] != "allow" \
                else job.get("max-running", len(self.rows))
            count, runs = self.most(self.spans({name}))
            if count > most:
                yield "%s (%s): %d at a time: %s" % (
                    name, job["overlap"], count, runs)

    def skips(self):
        """Only for a reason that its job's rules know."""
        for row in self.rows:
            if row["word"] != "skipped":
                continue
            job, why = self.jobs[row["name"]], row["why"] or ""
            found = re.match(r"overlap with run (\d+)", why)
            other = self.by_id.get(int(found.group(1))) if found else None
            if other:
                good = other["name"] == row["name"] \
                    and job["overlap"] in ("skip", "queue") \
                    and other["end"] >= row["due"] - SECOND
            elif why == "replaced by the next run":
                good = job["overlap"] == "replace"
            elif re.search(r" was \w+(, not \w+)? \(run \d+\)$", why):
                good = row["cause"] == UPSTREAM
            else:
                good = why == "the job is disabled" \
                    and row["end"] >= job.get("until", 0)
            if not good:
                yield "run %d of %s is skipped: %s" % (
                    row["id"], row["name"], why)

    def misses(self):
        """Nothing is missed before its deadline, nor where a run or a
        range that waits should make up for it."""
        for row in self.rows:
            if row["word"] != "missed":
                continue
            job = self.jobs[row["name"]]
            least = 2 * SECOND if "start-deadline" in job else 60 * SECOND
            if job.get("catchup") == "all" \
                    and "disabled before" in (row["why"] or ""):
                continue
            if row["end"] - row["slot"] < least:
                yield "run %d of %s is missed after %d us: %s" % (
                    row["id"], row["name"], row["end"] - row["slot"],
                    row["why"])

    def tries(self):
        by_try = {(r["name"], r["slot"], r["lap"], r["try"]): r
                  for r in self.rows}
        for (name, slot, lap, number), row in by_try.items():
            job = self.jobs[name]
            due = row["word"] in ("fail", "timeout") \
                and number < job.get("retry", 0)
            after = by_try.get((name, slot, lap, number + 1))
            if after is not None and not due:
                yield "run %d of %s is %s, and run %d tries again" % (
                    row["id"], name, row["word"], after["id"])
            if after is None and due \
                    and row["end"] < job.get("until", 1 << 62) - DOWN:
                yield "run %d of %s is not tried again" % (row["id"], name)

    def jitter(self):
        offsets = collections.defaultdict(set)
        for row in self.rows:
            job = self.jobs[row["name"]]
            if row["cause"] != SLOT or row["try"] or row["slot_to"]:
                continue
            most = int(job.get("jitter", "0ms")[:-2]) * 1000
            moved = row["due"] - row["slot"]
            if moved < 0 or moved > most:
                yield "run %d of %s was due %d us after its slot" % (
                    row["id"], row["name"], moved)
            if row["id"] in self.began \
                    and self.span(row["id"])[0] < row["due"] - 50000:
                yield "run %(id)d of %(name)s began too early" % row
            # The change that disables a job ends the wait.
            if moved > 0 and row["due"] < job["until"] - SECOND:
                offsets[row["name"]].add(moved)
        for name, all_ in offsets.items():
            if len(all_) > 1 and self.jobs[name]["jitter-kind"] == "stable":
                yield "%s: its jitter is not stable: %s" % (name, all_)

    @staticmethod
    def is_met(row, want):
        if row["word"] in ("skipped", "missed"):
            return False
        return want == "any" or (row["word"] == "ok") == (want == "ok")

    def one_by_one(self, name, upstream, want):
        """Each end of the one job has its outcome, and no other."""
        ends = sorted(self.final(upstream), key=lambda r: (r["end"], r["id"]))
        rounds = sorted((r for r in self.of[name] if r["try"] == 0),
                        key=lambda r: (r["slot"], r["id"]))
        if len(ends) != len(rounds):
            yield "%s: %d rounds after %d ends of %s" % (
                name, len(rounds), len(ends), upstream)
            return
        for end, row in zip(ends, rounds):
            by_upstream = row["word"] == "skipped" \
                and row["why"].startswith(upstream + " was ")
            if not 0 <= row["slot"] - end["end"] < SAME:
                yield "%s: round %d is not at the end of run %d" % (
                    name, row["id"], end["id"])
            elif by_upstream == self.is_met(end, want):
                yield "run %d of %s is %s (%s) though %s was %s" % (
                    row["id"], name, row["word"], row["why"], upstream,
                    end["word"])

    def fan_in(self, name, after):
        """An outcome each time all have ended, and not without."""
        rounds = sorted(r["slot"] for r in self.of[name] if r["try"] == 0)
        ends = {u: sorted(r["end"] for r in self.final(u)) for u, _ in after}
        if any(len(e) < len(rounds) for e in ends.values()):
            yield "%s: %d rounds, and ends %s" % (
                name, len(rounds), {u: len(e) for u, e in ends.items()})
        last = rounds[-1] if rounds else 0
        # A round is over with the end that was recorded last, which need not
        # be the last one.
        if all(e and e[-1] > last + TURNED for e in ends.values()):
            yield "%s: all have ended after its last round" % name
        for row in self.of[name]:
            if row["try"] or not rounds:
                continue
            if not any(0 <= row["slot"] - e < SAME
                       for all_ in ends.values() for e in all_):
                yield "%s: round %d is at nobody's end" % (name, row["id"])
            ran = row["word"] not in NEVER_RAN
            for upstream, want in after:
                if ran and not any(
                        self.is_met(r, want)
                        and r["end"] <= row["slot"] + DOWN
                        for r in self.final(upstream)):
                    yield "run %d of %s ran, and %s was never %s" % (
                        row["id"], name, upstream, want)

    def rounds(self):
        for name, job in self.jobs.items():
            if len(job.get("after", ())) == 1:
                yield from self.one_by_one(name, *job["after"][0])
            elif "after" in job:
                yield from self.fan_in(name, job["after"])

    def all(self):
        counts = collections.Counter(row["word"] for row in self.rows)
        print("# %d rows (%s), %d runs began" % (
            len(self.rows), ", ".join("%d %s" % (n, word or "unfinished")
                                      for word, n in counts.items()),
            len(self.began)))
        self.say("every run has a result, and was executed once or not at"
                 " all as it says", self.executions())
        self.say("every slot is in the ledger, once", self.slots())
        self.say("every result is the one the job had", self.results())
        self.say("no pool is over its slots", self.pool_slots())
        self.say("no job overlaps with itself more than it may",
                 self.overlaps())
        self.say("nothing is skipped without a reason of its rules",
                 self.skips())
        self.say("nothing is missed before its deadline", self.misses())
        self.say("tries are as many as the job says", self.tries())
        self.say("jitter moves starts within its bounds", self.jitter())
        self.say("jobs run after others, once each round", self.rounds())
        return self.failed == 0


if __name__ == "__main__":
    sys.exit(0 if Check(sys.argv[1]).all() else 1)
