"""Fails unless several test runs together reach every line and every branch of the sources in a folder.

Usage: coverage.py FOLDER COBERTURA_FILE...

Cobertura says how many ways of a branch a run has taken, not which. So each branch has to be taken all ways by one run; two
runs of half a branch each do not add up. That errs on the strict side.
"""

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


def main(folder, *reports):
    folder = Path(folder).resolve()
    lines, branches = defaultdict(int), defaultdict(int)
    for report in reports:
        read(report, folder, lines, branches)

    missed = {(key[0], key[4], "never reached") for key, hits in lines.items() if hits == 0}
    missed |= {(key[0], key[4], "a branch is not taken all ways") for key, taken in branches.items() if taken < 100}
    for file, line, what in sorted(missed):
        print(f"{file.relative_to(Path.cwd())}:{line}: {what}")
    reached, taken = sum(hits > 0 for hits in lines.values()), sum(ways == 100 for ways in branches.values())
    print(f"{reached} of {len(lines)} lines, {taken} of {len(branches)} branches")
    return 1 if missed or not lines else 0


sys.exit(main(*sys.argv[1:]))
