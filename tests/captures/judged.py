"""What the tests of captures share: a ledger of what was captured, and a verdict on each fact."""

import sys

from captures import Told
from facts import facts
from harness import Case


class Judged(Case):
    # What is told only in a way that says less than the fact: name of a capture -> fact -> reason.
    KNOWN = {}

    def ingested(self, name, files):
        """A ledger with all of these files, and what it tells."""
        for letter in "/ ":
            name = name.replace(letter, "-")
        ledger = self.folder / f"{name}.ledger"
        self.init(ledger)
        self.run_ok("ingest", "-q", "-l", ledger, *files)
        return ledger, Told(self.run_ok("export", "--jsonl", "-l", ledger).stdout)

    def judge(self, capture, told, outcomes):
        """Every fact holds, is told by nobody, or is one of KNOWN; counts which."""
        for fact in facts(capture, told):
            with self.subTest(capture.name, fact=fact.name):
                outcomes[self.outcome_of(capture, fact)] += 1

    def outcome_of(self, capture, fact):
        why = self.KNOWN.get(capture.name, {}).get(fact.name)
        said = f"{capture.name}: {fact.name}: known {fact.known}, found {fact.found}"
        if fact.holds:
            self.assertIsNone(why, f"{said}: that holds, and is one of KNOWN")
            return "hold"
        self.assertTrue(why or not fact.told, said)
        print(f"not told: {said}{': ' + why if why else ''}", file=sys.stderr)
        return "not told"
