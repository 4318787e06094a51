#!/usr/bin/env python3
"""Does harm to a daemon again and again while it has much to do.

    kill_load.py CRONSD WITNESS DIR TIMES RUNS [HARM...]

Starts CRONSD with its state in DIR/state and jobs that are witnesses (see
witness.c), then TIMES times: waits a random while and does the next HARM:

    kill            SIGKILL to the daemon, which is started anew at once
    freeze          SIGSTOP to the daemon for up to 4 s
    kill-zygote     SIGKILL to the zygote
    freeze-zygote   SIGSTOP to the zygote for up to 8 s
    kill-shim       SIGKILL to the shim of a random run
    kill-idle       SIGKILL to shims that wait for another run
    freeze-idle     SIGSTOP to such a one for up to 8 s
    kill-frozen     SIGSTOP to the zygote, SIGKILL to the daemon, and when the
                    next one has a zygote of its own the old one goes on

(kill if none is named). When that is done and RUNS runs began, it disables
all jobs, waits until nothing runs and no process is left, and ends the daemon
politely. What kill_check.py must know is written to DIR/jobs.json. Exit status
0, or 1 and the reason.
"""
import datetime
import json
import os
import random
import re
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
    "queue": ("sleep 100 1400", EACH + "overlap=queue queue=3", 1),
    "replace": ("sleep 100 1600", EACH + "overlap=replace", 1),
    "retry": ("exit 3", EACH + "overlap=allow retry=2 retry-delay=700ms", 1),
    "fail": ("exit 3", EACH, 2),
    "term": ("signal 15", EACH, 1),
    "kill": ("signal 9", EACH, 1),
    "print": ("print 20", EACH + "overlap=allow", 2),
    "bulk": ("print 5000", EACH + "overlap=allow", 1),
    "linger": ("linger 300", EACH + "overlap=allow", 2),
    "hand": ("print 3", NEVER + "overlap=allow", 1),
    "handskip": ("sleep 50 400", NEVER + "overlap=skip", 1),
}
IDLE = "crons-shim: waits"
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
        self.extra = {}  # jobs that the daemon confirmed: their revision
        self.killed = []  # run ids whose shims we killed
        self.options = []
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [self.cronsd, "-f", "--state", self.dir + "/state",
             *self.options],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def kill(self):
        if self.process.poll() is not None:
            raise RuntimeError("the daemon ended by itself: %d"
                               % self.process.returncode)
        self.process.kill()
        self.process.wait()

    # ---- harms ----

    def harm_kill(self, random_):
        self.kill()
        if random_.random() < 0.05:
            time.sleep(random_.uniform(1, 3))  # beyond a deadline of 1 s
        self.start()

    def harm_freeze(self, random_):
        self.freeze(self.process.pid, random_.uniform(0.1, 4))

    def harm_kill_zygote(self, _):
        for pid in self.zygotes():
            os.kill(pid, signal.SIGKILL)

    def harm_freeze_zygote(self, random_):
        for pid in self.zygotes():
            self.freeze(pid, random_.uniform(0.1, 8))

    def harm_kill_shim(self, random_):
        names = self.files()
        random_.shuffle(names)
        for name in names:
            try:
                with open(self.dir + "/state/spool/" + name, "rb") as f:
                    header = f.read(512).decode("ascii")
            except OSError:
                continue
            words = values(header.replace("\n", " "))
            pid, run = int(words["shim"]), int(words["run"])
            if self.kill_if(pid, "crons-shim: run %d" % run):
                self.killed.append(run)
                return

    def harm_kill_idle(self, random_):
        """The first that is seen, and who else waits then."""
        for pid in self.wait_for_idle():
            self.kill_if(pid, IDLE)

    def harm_freeze_idle(self, random_):
        idle = self.wait_for_idle()
        if idle:
            try:
                self.freeze(idle[0], random_.uniform(0.1, 8))
            except ProcessLookupError:
                pass

    def wait_for_idle(self):
        end = time.monotonic() + 2
        while time.monotonic() < end:
            families = [self.process.pid, *self.zygotes()]
            # Directly below one of these, for it is fast work.
            found = [pid for family in families for pid in children(family)
                     if title(pid) == IDLE]
            if found:
                return found
        return []

    @staticmethod
    def kill_if(pid, title_):
        """A shim may have another run between a look and a kill."""
        try:
            if title(pid) != title_:
                return False
            os.kill(pid, signal.SIGSTOP)
            is_that = title(pid) == title_
            os.kill(pid, signal.SIGKILL if is_that else signal.SIGCONT)
            return is_that
        except ProcessLookupError:
            return False

    def harm_kill_frozen(self, random_):
        frozen = self.zygotes()
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(random_.uniform(0.2, 1.5))
            self.kill()
            self.start()
            time.sleep(random_.uniform(0, 3))
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)

    @staticmethod
    def freeze(pid, seconds):
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)

    def zygotes(self):
        """Of our daemon: a child of it with that title."""
        return [pid for pid in pids() if title(pid) == "crons-shim: zygote"
                and parent(pid) == self.process.pid]

    # ---- what the daemon has to do ----

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
                    "overlap": word_of(fields, "overlap", "skip"),
                    "retry": int(word_of(fields, "retry", "0")),
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

    def change_jobs(self, random_):
        """Adds a job or changes one; what was confirmed must be there."""
        try:
            wire = Wire(self.socket, 2)
        except OSError:
            return
        try:
            name = "extra%d" % random_.randrange(10)
            code, text, _, _ = wire.ask(
                'add name=%s %s command=true' % (name, NEVER)
                if name not in self.extra else
                "set %s comment=%d" % (name, random_.randrange(1 << 30)))
            if code < 300:
                self.extra[name] = int(values(text)["rev"])
            elif code == 409:  # added, but we never heard of it
                self.extra[name] = 1
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
        while self.left():
            if time.monotonic() > end:
                raise RuntimeError("left running: %s" % self.left())
            time.sleep(0.05)
        if self.descriptors() > 40:
            raise RuntimeError("the daemon has %d descriptors open"
                               % self.descriptors())
        dead = [pid for pid in pids() if parent(pid) == self.process.pid
                and not title(pid)]
        if dead:
            raise RuntimeError("the daemon has not reaped %s" % dead)
        self.process.terminate()
        status = self.process.wait(30)
        if status != 0:
            raise RuntimeError("the daemon's exit status is %d" % status)

    def left(self):
        """Processes of our jobs: their command names our witness file."""
        mark = (self.dir + "/witness").encode()
        return ["%d %s" % (pid, title(pid)) for pid in pids()
                if mark in read("/proc/%d/cmdline" % pid).split(b"\0")]

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def files(self):
        """Run files; an empty one is a tombstone."""
        spool = self.dir + "/state/spool"
        found = []
        for name in os.listdir(spool):
            try:
                if not name.startswith(".") and name != "news.sock" \
                        and os.path.getsize(spool + "/" + name) > 0:
                    found.append(name)
            except FileNotFoundError:
                pass
        return found

    def save(self):
        with open(self.dir + "/jobs.json", "w", encoding="ascii") as f:
            json.dump({"jobs": self.jobs, "manual": self.manual,
                       "killed": self.killed, "extra": self.extra}, f)


def word_of(fields, key, absent):
    found = re.search(r"\b%s=(\S+)" % key, fields)
    return found.group(1) if found else absent


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def title(pid):
    return read("/proc/%d/cmdline" % pid).replace(b"\0", b" ").decode(
        "ascii", "replace").strip()


def children(pid):
    return [int(word) for word in read(
        "/proc/%d/task/%d/children" % (pid, pid)).split()]


def parent(pid):
    stat = read("/proc/%d/stat" % pid).rpartition(b") ")[2].split(b" ")
    return int(stat[1]) if len(stat) > 1 else 0


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
    times, runs = int(sys.argv[4]), int(sys.argv[5])
    harms = sys.argv[6:] or ["kill"]
    random_ = random.Random()
    load = Load(cronsd, witness, directory)
    load.start()
    try:
        load.add_jobs()
        for i in range(times):
            until = time.monotonic() + pause(random_)
            if random_.random() < 0.6:
                load.order_runs(random_)
            if random_.random() < 0.3:
                load.change_jobs(random_)
            time.sleep(max(0, until - time.monotonic()))
            harm = harms[i % len(harms)]
            getattr(load, "harm_" + harm.replace("-", "_"))(random_)
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
