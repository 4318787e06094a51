#!/usr/bin/env python3
"""A cronsd that only says what a script tells it to, for tests of the client.

    fake_cronsd.py SOCKET SCRIPT LOG

SCRIPT is blocks: a line "= REGEX" that must match a whole request line, then
the reply, line by line:

    #|a|b and *|1|2     a header and a row; | stands for a tab
    f o 1700000000 TEXT a frame: stream, epoch microseconds, bytes (Python
                        escapes such as \\n and \\x1b)
    r COUNT LINE        the line COUNT times, {} replaced by 0, 1, ...
    ! close             hang up
    ! hang              say nothing more, until the client is gone
    anything else       as it stands

The first block is the greeting: its REGEX is not looked at. A request that no
block matches gets "400 unknown-verb". Requests are written to LOG, payloads
behind them.
"""
import os
import re
import socket
import sys
import threading


def read_script(path):
    blocks = []
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        for line in f.read().split("\n"):
            if line.startswith("= "):
                blocks.append((line[2:], []))
            elif line and blocks:
                blocks[-1][1].append(line)
    return blocks


def to_bytes(text):
    return text.encode("utf-8", "surrogateescape")


def frame(line):
    _, kind, usec, text = line.split(" ", 3)
    data = text.encode("utf-8").decode("unicode_escape").encode("latin-1")
    return b"%s %s %d\n%s\n" % (kind.encode(), usec.encode(), len(data), data)


def reply(out, lines):
    for line in lines:
        if line == "! close":
            return False
        if line == "! hang":
            out.recv(1)
            return False
        if line.startswith("f "):
            out.sendall(frame(line))
        elif line.startswith("r "):
            _, count, text = line.split(" ", 2)
            for i in range(int(count)):
                row = text.replace("{}", str(i)).replace("|", "\t")
                out.sendall(to_bytes(row) + b"\n")
        elif line.startswith(("#|", "*|")):
            out.sendall(to_bytes(line.replace("|", "\t")) + b"\n")
        else:
            out.sendall(to_bytes(line) + b"\n")
    return True


def converse(connection, blocks, log):
    try:
        reply(connection, blocks[0][1])
        requests = connection.makefile("rb")
        for line in iter(requests.readline, b""):
            request = line.decode("utf-8", "surrogateescape").rstrip("\n")
            payload = b""
            count = re.search(r" <(\d+)$", request)
            if count:
                payload = requests.read(int(count.group(1)))
            log.write(line + payload)
            log.flush()
            for pattern, lines in blocks[1:]:
                if re.fullmatch(pattern, request):
                    if not reply(connection, lines):
                        return
                    break
            else:
                connection.sendall(b"400 unknown-verb no such request\n")
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        connection.close()


def main():
    path, script, log = sys.argv[1:]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path + ".new")
    listener.listen(16)
    os.rename(path + ".new", path)
    with open(log, "ab") as out:
        while True:
            connection, _ = listener.accept()
            threading.Thread(
                target=converse,
                args=(connection, read_script(script), out),
                daemon=True,
            ).start()


main()
