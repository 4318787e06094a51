"""An odd client of cronsd, for tests: what nobody in his right mind sends.

    from odd_client import Client, check, ...

A Client says and reads bytes; check() prints a line of the test protocol.
"""
import os
import socket
import sys
import time

PATH = os.environ["CRONS_SOCKET"]
LINE_MAX = 65536


def check(name, good, detail=""):
    if not good:
        for line in str(detail).splitlines():
            print("# " + line[:300])
    print(("ok " if good else "not ok ") + name, flush=True)
    return good


def like(name, text, *parts):
    """Holds if the text begins with the first part and has the others."""
    good = text.startswith(parts[0]) and all(p in text for p in parts)
    return check(name, good, f"expected: {parts}\nfound: {text!r}")


class Client:
    """A connection; closed() and lines wait at most `patience` seconds."""

    def __init__(self, greet=True, patience=10):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(patience)
        self.connect(time.monotonic() + patience)
        self.rest = b""
        if greet:
            self.greeting = self.line()

    def connect(self, deadline):
        """A socket with a time limit does not wait for room in a full queue."""
        while True:
            try:
                return self.socket.connect(PATH)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.socket.close()

    def send(self, text):
        if isinstance(text, str):
            text = text.encode()
        self.socket.sendall(text)

    def fill(self):
        try:
            got = self.socket.recv(65536)
        except ConnectionResetError:
            got = b""
        self.rest += got
        return got

    def line(self):
        """The next line without its LF; "" when there is none any more."""
        while b"\n" not in self.rest:
            if not self.fill():
                return ""
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode(errors="backslashreplace")

    def answer(self, text=None):
        """Sends a request; the last line of its reply."""
        if text is not None:
            self.send(text)
        while True:
            line = self.line()
            if not line.startswith(("#", "*")):
                return line

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def ends(self):
        """Does the daemon close? What came before that is thrown away."""
        try:
            while self.fill():
                pass
        except socket.timeout:
            return False
        self.rest = b""
        return True

    def still_works(self):
        return self.answer("hello\n").startswith("200 crons")


def status_of(pid, key):
    """A number of /proc/PID/status, as VmRSS in kB."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    return -1


def cpu_seconds(pid):
    """Of all threads of the process."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def become(uid):
    """From here on as that uid, without groups."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def start_as(uid, function):
    """Starts function in a child of that uid; its pid."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            become(uid)
            function()
            sys.stdout.flush()
            os._exit(0)
        except BaseException as e:
            print("# a child:", repr(e), flush=True)
            os._exit(1)
    return pid


def as_user(uid, function):
    """Runs function in a child of that uid; its exit status."""
    return os.waitpid(start_as(uid, function), 0)[1]
