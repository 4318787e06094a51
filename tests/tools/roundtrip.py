#!/usr/bin/env python3
"""Crontabs go into a running daemon and come out as crontabs that mean the same.

    roundtrip.py DIR CRONSCTL FILE...

Each file, in both dialects, is imported over the one before (import --prune, from
DIR/tab), exported with --crontab and read again: every entry must have the same
schedule, command, input, environment and flags of cronie. Prints `ok NAME` or `not ok NAME` a dialect; CRONS_SOCKET says
where the daemon is.
"""
import json
import shutil
import subprocess
import sys

KEYS = ("schedule", "command", "stdin", "env", "no_log", "mail_on_failure")
# Variables that no job gets as its crontab says.
FORCED = {"debian": ("", "LOGNAME"), "cronie": ("", "LOGNAME", "USER")}


def run(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True,
                          check=False, timeout=120)


def entries(cronsctl, dialect, path):
    """What each entry means, as sorted text; None if the file is refused."""
    done = run(cronsctl, "import", "--dry-run", "--json", "--dialect", dialect, path)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    if not rows or rows[-1]["verdict"] not in ("accept", "partial"):
        return None
    for row in rows:
        for name in FORCED[dialect]:
            row.get("env", {}).pop(name, None)
    return sorted(json.dumps([row.get(key) for key in KEYS]) for row in rows
                  if row["kind"] == "job")


def round_trip(cronsctl, dialect, path, tab):
    """Why it is not the same, or None; and how many entries there were."""
    shutil.copyfile(path, tab)
    want = entries(cronsctl, dialect, tab)
    if not want:
        return None, 0
    done = run(cronsctl, "import", "--prune", "--dialect", dialect, tab)
    if done.returncode not in (0, 8):
        return "import: status %d: %s" % (done.returncode, done.stderr), 0
    if b" error" in done.stdout.splitlines()[-1]:
        return None, 0  # nothing is removed then, so the next one would be mixed
    out = tab + ".out"
    done = run(cronsctl, "export", "--crontab")
    with open(out, "wb") as file:
        file.write(done.stdout)
    have = entries(cronsctl, dialect, out)
    if have is None:
        return "the export is refused", 0
    # Equal entries of a file are jobs of their own.
    lost = [row for row in want if row not in have]
    made = [row for row in have if row not in want]
    if lost or made or len(want) != len(have):
        return "%d entries became %d\n#   lost %s\n#   made %s" % (
            len(want), len(have), lost[:2], made[:2]), 0
    return None, len(want)


def main():
    directory, cronsctl, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    failed = False
    for dialect in ("debian", "cronie"):
        wrong = count = jobs = 0
        for path in files:
            why, found = round_trip(cronsctl, dialect, path, directory + "/tab")
            count += found > 0
            jobs += found
            if why is not None:
                wrong += 1
                print("# %s: %s" % (path, why))
        failed |= bool(wrong) or not count
        print("%sok %d entries of %d crontabs come out of the daemon as they went"
              " in (%s)" % ("not " if wrong or not count else "", jobs, count, dialect))
    return failed


if __name__ == "__main__":
    sys.exit(main())
