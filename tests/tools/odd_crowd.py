#!/usr/bin/env python3
"""Too many clients, or too greedy ones: odd_crowd.py DAEMON_PID SCENARIO"""
import os
import socket
import sys
import time

from odd_client import (Client, as_user, check, cpu_seconds, descriptors,
                        like, start_as, status_of, wait_for)

DAEMON = int(sys.argv[1])
NOBODY = 65534
# The sanitizers keep what was freed for a while, lest it be used again.
KEPT = 4 if "CRONS_SAN" in os.environ else 1


def is_answered(what):
    """Somebody else asks meanwhile."""
    began = time.monotonic()
    with Client(patience=10) as c:
        answer = c.answer("list\n")
    took = time.monotonic() - began
    check(f"list is answered to another user meanwhile ({what})",
          answer.startswith("200") and took < 5, f"{answer!r} in {took} s")


def many():
    """One uid has more connections than it may; root is not concerned."""
    def crowd():
        clients = [Client(greet=False) for _ in range(400)]
        lines = [c.line() for c in clients]
        good = sum(line.startswith("200 crons") for line in lines)
        busy = sum(line.startswith("429 busy") for line in lines)
        check("a user may have 128 connections", good == 128, good)
        check("and is told when there are more", busy == 272, busy)
        check("those that are too many are closed",
              all(c.ends() for c, line in zip(clients, lines)
                  if line.startswith("429")))
        reader.recv(1)

    reader, writer = socket.socketpair()
    pid = start_as(NOBODY, crowd)
    wait_for(lambda: descriptors(DAEMON) > 120)
    is_answered("400 connections")
    writer.sendall(b"x")
    check("the crowd comes to its end", os.waitpid(pid, 0)[1] == 0)
    is_answered("after them")


def flood():
    """One uid connects and goes, as fast as it can."""
    def connect_for_ever():
        while True:
            try:
                with Client(greet=False) as c:
                    c.send("list\nrun x\nadd\nstatus\n")
            except OSError:
                pass

    pid = start_as(NOBODY, connect_for_ever)
    for _ in range(20):
        with Client(patience=10) as c:
            if not c.answer("list\n").startswith("200"):
                check("list is answered during a flood", False)
                break
    else:
        check("list is answered during a flood", True)
    os.kill(pid, 9)
    os.waitpid(pid, 0)


def slow_readers():
    """100 who follow a chatty job's output and do not read it."""
    before = status_of(DAEMON, "VmRSS")
    crowd = []
    for _ in range(100):
        c = Client()
        c.send("logs chatty follow=yes\n")
        crowd.append(c)
    is_answered("100 stalled readers")
    peak = 0
    end = time.monotonic() + 3
    while time.monotonic() < end:
        peak = max(peak, status_of(DAEMON, "VmRSS"))
        time.sleep(0.05)
    is_answered("100 stalled readers, later")
    print(f"# {before} kB before, {peak} kB with them")
    check("what they do not read is not kept for them",
          peak - before < KEPT * 32 * 1024,
          f"{before} kB before, {peak} kB now")
    used = cpu_seconds(DAEMON)
    time.sleep(1)
    used = cpu_seconds(DAEMON) - used
    check("nor does waiting for them cost time", used < 0.5, f"{used} s")
    for c in crowd[::2]:
        c.socket.close()
    crowd[1].socket.settimeout(20)
    got = 0
    while got < 4 << 20:
        got += len(crowd[1].fill())
        crowd[1].rest = b""
    check("one who reads again gets what he missed", True)
    for c in crowd[1::2]:
        c.socket.close()
    check("all are let go when they hang up",
          wait_for(lambda: descriptors(DAEMON) < 50),
          descriptors(DAEMON))


def never_reading():
    """Asks and asks and never reads: the kernel must push back."""
    before = status_of(DAEMON, "VmRSS")
    crowd = [Client() for _ in range(20)]
    sent = 0
    for c in crowd:
        c.socket.setblocking(False)
        for _ in range(200):
            try:
                sent += c.socket.send(b"help\n" * 2000)
            except BlockingIOError:
                time.sleep(0.001)
    is_answered("20 who do not read")
    after = status_of(DAEMON, "VmRSS")
    check("who does not read is not read either", sent < 20 * 2000 * 5 * 200,
          sent)
    check("and costs a bounded room", after - before < KEPT * 24 * 1024,
          f"{before} kB before, {after} kB now")
    used = cpu_seconds(DAEMON)
    time.sleep(1)
    used = cpu_seconds(DAEMON) - used
    check("nor does waiting for them cost time", used < 0.5, f"{used} s")
    for c in crowd:
        c.socket.close()


def payloads():
    """Announces 16 MB a connection, and sends all but the last byte."""
    before = status_of(DAEMON, "VmRSS")
    size = 16 << 20
    crowd, answers = [], []
    for _ in range(12):
        c = Client()
        c.send(f"import dry_run=yes <{size}\n")
        c.socket.settimeout(0.3)
        crowd.append(c)
    for c in crowd:
        try:
            for _ in range(255):
                c.send(b"#" * 65536)
            answers.append("")
        except (BrokenPipeError, ConnectionResetError):
            answers.append(c.line())
    busy = sum(a.startswith("429 busy") for a in answers)
    check("of 12 payloads of 16 MB two are taken", busy == 10, answers)
    after = status_of(DAEMON, "VmRSS")
    check("so that they have a bound", after - before < 80 * 1024,
          f"{before} kB before, {after} kB now")
    as_user(NOBODY, lambda: like(
        "another user's payload is taken meanwhile",
        Client().answer("import dry_run=yes <2\n#\n"), "200"))
    for c in crowd:
        c.socket.close()
    check("their room is given back", wait_for(
        lambda: Client().answer("import dry_run=yes <2\n#\n")
        .startswith("200")))


def scarce():
    """A daemon that may open 64 files only."""
    crowd = []
    for _ in range(100):
        c = Client(greet=False)
        c.socket.settimeout(0.2)
        crowd.append(c)
    used = cpu_seconds(DAEMON)
    time.sleep(2)
    used = cpu_seconds(DAEMON) - used
    check("no descriptors left: the daemon does not spin", used < 1,
          f"{used} s of 2 s")
    for c in crowd:
        c.socket.close()
    check("and answers when there are some again",
          wait_for(lambda: Client().answer("list\n").startswith("200")))


globals()[sys.argv[2]]()
