#!/usr/bin/env python3
"""Request lines that are none: python3 odd_lines.py DAEMON_PID"""
import array
import os
import random
import socket
import sys

from odd_client import LINE_MAX, Client, check, descriptors, like, wait_for

DAEMON = int(sys.argv[1])


def pieces():
    with Client() as c:
        for byte in b'list nosuch "all_users=\n'[:11] + b"\n":
            c.send(bytes([byte]))
        like("a line may come byte by byte", c.answer(), "404 not-found")
        c.send("li")
        c.send("st\nsta")
        like("a line may come in two pieces", c.answer(), "200")
        c.send("tus\nhello\n")
        like("and the next one too", c.answer(), "200")
        like("and the one behind it", c.answer(), "200 crons")


def lengths():
    with Client() as c:
        word = "x" * (LINE_MAX - len("list \n"))
        like("a line of 64 KiB is read", c.answer(f"list {word}\n"), "404")
        check("and the connection goes on", c.still_works())
        c.send(f"list {word}x\n")
        like("a line of one byte more is not", c.answer(), "413 too-large")
        check("and the connection ends", c.ends())
    with Client() as c:
        try:
            for _ in range(64):
                c.send("y" * LINE_MAX)
        except (BrokenPipeError, ConnectionResetError):
            pass
        like("a line that does not end is cut off", c.answer(), "413")


def bytes_of_all_kinds():
    with Client() as c:
        like("NUL is refused", c.answer(b"li\0st\n"), "400 bad-request")
        like("CR is refused", c.answer(b"list\r\n"), "400 bad-request")
        like("an empty line is refused", c.answer("\n"), "400 bad-request")
        like("an unclosed quote is refused", c.answer('add name="x\n'), "400")
        like("a NUL in disguise is refused", c.answer('list "\\x00"\n'), "400")
        junk = random.Random(7)
        for _ in range(300):
            line = bytes(junk.randrange(256) for _ in range(60))
            answer = c.answer(line.replace(b"\n", b"") + b"\n")
            if not answer.startswith(("400", "404", "@")):
                check("binary junk is refused", False, f"{line!r} {answer!r}")
                break
        check("after all of that the connection goes on", c.still_works())


def names():
    with Client() as c:
        like("an unknown verb is named with its neighbour",
             c.answer("lits\n"), "400 unknown-verb", "mean list?", '"lits"')
        like("one that is like none is told to ask",
             c.answer("zzzzzzzz\n"), "400 unknown-verb", "help")
        like("an unknown key is named with its neighbour",
             c.answer("add nmae=x\n"), "400 unknown-key", "mean name?", '"nmae"')
        like("a key of another verb is none", c.answer("list n=1\n"),
             "400 unknown-key")
        for line in ("lits", "list a=b", 'list "', "import <99999999"):
            like(f"a faulty line is answered under its tag: {line}",
                 c.answer(f"@t7 {line}\n"), "@t7 4")


def words():
    with Client() as c:
        c.answer("add name=only schedule=@yearly command=true\n")
        for verb in ("show", "rm", "run", "disable", "logs", "why"):
            like(f"no word at all is no job: {verb}", c.answer(f'{verb} ""\n'),
                 "404 not-found")
        for line in ("list all_users=maybe", "import dry_run=on <2\n#\n",
                     "replay only from=0 dry-run=Y", "logs only follow=",
                     "import prune=false dry_run=nope <2\n#\n"):
            like(f"a flag that says neither is refused: {line}",
                 c.answer(line + "\n"), "422 bad-value", "yes or no")
        like("a number that is none", c.answer("runs n=many\n"),
             "422 bad-value", "whole number")
        like("and all is there still", c.answer("rm only\n"), "200")


def payloads():
    for text in ("<-1", "<x", "<1x", "<99999999999999999999", "<"):
        with Client() as c:
            like(f"a payload of {text} is refused",
                 c.answer(f"import {text}\n"), "400 bad-request")
    with Client() as c:
        like("a payload of 17 MB is refused", c.answer("import <17000000\n"),
             "413 too-large")
        check("and the connection ends", c.ends())
    with Client() as c:
        like("a payload for a verb that takes none is refused",
             c.answer("list <5\nhello"), "400 bad-request")
        like("and passed over: a request behind it is answered",
             c.answer("hello\n"), "200 crons")
        like("so is that of a request with an unknown key",
             c.answer("import nosuch=1 <6\nhello\nhello\n"), "400 unknown")
        like("and its bytes are no request", c.line(), "200 crons")
        like("an LF may follow a payload", c.answer(
            "import dry_run=yes <2\n#\n\nlist nosuch\n"), "200")
        like("and is no request", c.answer(), "404")
        like("a refused one too", c.answer("list <2\n#\n\nlist nosuch\n"),
             "400")
        like("and is none either", c.answer(), "404")
        c.send("import dry_run=yes <0\n\nlist nosuch\n")
        like("or one of no bytes", c.answer(), "200")
        like("nor is that", c.answer(), "404")
    with Client() as c:
        like("where a line is no line, nobody knows how much follows",
             c.answer('import file="x <5\n'), "400 bad-request")
        check("and the connection ends", c.ends())
    crontab = b"# a comment\n1 1 1 1 * true\n"
    with Client() as c:
        c.send(f"import dry_run=yes dialect=debian <{len(crontab)}\n")
        for byte in crontab:
            c.send(bytes([byte]))
        like("a payload may come byte by byte", c.answer(), "200")
        check("and the connection goes on", c.still_works())
    with Client() as c:
        c.send(f"import dry_run=yes <{len(crontab) - 5}\n".encode() + crontab)
        like("a payload ends where it was said to", c.answer(), "")
        like("and the rest is a line", c.answer(), "400 unknown-verb")
    with Client() as c:
        c.send(b"import <1000\n" + crontab)
        c.half_close()
        like("a payload cut short is refused", c.answer(), "400 bad-request")
        check("and the connection ends", c.ends())


def halves():
    with Client() as c:
        c.send("list\nhello\n")
        c.half_close()
        like("who says no more is answered", c.answer(), "200")
        like("all that was asked", c.answer(), "200 crons")
        check("and then the daemon closes", c.ends())
    with Client() as c:
        c.send("list")
        c.half_close()
        like("half a line is refused", c.answer(), "400 bad-request")
        check("and the daemon closes", c.ends())
    with Client() as c:
        c.send("list\n" * 500)
        c.socket.close()
    with Client(greet=False) as c:
        c.half_close()
        check("who says nothing at all is let go", c.ends())


def pipelines():
    asked = [f"p{i}" for i in range(1000)]
    with Client(patience=5) as c:
        c.send("".join(f"@{n} add name={n} schedule=@yearly command=true\n"
                       for n in asked))
        lines = [c.line() for _ in asked]
        check("a thousand adds are answered in order, under their tags",
              all(line.startswith(f"@{n} 201 id=")
                  for n, line in zip(asked, lines)), lines[:3])
        ids = {line.split()[2] for line in lines}
        check("each has its own id", len(ids) == 1000)
        c.send("".join(f"rm {n}\n" for n in asked))
        check("and a thousand removals", all(
            c.line().startswith("200 id=") for _ in asked))
        c.send("@a add name=dup schedule=@yearly command=true\n"
               "@b add name=dup schedule=@yearly command=true\n"
               "@c add name=\n@d rm dup\n@e list dup\n")
        got = [c.answer()[:6] for _ in range(5)]
        check("what stands behind a change sees it", got ==
              ["@a 201", "@b 409", "@c 400", "@d 200", "@e 404"], got)


def gifts():
    before = descriptors(DAEMON)
    null = os.open("/dev/null", os.O_RDONLY)
    fds = array.array("i", [null] * 100)
    with Client() as c:
        for _ in range(20):
            c.socket.sendmsg([b"hello\n"], [(
                socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
            c.line()
        check("descriptors that nobody asked for are not kept",
              wait_for(lambda: descriptors(DAEMON) <= before + 1),
              f"{before} before, {descriptors(DAEMON)} now")
        check("and the connection goes on", c.still_works())
    check("a closed connection leaves no descriptor",
          wait_for(lambda: descriptors(DAEMON) <= before))


for scenario in (pieces, lengths, bytes_of_all_kinds, names, words, payloads,
                 halves, pipelines, gifts):
    try:
        scenario()
    except (OSError, IndexError) as e:
        check(f"{scenario.__name__} comes to its end", False, repr(e))
