"""Prints how many tests passed, failed or were skipped, summed over all .trx files below a folder.

Usage: count.py passed|failed|skipped FOLDER
"""

import sys
import xml.etree.ElementTree as xml
from pathlib import Path


def counters(trx):
    found = xml.parse(trx).find("{*}ResultSummary/{*}Counters").attrib
    total, executed, passed = int(found["total"]), int(found["executed"]), int(found["passed"])
    return {"passed": passed, "failed": executed - passed, "skipped": total - executed}


_, kind, folder = sys.argv
print(sum(counters(trx)[kind] for trx in Path(folder).rglob("*.trx")))
