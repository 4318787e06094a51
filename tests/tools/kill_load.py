#!/usr/bin/env python3
"""Kills a daemon again and again while it has much to do.

    kill_load.py CRONSD WITNESS DIR KILLS RUNS [SEED]

Starts CRONSD with its state in DIR/state and jobs that are witnesses (see
witness.c), then KILLS times: waits a random while, sends SIGKILL, starts it
anew at once. When that is done and RUNS runs began, it disables all jobs,
waits until nothing runs, and ends the daemon politely. What kill_check.py
must know is written to DIR/jobs.json. Exit status 0, or 1 and the reason.
"""
import datetime
import json
import os
import random
import signal
import subprocess
import sys
import time

from wire import Wire, values

SECOND = 1000000

EACH = 'schedule="* * * * * *" '
NEVER = 'schedule="@at 2090-01-01T00:00" '

# kind: (words for witness, fields, how many such jobs)
KINDS = {
    "instant": ("", EACH, 5),
    "shell": ("; true", EACH, 2),
    "short": ("", EACH + "start-deadline=1s", 2),
    "every": ("", 'schedule="@every 1s"', 2),
    "quick": ("sleep 100 900", EACH + "overlap=allow", 2),
    "slow": ("sleep 100 3000", EACH + "overlap=allow", 1),
    "skip": ("sleep 100 3000", EACH + "overlap=skip", 2),
    "fail": ("exit 3", EACH, 2),
    "term": ("signal 15", EACH, 1),
    "kill": ("signal 9", EACH, 1),
    "print": ("print 20", EACH + "overlap=allow", 2),
    "bulk": ("print 5000", EACH + "overlap=allow", 1),
    "linger": ("linger 300", EACH + "overlap=allow", 2),
    "hand": ("print 3", NEVER + "overlap=allow", 1),
    "handskip": ("sleep 50 400", NEVER + "overlap=skip", 1),
}
COMMON = "keep-runs=1000000 linger=5s grace=1s"


class Load:
    def __init__(self, cronsd, witness, directory):
        self.cronsd = cronsd
        self.witness = witness
        self.dir = directory
        self.socket = directory + "/state/cronsd.sock"
        self.log = open(directory + "/daemon.log", "ab")
        self.jobs = {}
        self.manual = []  # run ids that the daemon promised
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [self.cronsd, "-f", "--state", self.dir + "/state"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def kill(self):
        if self.process.poll() is not None:
            raise RuntimeError("the daemon ended by itself: %d"
                               % self.process.returncode)
        self.process.kill()
        self.process.wait()

    def connect(self, seconds=30):
        end = time.monotonic() + seconds
        while True:
            try:
                return Wire(self.socket)
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.01)

    def add_jobs(self):
        wire = self.connect()
        for kind, (words, fields, count) in KINDS.items():
            for i in range(count):
                name = "%s%d" % (kind, i)
                reply = wire.must('add name=%s command="%s %s/witness %s"'
                                  " %s %s" % (name, self.witness, self.dir,
                                              words, fields, COMMON))
                self.jobs[name] = {
                    "words": words.replace(";", "").split(),
                    "overlap": "allow" if "allow" in fields else "skip",
                    "by_hand": fields.startswith(NEVER),
                    "first": micros(values(reply[1])["next"])}
        wire.close()

    def order_runs(self, random_):
        """Some runs by hand; what was promised must be kept."""
        try:
            wire = Wire(self.socket, 2)
        except OSError:
            return
        try:
            for _ in range(random_.randrange(1, 4)):
                code, text, _, _ = wire.ask("run " + random_.choice(
                    ["hand0", "handskip0", "skip0"]))
                if code == 202:
                    self.manual.append(int(values(text)["run"]))
        except OSError:
            pass
        wire.close()

    def runs(self):
        with open(self.dir + "/witness", "rb") as f:
            return f.read().count(b"S ")

    def finish(self):
        wire = self.connect()
        for name, job in self.jobs.items():
            job["until"] = int(time.time() * SECOND)
            wire.must("disable " + name)
        end = time.monotonic() + 60
        while wire.must("ps")[2] or self.files():
            if time.monotonic() > end:
                raise RuntimeError("these never end: %s %s" % (
                    wire.must("ps")[2], self.files()))
            time.sleep(0.05)
        wire.close()
        self.process.terminate()
        status = self.process.wait(30)
        if status != 0:
            raise RuntimeError("the daemon's exit status is %d" % status)

    def files(self):
        spool = self.dir + "/state/spool"
        return [name for name in os.listdir(spool)
                if not name.startswith(".pool-") and name != "news.sock"
                and os.path.getsize(spool + "/" + name) > 0]

    def save(self):
        with open(self.dir + "/jobs.json", "w", encoding="ascii") as f:
            json.dump({"jobs": self.jobs, "manual": self.manual}, f)


def micros(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(at.timestamp() * SECOND)


def pause(random_):
    """Often so short that it hits the start of the daemon."""
    choice = random_.random()
    if choice < 0.25:
        return random_.uniform(0, 0.05)
    if choice < 0.5:
        return random_.uniform(0.05, 0.4)
    return random_.uniform(0.4, 1.6)


def main():
    cronsd, witness, directory = sys.argv[1:4]
    kills, runs = int(sys.argv[4]), int(sys.argv[5])
    seed = sys.argv[6] if len(sys.argv) > 6 else str(time.time())
    random_ = random.Random(seed)
    print("# seed", seed)
    load = Load(cronsd, witness, directory)
    load.start()
    try:
        load.add_jobs()
        for _ in range(kills):
            until = time.monotonic() + pause(random_)
            if random_.random() < 0.6:
                load.order_runs(random_)
            time.sleep(max(0, until - time.monotonic()))
            load.kill()
            if random_.random() < 0.05:
                time.sleep(random_.uniform(1, 3))  # beyond a deadline of 1 s
            load.start()
        while load.runs() < runs:
            time.sleep(0.2)
        load.finish()
        load.save()
    finally:
        if load.process.poll() is None:
            load.process.send_signal(signal.SIGKILL)
            load.process.wait()


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError) as error:
        print("#", error)
        sys.exit(1)
