"""The protocol as tests in Python speak it: requests out, replies in.

A reply is (code, text, rows, frames): rows are dictionaries by column name,
frames (stream, bytes). Whatever is wrong with the connection is an OSError.
"""
import socket


class Wire:
    def __init__(self, path, timeout=20):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(path)
            self.file = self.socket.makefile("rb")
            self.greeting = self._line()
        except OSError:
            self.socket.close()
            raise

    def close(self):
        self.file.close()
        self.socket.close()

    def _line(self):
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the daemon hung up")
        return line[:-1].decode("utf-8", "surrogateescape")

    def send(self, *requests):
        text = "".join(request + "\n" for request in requests)
        self.socket.sendall(text.encode())

    def receive(self):
        names, rows, frames = [], [], []
        while True:
            line = self._line()
            if line[:2] in ("o ", "e ", "c ", "g "):
                size = int(line.split(" ")[2])
                data = self.file.read(size + 1)
                if len(data) != size + 1:
                    raise ConnectionError("the daemon hung up")
                frames.append((line[0], data[:-1]))
            elif line.startswith("#\t"):
                names = line.split("\t")[1:]
            elif line.startswith("*\t"):
                rows.append(dict(zip(names, line.split("\t")[1:])))
            else:
                code, _, text = line.partition(" ")
                return int(code), text, rows, frames

    def ask(self, request):
        self.send(request)
        return self.receive()

    def must(self, request):
        reply = self.ask(request)
        if reply[0] >= 300:
            raise RuntimeError("%s: %d %s" % (request, reply[0], reply[1]))
        return reply


def values(text):
    """The key=value words of a reply's text."""
    return dict(w.split("=", 1) for w in text.split(" ") if "=" in w)
