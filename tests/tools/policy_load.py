#!/usr/bin/env python3
"""Many jobs with random policies, and a daemon that is killed at random.

    policy_load.py CRONSD WITNESS DIR JOBS SECONDS [SEED [POINT...]]

Adds JOBS jobs (witnesses, see witness.c) with overlap, retry, pool, after,
catchup, jitter, priority, timeout and max-running as chance has it, kills the
daemon for SECONDS again and again, disables all, and waits until nothing is
left. With POINTs (rows of cronsd/fail.h; CRONSD must know them) each daemon
stops dead at the next of these instead, at the first to fifth time that it
comes there, as often as SECONDS allow but each once. What policy_check.py must
know is in DIR/jobs.json then. The seed is printed: with it the jobs are the
same, though not the kills' moments. Exit status 0, or 1 and the reason.
"""
import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

from kill_load import Load, micros
from wire import values

SECOND = 1000000
POOLS = {"p0": (1, 0), "p1": (2, 0), "p2": (3, 2), "p3": (5, 0),
         "p4": (1, 0)}
WANTS = ["ok", "fail", "any"]
AT_ONCE = 50


def scheduled(dice):
    """A job with slots of its own, as fields; None is what it is preset to."""
    kind = dice.choices(["nothing", "sleep", "exit", "timeout"],
                        [4, 5, 2, 1])[0]
    words = {"nothing": "", "exit": "exit 3",
             "sleep": "sleep 20 %d" % dice.choice([100, 400, 1500]),
             "timeout": "sleep 30000 30000"}[kind]
    job = {"words": words, "period": dice.randrange(6, 25) * SECOND,
           "overlap": dice.choice(["allow", "skip", "queue", "replace"]),
           "catchup": dice.choice([None, None, "one", "all"]),
           "priority": dice.choice([None, dice.randrange(-9, 10)]),
           "pool": dice.choice([None, None, *POOLS])}
    if kind == "exit":
        job["retry"] = dice.randrange(0, 3)
        job["retry-delay"] = dice.choice(["0s", "300ms", "1s"])
    if kind == "timeout":
        job["timeout"] = "400ms"
    if job["overlap"] == "queue":
        job["queue"] = dice.randrange(1, 4)
    if job["overlap"] == "allow" and dice.random() < 0.5:
        job["max-running"] = dice.randrange(1, 4)
    if dice.random() < 0.4:
        job["jitter"] = "%dms" % dice.randrange(1, 3000)
        job["jitter-kind"] = dice.choice(["stable", "random"])
    if dice.random() < 0.3:
        job["start-deadline"] = "2s"
    return job


def follower(dice, names):
    """A job that runs after some of these."""
    upstream = dice.sample(names, dice.choice([1, 1, 1, 2, 3]))
    job = {"words": dice.choice(["", "exit 3", "sleep 20 200"]),
           "overlap": dice.choice(["allow", "skip", "queue"]),
           "pool": dice.choice([None, None, None, *POOLS]),
           "after": [[name, dice.choice(WANTS)] for name in upstream]}
    if job["words"] == "exit 3":
        job["retry"] = dice.randrange(0, 2)
        job["retry-delay"] = "0s"
    return job


def contender():
    """Two of these always want the one slot of their pool: one waits."""
    return {"words": "sleep 20 4000", "period": 6 * SECOND,
            "overlap": "skip", "pool": "p0"}


def roll(count, seed):
    dice = random.Random(seed)
    jobs = {}
    for i in range(count):
        if i < 2:
            jobs["s%d" % i] = contender()
        elif i < count * 3 // 4:
            jobs["s%d" % i] = scheduled(dice)
        else:
            jobs["f%d" % i] = follower(dice, list(jobs))
    return jobs


class PolicyLoad(Load):
    def request(self, name, job):
        fields = ["name=" + name, 'command="%s %s/witness %s"' % (
            self.witness, self.dir, job["words"]),
            "keep-runs=1000000 grace=1s linger=1s"]
        for key, value in job.items():
            if key == "after":
                fields.append("after=" + ",".join(
                    "%s:%s" % (n, w) for n, w in value))
            elif key == "period":
                fields.append('schedule="@every %ds"' % (value // SECOND))
            elif key != "words" and value is not None:
                fields.append("%s=%s" % (key, value))
        if "period" not in job:
            fields.append("schedule=@manual")
        return "add " + " ".join(fields)

    def each(self, verb, names, take=None):
        """The request of each name, pipelined."""
        wire = self.connect()
        names = list(names)
        for first in range(0, len(names), AT_ONCE):
            some = names[first:first + AT_ONCE]
            wire.send(*(verb(name) for name in some))
            for name in some:
                code, text, _, _ = wire.receive()
                if code >= 300:
                    raise RuntimeError("%s: %d %s" % (verb(name), code, text))
                if take:
                    take(name, text)
        wire.close()

    def add(self, jobs):
        def note(name, text):
            if "period" in jobs[name]:
                jobs[name]["first"] = micros(values(text)["next"])
        wire = self.connect()
        for name, (slots, per_uid) in POOLS.items():
            wire.must("pool %s slots=%d per_uid=%d" % (name, slots, per_uid))
        wire.close()
        self.jobs = jobs
        self.each(lambda name: self.request(name, jobs[name]), jobs, note)

    def kills(self, seconds):
        dice, count = random.Random(), 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(dice.choice([dice.uniform(0, 0.1),
                                    dice.uniform(0.1, 1),
                                    dice.uniform(0.5, 3)]))
            self.kill()
            if dice.random() < 0.15:
                time.sleep(dice.uniform(0.5, 4))
            self.start()
            count += 1
        return count

    def ranges(self):
        """Ranges of slots that are still to be made up for."""
        db = sqlite3.connect("file:%s/state/main.db?mode=ro" % self.dir,
                             uri=True, timeout=30)
        count, = db.execute("SELECT count(*) FROM backlog").fetchone()
        db.close()
        return count

    def spread(self, text):
        with open(self.dir + "/conf", "w", encoding="ascii") as f:
            f.write("[runs]\ncatchup-spread = %s\n" % text)
        self.options = ["--config", self.dir + "/conf"]

    def stop_at(self, wish, seconds=30):
        """A daemon that ends there. False: it never came there."""
        os.environ["CRONS_FAIL"] = wish
        self.start()
        del os.environ["CRONS_FAIL"]
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        if status != -signal.SIGKILL:
            raise RuntimeError("at %s the daemon ends: %d" % (wish, status))
        return True

    def points(self, seconds, points):
        dice, reached = random.Random(), set()
        end = time.monotonic() + seconds
        self.kill()
        for point in itertools.cycle(points):
            if time.monotonic() > end and reached.issuperset(points):
                break
            if time.monotonic() > end + 120:
                raise RuntimeError("never came to %s" % (
                    set(points) - reached))
            if self.stop_at("%s:%d" % (point, dice.randrange(1, 6))):
                reached.add(point)
        self.start()
        return len(reached)

    def wait_until_idle(self, seconds=120):
        end = time.monotonic() + seconds
        while True:
            wire = self.connect()
            left = wire.must("ps")[2]
            wire.close()
            if not left and not self.files() and not self.ranges():
                return
            if time.monotonic() > end:
                raise RuntimeError("these never end: %s" % left[:20])
            time.sleep(0.1)

    def end_all(self):
        """First what has slots, so that those behind see all the ends."""
        names = [n for n, job in self.jobs.items() if "period" in job]
        for name in names:
            self.jobs[name]["until"] = int(time.time() * SECOND)
        self.each(lambda name: "disable " + name, names)
        self.wait_until_idle()
        self.each(lambda name: "disable " + name,
                  [n for n in self.jobs if n not in names])
        self.wait_until_idle()
        self.process.terminate()
        if self.process.wait(30) != 0:
            raise RuntimeError("the daemon does not end well")


def main():
    count, seconds = int(sys.argv[4]), float(sys.argv[5])
    seed = int(sys.argv[6]) if len(sys.argv) > 6 else random.randrange(1 << 30)
    print("# seed %d" % seed)
    load = PolicyLoad(*sys.argv[1:4])
    load.spread("1s")
    load.start()
    try:
        load.add(roll(count, seed))
        if sys.argv[7:]:
            print("# %d points" % load.points(seconds, sys.argv[7:]))
        else:
            print("# %d kills" % load.kills(seconds))
        load.end_all()
        with open(load.dir + "/jobs.json", "w", encoding="ascii") as f:
            json.dump({"jobs": load.jobs, "pools": POOLS}, f)
    finally:
        if load.process.poll() is None:
            os.kill(load.process.pid, signal.SIGKILL)
            load.process.wait()


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError) as error:
        print("#", error)
        sys.exit(1)
