#!/usr/bin/env python3
"""A mail server on the loopback that keeps what it is sent.

    smtp_sink.py DIRECTORY

Prints its port. Each message becomes a file in DIRECTORY: a line "from ...",
a line "to ..." for each recipient, an empty line, the message.
"""
import os
import socketserver
import sys
import tempfile


class Handler(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def message(self):
        lines = []
        while True:
            line = self.rfile.readline().rstrip(b"\r\n")
            if line == b".":
                return b"\n".join(lines) + b"\n"
            lines.append(line[1:] if line.startswith(b".") else line)

    def keep(self, envelope, text):
        fd, name = tempfile.mkstemp(dir=sys.argv[1], prefix=".")
        with os.fdopen(fd, "wb") as f:
            f.write("\n".join(envelope).encode() + b"\n\n" + text)
        os.rename(name, os.path.join(sys.argv[1], os.path.basename(name)[1:]))

    def handle(self):
        envelope = []
        self.say("220 sink")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"QUIT":
                self.say("221 bye")
                return
            if word in (b"MAIL", b"RCPT"):
                address = line.decode().split("<")[1].split(">")[0]
                envelope.append(
                    ("from " if word == b"MAIL" else "to ") + address)
            if word == b"DATA":
                self.say("354 go on")
                self.keep(envelope, self.message())
                envelope = []
            self.say("250 ok")


socketserver.ThreadingTCPServer.daemon_threads = True
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
