#!/usr/bin/env python3
"""Adds up the JUnit files of a folder and prints `N passed, N failed, N skipped`.

usage: sum_results.py FOLDER FAILED_GROUPS
`NAME.again.xml` is a second run of what failed in `NAME.xml`: what passed in it counts as passed and is named as unsteady (ADR 0025).
Exits 1 when a test failed, a group failed (even one that wrote no file), more than three were unsteady, or nothing ran at all.
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

MOST_UNSTEADY = 3
AGAIN = ".again"


def outcomes(path: pathlib.Path) -> list[tuple[str, str]]:
    """The name and the outcome of each test of a file: passed, failed or skipped."""
    out = []
    for case in ElementTree.parse(path).iter("testcase"):
        outcome = "passed"
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            outcome = "failed"
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            outcome = "skipped"
        out.append((f"{case.get('classname')}.{case.get('name')}", outcome))
    return out


def settled(path: pathlib.Path) -> tuple[list[str], list[str]]:
    """The outcomes of a file's tests as the second run has them where there was one, and the names of the unsteady ones."""
    again = path.with_name(path.stem + AGAIN + path.suffix)
    second = dict(outcomes(again)) if again.exists() else {}
    final, unsteady = [], []
    for name, outcome in outcomes(path):
        if outcome == "failed" and second.get(name) == "passed":
            outcome = "passed"
            unsteady.append(name)
        final.append(outcome)
    return final, unsteady


def main() -> int:
    folder, failed_groups = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    final: list[str] = []
    unsteady: list[str] = []
    for path in sorted(folder.glob("*.xml")):
        if not path.stem.endswith(AGAIN):
            of_file, unsteady_of_file = settled(path)
            final += of_file
            unsteady += unsteady_of_file
    passed, failed, skipped = (final.count(outcome) for outcome in ("passed", "failed", "skipped"))
    for name in unsteady:
        print(f"UNSTEADY, passed only when it was run again: {name}")
    if not passed and not failed:
        print("nothing ran")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or failed_groups or not passed or len(unsteady) > MOST_UNSTEADY else 0


if __name__ == "__main__":
    sys.exit(main())
