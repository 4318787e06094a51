#!/usr/bin/env python3
"""A terminal for a program: terminal.py COLUMNS LINES COMMAND...

Runs COMMAND on a pseudo-terminal that it controls and obeys the lines on
standard input, one answer each on standard output:
  has TEXT      waits until TEXT was written since the last `has`: "yes"
  key TEXT      types it
  signal NAME   to the process
  size C L      of the terminal
  stopped       waits until the process stands still: "yes"
  end           waits for the end: "STATUS settings-as-before screen-given-back"
What takes longer than 30 s is answered with "no".
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 30


def set_size(fd, columns, lines):
    fcntl.ioctl(fd, termios.TIOCSWINSZ,
                struct.pack("HHHH", int(lines), int(columns), 0, 0))


class Terminal:
    def __init__(self, columns, lines, command):
        self.fd, slave = pty.openpty()
        self.slave = slave
        set_size(slave, columns, lines)
        self.before = termios.tcgetattr(slave)
        self.seen = self.all = b""
        self.status = None
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in 0, 1, 2:
                os.dup2(slave, fd)
            os.closerange(3, 256)
            for number in signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP:
                signal.signal(number, signal.SIG_DFL)
            os.execvp(command[0], command)

    def read(self):
        if select.select([self.fd], [], [], 0.02)[0]:
            data = os.read(self.fd, 65536)
            self.seen += data
            self.all += data

    def until(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                return "no"
            self.read()
        return "yes"

    def has(self, text):
        wanted = text.encode()
        answer = self.until(lambda: wanted in self.seen)
        self.seen = self.seen.partition(wanted)[2]
        return answer

    def stopped(self):
        def state():
            with open(f"/proc/{self.pid}/stat") as stat:
                return stat.read().rpartition(")")[2].split()[0]
        return self.until(lambda: state() == "T")

    def is_over(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def end(self):
        if self.until(self.is_over) == "no":
            return "no"
        for _ in range(5):
            self.read()
        same = termios.tcgetattr(self.slave) == self.before
        enter = self.all.rfind(b"\033[?1049h")
        leave = self.all.rfind(b"\033[?1049l")
        shown = self.all.rfind(b"\033[?25h")
        given = enter < leave and self.all.rfind(b"\033[?25l") < shown
        return f"{self.status} {same} {given}"

    def obey(self, words):
        if words[0] == "has":
            return self.has(" ".join(words[1:]))
        if words[0] == "key":
            os.write(self.fd, words[1].encode())
        elif words[0] == "signal":
            os.kill(self.pid, getattr(signal, "SIG" + words[1]))
        elif words[0] == "size":
            set_size(self.fd, words[1], words[2])
        elif words[0] == "stopped":
            return self.stopped()
        elif words[0] == "end":
            return self.end()
        return "done"


def main():
    terminal = Terminal(sys.argv[1], sys.argv[2], sys.argv[3:])
    try:
        for line in sys.stdin:
            print(terminal.obey(line.split()), flush=True)
    finally:
        if not terminal.is_over():
            os.kill(terminal.pid, signal.SIGKILL)


main()
