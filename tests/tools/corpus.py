#!/usr/bin/env python3
"""Compares `import --dry-run --json` with what the real crons made of a file.

    corpus.py real CORPUS COMMAND...       the files of Debian and of repositories
    corpus.py hostile CORPUS DIR COMMAND...  the set that make_hostile.py wrote to DIR

COMMAND is called with --dialect D [--system] [--check-users] FILE. Prints a line
`ok NAME` or `not ok NAME` for each dialect and set, after a `# ...` line for each
difference; every exception has to be needed, so a stale one fails too.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys

DIALECTS = ("debian", "cronie")
ERRORS = ("bad minute", "bad hour", "bad day-of-month", "bad month",
          "bad day-of-week", "bad time specifier", "bad username", "bad command",
          "bad option", "command too long", "missing newline before EOF")

# Where we differ on purpose: reason, dialects, cases, and our verdict where it
# is not what a bad line costs in the dialect. A line of a real file is FILE:LINE.
BAD_LINE = {"debian": "reject", "cronie": "partial"}
DELIBERATE = [
    ("junk behind a field's number is an error", "debian",
     "f-step-double f-step-fraction f-range-triple f-star-range f-star-star "
     "f-star-junk f-num-semicolon f-num-dot f-num-quote f-float f-hash f-percent "
     "f-tilde-range f-tilde-rev f-tilde-out f-tilde-step f-em-dash f-nbsp f-vt "
     "wild/user/705arun__linuxscripts__crontab.txt:23 "
     "wild/user/705arun__linuxscripts__crontab.txt:27 "
     "wild/user/705arun__linuxscripts__crontab.txt:31", None),
    ("a range turned round is an error, with a hint", "debian cronie",
     "f-rev-range f-rev-hour-22-2 f-rev-hour-5-0 f-rev-dow-5-1 f-rev-month "
     "f-rev-min-3-0", None),
    ("a range turned round is an error, with a hint", "cronie", "f-dom-rev-1-0", None),
    ("numbers never wrap", "debian cronie",
     "f-overflow-32 f-overflow-32-5 f-step-overflow", None),
    ("a range does not end outside its field", "cronie",
     "f-range-huge f-range-step-out", None),
    ("NUL is refused", "debian cronie",
     "w-nul-cmd w-nul-field w-nul-env w-nul-comment w-nul-first w-nul-line w-utf16",
     None),
    ("a file in which no line is good says partial, as in expect_files.jsonl",
     "cronie", "w-no-eol-only", "partial"),
    ("a comment is a comment, however long", "cronie",
     "w-comment-1m w-comments-40k w-lines-20000-comment w-20m", "accept"),
    ("a line with an unknown user is the error that rejects the file", "debian",
     "u-unknown u-case u-long w-bad-user-middle", None),
]
EXCEPTIONS = {(case, dialect): (verdict or BAD_LINE[dialect], reason)
              for reason, dialects, cases, verdict in DELIBERATE
              for dialect in dialects.split() for case in cases.split()}


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def run(command, dialect, path, options):
    done = subprocess.run(
        command + ["--dialect", dialect] + options + [path],
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120)
    rows = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    if not rows or rows[-1].get("kind") != "file":
        raise RuntimeError("%s: status %d: %s" % (
            path, done.returncode, done.stderr.decode("utf-8", "replace")))
    verdict = rows[-1]["verdict"]
    if (done.returncode == 0) != (verdict == "accept"):
        raise RuntimeError("%s: %s, but status %d" % (path, verdict, done.returncode))
    return {row["line"]: row for row in rows[:-1]}, rows[-1]


def differences(want, got, fields):
    """Members of the expected row that ours has otherwise."""
    return ["%s: want %.200r, have %.200r" % (k, want[k], got.get(k))
            for k in fields if k in want and want[k] != got.get(k)]


def text_of(value):
    """Bytes that are not UTF-8 are \\xHH in the expectations, \\udcHH in ours."""
    if value is None:
        return None
    return re.sub("[\udc80-\udcff]", lambda m: "\\x%02x" % (ord(m[0]) - 0xdc00), value)


def error_word(row):
    text = row.get("error", "")
    return next((word for word in ERRORS if text.startswith(word)), text)


def except_for(case, dialect, verdict, found):
    """The differences without those on purpose; an exception must be needed."""
    wanted = EXCEPTIONS.get((case, dialect))
    if wanted is None:
        return found
    if not found:
        return ["%s: needs no exception (%s)" % (case, wanted[1])]
    if verdict not in (None, wanted[0]):
        return found + ["%s: by exception it is %s (%s)" % ((case,) + wanted)]
    return []


class Real:
    """Files of Debian packages and of public repositories."""

    def __init__(self, corpus, command):
        self.corpus, self.command = corpus, command
        self.lines, self.readings = {}, {}
        for row in rows_of(corpus + "/expect.jsonl"):
            self.lines.setdefault(row["file"], []).append(row)
        for row in rows_of(corpus + "/disagreements.jsonl"):
            self.readings[row["file"], row["line"]] = row
        self.files = rows_of(corpus + "/expect_files.jsonl")

    def cases(self):
        return [(row, dialect) for row in self.files for dialect in DIALECTS]

    def want(self, row, dialect):
        """The row in the words of our own output."""
        reading = self.readings.get((row["file"], row["line"]))
        if reading is not None and reading["differs_in"] == "kind":
            row = dict(reading[dialect])
        row = dict(row)
        if row["kind"] == "error":
            row["error"] = row.get("message", row.get(dialect))
        if row["kind"] == "job":
            row["schedule"] = row.get("macro") or " ".join(
                str(row[k]) for k in ("minute", "hour", "dom", "month", "dow"))
            row["command"] = row["command"].lstrip(" \t")
        return row

    def compare_line(self, want, got):
        if got is None:
            return ["not there"]
        if want["kind"] != got["kind"]:
            return ["want %s, have %s" % (want["kind"], got)]
        if want["kind"] == "error":
            word = error_word(got)
            return [] if word == want["error"] else [
                "want %s, have %s" % (want["error"], got["error"])]
        return differences(want, {k: text_of(v) if isinstance(v, str) else v
                                  for k, v in got.items()},
                           ("name", "value", "user", "command", "stdin", "env")
                           + (("schedule",) if "macro" in want or isinstance(
                               want.get("minute"), str) else ()))

    def compare(self, case):
        row, dialect = case
        path = self.corpus + "/" + row["file"]
        name = "%s %s" % (row["file"], dialect)
        options = ["--system"] if row["syntax"] == "system" else []
        lines, file = run(self.command, dialect, path, options)
        found = []
        if row["syntax"] == "anacrontab":
            return name, [] if file["verdict"] == "skip" else ["verdict %s" % file]
        for want in self.lines.get(row["file"], []):
            wrong = self.compare_line(self.want(want, dialect), lines.get(want["line"]))
            case = "%s:%d" % (row["file"], want["line"])
            found += except_for(case, dialect, None, [
                "line %d: %s" % (want["line"], why) for why in wrong])
        if file["verdict"] != row[dialect]:
            found.append("verdict: want %s, have %s" % (row[dialect], file))
        if file["jobs"] != row[dialect + "_jobs"]:
            found.append("jobs: want %s, have %s" % (row[dialect + "_jobs"], file["jobs"]))
        return name, found


# "skip" is our word for a file that is not read: bad name, owner, mode, kind.
UNREAD = ("skip", "reject", "daemon hangs", "daemon aborts")
# The users h001... of the spool do not exist where the test runs, so only these
# are asked to be checked.
ORPHANS = ("s-orphan", "s-tmp")


class Hostile:
    """Files made to be misread."""

    def __init__(self, corpus, directory, command):
        self.directory, self.command = directory, command
        self.rows = [row for row in rows_of(corpus + "/hostile/expect.jsonl")
                     if row["place"] != "cron.daily"]

    def cases(self):
        return [(row, dialect) for row in self.rows for dialect in DIALECTS]

    @staticmethod
    def compare_parse(want, got):
        if got is None:
            return ["not there"]
        if want["kind"] != got["kind"]:
            return ["want %s, have %.300s" % (want, got)]
        if want["kind"] == "error":
            word = error_word(got)
            return [] if word == want["message"] else [
                "want %s, have %s" % (want["message"], got["error"])]
        if want["kind"] == "env":
            have = text_of("%s=%s" % (got["name"], got["value"]))
            same = have == want["setting"] or have[:300] == want["setting"][:300] \
                and len(want["setting"]) >= 300
            return [] if same else ["want %.100r, have %.100r" % (want["setting"], have)]
        want = dict(want, command=want["command"].lstrip(" \t")[:290])
        want.setdefault("stdin", None)
        got = dict(got, command=text_of(got["command"])[:290], stdin=text_of(got["stdin"]))
        if len(want.get("user") or "") >= 200:  # long ones are cut there
            got["user"] = got["user"][:len(want["user"])]
        found = differences(want, got, ("user", "command", "stdin"))
        for theirs, ours in (("nolog", "no_log"), ("mail_when_err", "mail_on_failure")):
            if bool(want.get(theirs)) != bool(got.get(ours)):
                found.append("%s: want %s" % (ours, want.get(theirs)))
        return found

    @staticmethod
    def compare_env(want, lines, cid):
        jobs = [row for row in lines.values() if row["kind"] == "job"
                and row["command"] == "sentinel " + cid]
        if not jobs:
            return ["no sentinel"]
        env = {text_of(k): text_of(v) for k, v in jobs[-1]["env"].items()}
        found = []
        for name, value in want.items():
            length = re.fullmatch(r"<(\d+) bytes>", value)
            have = env.get(name)
            if name == "LOGNAME":
                continue
            if length and have is not None and len(have) == int(length[1]):
                continue
            if have != value:
                found.append("env %s: want %.80r, have %.80r" % (name, value, have))
        extra = [n for n in env if n not in want and not re.fullmatch(
            r"LOGNAME|USER|HOME|SHELL|V\d+", n)]
        return found + ["env: %s is not there" % n for n in extra]

    def compare(self, case):
        row, dialect = case
        want, cid = row[dialect], row["id"]
        name = "%s %s" % (cid, dialect)
        place = row["place"]
        path = os.path.join(self.directory, place, row["file"].replace("x*255", "x" * 255))
        options = ["--system", "--check-users"] if place == "cron.d" else []
        if cid in ORPHANS:
            options.append("--check-users")
        lines, file = run(self.command, dialect, path, options)
        found = []
        if file["verdict"] == "skip" and want["verdict"] in UNREAD \
                and not any(p["kind"] == "error" for p in want.get("parse", [])):
            return name, []
        if file["verdict"] != want["verdict"]:
            found.append("verdict: want %s, have %.300s" % (want["verdict"], file))
        if file["verdict"] == "skip":
            return name, found
        for parsed in want.get("parse", []):
            found += ["line %d: %s" % (parsed["line"], why) for why in
                      self.compare_parse(parsed, lines.get(parsed["line"]))]
        if "sentinel_env" in want:
            found += self.compare_env(want["sentinel_env"], lines, cid)
        return name, except_for(cid, dialect, file["verdict"], found)


def main():
    mode, corpus = sys.argv[1], sys.argv[2]
    if mode == "real":
        test = Real(corpus, sys.argv[3:])
    else:
        test = Hostile(corpus, sys.argv[3], sys.argv[4:])
    count, wrong = dict.fromkeys(DIALECTS, 0), dict.fromkeys(DIALECTS, 0)
    cases = test.cases()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for (_, dialect), (name, found) in zip(cases, pool.map(test.compare, cases)):
            count[dialect] += 1
            wrong[dialect] += bool(found)
            for why in found:
                print("# %s: %s" % (name, ascii(why)[1:-1]))
    for dialect in DIALECTS:
        print("%sok %d %s files mean what they mean to %s" % (
            "not " if wrong[dialect] or not count[dialect] else "",
            count[dialect], mode, dialect))
    return any(wrong.values())


if __name__ == "__main__":
    sys.exit(main())
