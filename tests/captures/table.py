#!/usr/bin/env python3
"""Prints, per capture and per data set, what the ledger says of it: found/known.

usage: AUDIT=PROGRAM AUDIT_SHARED=FOLDER tests/captures/table.py

Of a column with several facts (tools: names, calls proposed, arguments, ids, runs) the sums are
shown. A cell ends with ~ where less was found than is known, and the telemetry does not tell more, or
tests know why; with ! where nothing explains it. Below the table stands every such fact. Of data sets
it is only known how many records they have.
"""

import json
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import captures
import captures_test
import transcripts_test
from facts import facts
from harness import run, told

COLUMNS = {
    "who": ("agents", "user"),
    "session": ("sessions",),
    "model": ("models",),
    "calls": ("model calls answered",),
    "tokens": ("tokens in", "tokens out", "tokens cached"),
    "tools": ("tools", "calls proposed", "arguments", "call ids", "runs"),
    "approvals": ("approvals", "guardrail trips"),
    "errors": (),  # whatever is in none of the others
}
HEAD = ("", "entries", "other", "unparsed", *COLUMNS)
NO_LOGS = ("captures", "reference")
KNOWN = {**captures_test.KNOWN, **transcripts_test.KNOWN}


def ingested(folder, files):
    """The summary of an ingest into a new ledger, and what that tells."""
    ledger = pathlib.Path(folder) / "x.ledger"
    answers = []
    for words in (
        ("init", "-q", ledger),
        ("ingest", "--json", "-l", ledger, *files),
        ("export", "--jsonl", "-l", ledger),
    ):
        result = run(*words)
        if result.returncode:
            sys.exit(f"table: {words[0]} of {files}: {told(result)}")
        answers.append(result.stdout)
    counts = json.loads(answers[1])
    if counts["read"] != counts["stored"] + counts["duplicates"]:
        sys.exit(f"table: the counts do not add up: {counts}")
    return counts, captures.Told(answers[2])


def shares(entries):
    """How many there are, and how many of them say nothing, or are not understood."""
    kinds = [entry["type"] for entry in entries if entry["type"] != "source.record"]
    whole = max(len(kinds), 1)
    return [str(len(kinds)), *(f"{kinds.count(k) / whole:.0%}" for k in ("other", "unparsed"))]


def amounts(fact):
    """(found, known) as numbers."""
    if isinstance(fact.known, int):
        return fact.found, fact.known
    if isinstance(fact.known, dict):
        found = sum(min(fact.found[name], count) for name, count in fact.known.items())
        return found, sum(fact.known.values())
    if isinstance(fact.known, list):
        missing = 0 if fact.holds else len(set(fact.known) - set(fact.found))
        return len(fact.known) - missing, len(fact.known)
    return int(fact.holds), 1


def column_of(fact):
    return next((column for column, names in COLUMNS.items() if fact.name in names), "errors")


class Row:
    def __init__(self, name, entries):
        self.cells = [name, *shares(entries)]
        self.notes = []

    def add_facts(self, capture, about):
        cells = {column: [0, 0, ""] for column in COLUMNS}
        for fact in facts(capture, about):
            cell = cells[column_of(fact)]
            for i, amount in enumerate(amounts(fact)):
                cell[i] += amount
            if fact.holds:
                continue
            why = KNOWN.get(capture.name, {}).get(fact.name, "" if fact.told else "not told")
            cell[2] = max(cell[2], "~" if why else "!", key=" ~!".find)
            self.notes.append(
                f"{capture.name}: {fact.name}: known {fact.known}, found {fact.found}: {why}"
            )
        self.cells += [f"{n}/{of}{mark}" if of else "-" for n, of, mark in cells.values()]
        return self


def capture_rows(place):
    for capture in captures.all_captures(place):
        if capture.encodings():
            with tempfile.TemporaryDirectory() as folder:
                _, about = ingested(folder, capture.bodies(capture.encodings()[0]))
            yield Row(capture.name, about.entries).add_facts(capture, about)
    for transcript in captures.all_transcripts(place):
        with tempfile.TemporaryDirectory() as folder:
            _, about = ingested(folder, transcript.files)
        yield Row(transcript.name, about.entries).add_facts(transcript, about)


def data_rows(data):
    for place in sorted(data.iterdir()):
        files = [file for file in sorted(place.glob("*")) if file.match("*.json*")]
        if place.name in NO_LOGS or not files:
            continue
        with tempfile.TemporaryDirectory() as folder:
            counts, about = ingested(folder, files)
        row = Row(f"{place.name} ({counts['read']} records)", about.entries)
        row.cells += ["-"] * len(COLUMNS)
        yield row


def main():
    place = captures.folder()
    if place is None:
        sys.exit("table: AUDIT_SHARED does not name a folder with captures")
    rows = [*capture_rows(place), *data_rows(place.parent)]
    lines = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    print()
    for row in rows:
        for note in row.notes:
            print(note)


if __name__ == "__main__":
    main()
