#!/usr/bin/env python3
"""A system log: syslog.py SOCKET FILE; each datagram becomes a line, with
bytes below 32 that should not be there shown as <XX>."""
import os
import socket
import sys

log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
with open(sys.argv[2], "ab", buffering=0) as out:
    while True:
        line = log.recv(65536).rstrip(b"\0\n")
        out.write(b"".join(
            bytes([c]) if c >= 32 else b"<%02X>" % c for c in line) + b"\n")
