"""One named attack per test: the name says what goes wrong if `audit verify` does not notice.

usage: tamper_test.py [entries|erasing|heads|histories|index|pages|proofs]... [unittest's own flags]

The ledgers are made by the program; the attacks are done by ledger_format.py, which knows the format
from its manual page alone and can sign like whoever holds the key. What verify answers is compared
with scripts/reverify.py, the second verifier, after every attack on the evidence.
"""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

THEMES = ("entries", "erasing", "heads", "histories", "index", "pages", "proofs")

if __name__ == "__main__":
    chosen = [word for word in sys.argv[1:] if word in THEMES] or list(THEMES)
    others = [word for word in sys.argv[1:] if word not in THEMES]
    tests = [word for word in others if not word.startswith("-")]
    flags = [word for word in others if word.startswith("-")]
    names = tests or chosen
    unittest.main(module=None, argv=[sys.argv[0], "-v", *flags, *names])
