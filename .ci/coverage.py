"""Fails unless several test runs together reach every line and every branch of the sources in a folder, or as many as wanted.

Usage: coverage.py [--lines PERCENT] [--branches PERCENT] FOLDER COBERTURA_FILE...

Cobertura says how many ways of a branch a run has taken, not which. So each branch has to be taken all ways by one run; two
runs of half a branch each do not add up. That errs on the strict side.
"""

import argparse
import re
import sys
import xml.etree.ElementTree as xml
from collections import defaultdict
from pathlib import Path


def read(report, folder, lines, branches):
    """Adds a report: the most hits of each line, the best coverage of each branch, over all reports."""
    root = xml.parse(report).getroot()
    sources = [Path(source.text) for source in root.iter("source")]
    for class_ in root.iter("class"):
        file = next((path for path in (source / class_.get("filename") for source in sources) if path.exists()), None)
        if file is None or not file.resolve().is_relative_to(folder):
            continue
        for method in class_.iter("method"):
            where = (file.resolve(), class_.get("name"), method.get("name"), method.get("signature"))
            for line in method.iter("line"):
                key = (*where, int(line.get("number")))
                lines[key] = max(lines[key], int(line.get("hits")))
                for condition in line.iter("condition"):
                    taken = int(re.match(r"\d+", condition.get("coverage")).group())
                    branch = (*key, int(condition.get("number")))
                    branches[branch] = max(branches[branch], taken)


def percent(part, whole):
    """Rounds down, so that 100 means all."""
    return 10000 * part // whole / 100 if whole else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=float, default=100)
    parser.add_argument("--branches", type=float, default=100)
    parser.add_argument("folder", type=Path)
    parser.add_argument("reports", nargs="+")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    lines, branches = defaultdict(int), defaultdict(int)
    for report in arguments.reports:
        read(report, folder, lines, branches)

    reached, taken = sum(hits > 0 for hits in lines.values()), sum(ways == 100 for ways in branches.values())
    of_lines, of_branches = percent(reached, len(lines)), percent(taken, len(branches))
    missed = {(key[0], key[4], "never reached") for key, hits in lines.items() if hits == 0}
    missed |= {(key[0], key[4], "a branch is not taken all ways") for key, ways in branches.items() if ways < 100}
    for file, line, what in sorted(missed):
        print(f"{file.relative_to(Path.cwd())}:{line}: {what}")
    print(f"{reached} of {len(lines)} lines ({of_lines} %), {taken} of {len(branches)} branches ({of_branches} %)")
    return int(of_lines < arguments.lines or of_branches < arguments.branches or not lines)


sys.exit(main())
