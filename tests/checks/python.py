#!/usr/bin/env python3
"""Every Python file of the tree parses, and says nothing that warns.   usage: python.py ROOT"""

import ast
import pathlib
import sys
import warnings

SKIPPED = (".git", "build")


def main(root):
    files = [
        file
        for file in sorted(root.rglob("*.py"))
        if not file.relative_to(root).parts[0].startswith(SKIPPED)
    ]
    if len(files) < 2:
        print(f"found only {len(files)} Python files in {root}: wrong folder?", file=sys.stderr)
        return 1
    warnings.simplefilter("error")
    bad = 0
    for file in files:
        try:
            ast.parse(file.read_text(encoding="utf-8"), str(file))
        except (SyntaxError, SyntaxWarning, DeprecationWarning, UnicodeDecodeError) as error:
            print(f"{file}: {error}", file=sys.stderr)
            bad += 1
    if not bad:
        print(f"python: {len(files)} files parse")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
