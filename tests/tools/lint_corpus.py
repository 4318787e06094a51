#!/usr/bin/env python3
"""Compares `lint --json` with what the real crons took of real crontabs.

    lint_corpus.py CORPUS COMMAND...

A file that a cron took whole has no error, any other has one. Prints a line
`ok NAME` or `not ok NAME` for each dialect.
"""
import json
import subprocess
import sys


def lint(command, dialect, options, files):
    """The last row about each file, by its path."""
    done = subprocess.run(
        command + ["--json", "--dialect", dialect] + options + files,
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120)
    rows = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    found = {row["file"]: row for row in rows if row["kind"] == "file"}
    if done.returncode != (8 if any(row["errors"] for row in found.values()) else 0):
        raise RuntimeError("status %d: %s" % (done.returncode, done.stderr))
    return found


def main():
    corpus, command = sys.argv[1], sys.argv[2:]
    with open(corpus + "/expect_files.jsonl", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    failed = False
    for dialect in ("debian", "cronie"):
        count = wrong = 0
        for syntax, options in (("system", ["--system"]), ("user", [])):
            want = {corpus + "/" + row["file"]: row[dialect] for row in rows
                    if row["syntax"] == syntax}
            found = lint(command, dialect, options, list(want))
            for path, verdict in want.items():
                row = found.get(path, {})
                count += 1
                if row.get("verdict") != verdict \
                        or (row["errors"] == 0) != (verdict == "accept"):
                    wrong += 1
                    print("# %s: want %s, have %s" % (path, verdict, row))
        failed |= bool(wrong) or not count
        print("%sok lint has errors for those of %d real files that %s refuses" % (
            "not " if wrong or not count else "", count, dialect))
    return failed


if __name__ == "__main__":
    sys.exit(main())
