#!/usr/bin/env python3
"""Adds up the JUnit files of a folder and prints `N passed, N failed, N skipped`.

usage: sum_results.py FOLDER FAILED_GROUPS
Exits 1 when a test failed, a group failed (even one that wrote no file), or nothing ran at all.
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count(path: pathlib.Path) -> tuple[int, int, int]:
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            failed += 1
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main() -> int:
    folder, failed_groups = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    passed, failed, skipped = (sum(column) for column in zip((0, 0, 0), *(count(path) for path in sorted(folder.glob("*.xml")))))
    if not passed and not failed:
        print("nothing ran")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or failed_groups or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
