#!/usr/bin/env python3
"""Many jobs due in one second, and a daemon that is killed in the middle.

    kill_burst.py CRONSD WITNESS DIR COUNT KILLS [MOST]

Adds COUNT jobs, pipelined, all due at one instant; while they start, kills the
daemon KILLS times; waits until each has a result and ends the daemon politely.
With MOST that is the setting max-running, the jobs take 50 ms, and never more
of them may run at a time. DIR is then as kill_load.py leaves it. Exit status
0, or 1 and the reason.
"""
import sqlite3
import sys
import time

from kill_load import COMMON, Load

AT_ONCE = 200  # requests on their way


class Burst(Load):
    words = ""

    def limit(self, most):
        with open(self.dir + "/conf", "w", encoding="ascii") as f:
            f.write("[limits]\nmax-running = %d\n" % most)
        self.options = ["--config", self.dir + "/conf"]
        self.words = "sleep 50 50"

    def most_at_a_time(self):
        with open(self.dir + "/witness", encoding="ascii") as f:
            marks = [line.split(" ") for line in f]
        now = most = 0
        for _, what in sorted((int(m[5]), m[0]) for m in marks):
            now += 1 if what == "S" else -1
            most = max(most, now)
        return most

    def add(self, count, instant):
        wire = self.connect()
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(instant))
        for first in range(0, count, AT_ONCE):
            names = ["n%d" % i for i in
                     range(first, min(first + AT_ONCE, count))]
            wire.send(*('add name=%s schedule="@at %s" command="%s'
                        ' %s/witness %s" %s' % (
                            name, at, self.witness, self.dir, self.words,
                            COMMON)
                        for name in names))
            for name in names:
                code, text, _, _ = wire.receive()
                if code != 201:
                    raise RuntimeError("%s: %d %s" % (name, code, text))
                self.jobs[name] = {"words": self.words.split(),
                                   "overlap": "skip", "retry": 0, "by_hand": True}
        wire.close()
        if time.time() >= instant:
            raise RuntimeError("adding %d jobs took too long" % count)

    def over(self):
        db = sqlite3.connect("file:%s/state/main.db?mode=ro" % self.dir,
                             uri=True, timeout=30)
        n, = db.execute("SELECT count(*) FROM run WHERE result <> 0"
                        ).fetchone()
        db.close()
        return n

    def wait(self, count, seconds):
        end = time.monotonic() + seconds
        while self.over() < count:
            if time.monotonic() > end:
                raise RuntimeError("%d of %d runs are over" % (
                    self.over(), count))
            time.sleep(0.05)


def main():
    count, kills = int(sys.argv[4]), int(sys.argv[5])
    load = Burst(*sys.argv[1:4])
    if len(sys.argv) > 6:
        load.limit(int(sys.argv[6]))
    load.start()
    try:
        load.connect().close()
        began = time.time()
        instant = int(began) + 4 + count // 400
        load.add(count, instant)
        print("# %d jobs were added in %.1f s" % (count,
                                                  time.time() - began))
        time.sleep(max(0, instant - time.time() - 0.01))
        for i in range(kills):
            load.wait(count * i // kills, 60)
            load.kill()
            load.start()
        load.wait(count, 60 + count / 50)
        print("# all were over after %.1f s" % (time.time() - instant))
        while load.files():
            time.sleep(0.05)
        load.connect().close()
        load.process.terminate()
        if load.process.wait(60) != 0:
            raise RuntimeError("the daemon does not end well")
        if load.options and load.most_at_a_time() > int(sys.argv[6]):
            raise RuntimeError("%d ran at a time" % load.most_at_a_time())
        load.save()
    finally:
        if load.process.poll() is None:
            load.process.kill()
            load.process.wait()


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError) as error:
        print("#", error)
        sys.exit(1)
