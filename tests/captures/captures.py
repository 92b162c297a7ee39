"""Captures of agent frameworks: bodies of requests as they left a process, and a ledger of them.

Each is a folder with the bodies of one run, in OTLP/JSON (`otlp-json/`), in protobuf (`otlp-pb/`)
or in both, and `meta.json`, which says what happened: `expected` has the facts, `truth` every call
with its answer, and `visible_in_telemetry` which of them the framework told at all.
"""

import gzip
import json
import os
import pathlib
from collections import Counter

from harness import ROOT

ENCODINGS = ("otlp-json", "otlp-pb")


def folder():
    """Where the captures are; None where there are none."""
    shared = pathlib.Path(os.environ.get("AUDIT_SHARED") or ROOT.parent / "shared")
    place = shared / "data" / "captures"
    return place if place.is_dir() else None


def all_captures(place):
    return [Capture(meta.parent) for meta in sorted(place.glob("*/*/meta.json"))]


def unpacked(path):
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


class Capture:
    def __init__(self, place):
        self.place = place
        self.framework = place.parent.name
        self.name = f"{self.framework}/{place.name}"
        self.meta = json.loads((place / "meta.json").read_text(encoding="utf-8"))
        self.expected = self.meta["expected"]
        self.ran = self.meta["truth"]["tool_runs_and_approvals"]
        self._visible = self.meta["visible_in_telemetry"] or {}
        self._bytes = None

    def encodings(self):
        return [encoding for encoding in ENCODINGS if self.bodies(encoding)]

    def bodies(self, encoding):
        return sorted((self.place / encoding).glob("*"))

    def parts(self, encoding):
        """Spans and log records, as another decoder counted them."""
        counted = self.meta["otlp_counts"][encoding]
        return counted.get("spans", 0) + counted.get("logs", 0)

    def both_say_the_same(self):
        both = self.meta["json_and_pb"]
        return bool(both) and not any(both[name] for name in both if name != "equal_records")

    def tells(self, fact):
        """Whether a fact of this name is an attribute of some span or log record."""
        return fact in self._visible

    def says(self, texts):
        """Whether all of these texts are in the telemetry, anywhere."""
        if self._bytes is None:
            self._bytes = b"".join(map(unpacked, self.bodies(self.encodings()[0])))
        return all(text.encode() in self._bytes for text in texts)


# What agents wrote themselves, and what they said to each other: kind, and which files of a capture.
TRANSCRIPTS = {
    "transcript": "extra/transcripts/**/*.jsonl",
    "stream": "extra/sdk-messages*.jsonl",
    "rollout": "extra/rollout/*.jsonl",
    "app server": "extra/app-server-rpc.jsonl",
    "exec events": "extra/exec-events.jsonl",
    "wire": "extra/wire/*.jsonl",
    "native": "other/*.json",
}


class Transcript:
    """Files of one kind of a capture, seen as a capture: what happened is the same."""

    def __init__(self, capture, kind, files):
        self.kind = kind
        self.files = files
        self.telemetry = [body for one in capture.encodings()[:1] for body in capture.bodies(one)]
        self.framework = capture.framework
        self.name = f"{capture.name} {kind}"
        self.expected = capture.expected
        self.ran = capture.ran
        self._bytes = b"".join(map(unpacked, files))

    def tells(self, _fact):
        """Nobody counted what they tell: what they do not is in the test, with the reason."""
        return True

    def says(self, texts):
        return all(text.encode() in self._bytes for text in texts)


def all_transcripts(place):
    for capture in all_captures(place):
        for kind, pattern in TRANSCRIPTS.items():
            files = sorted(capture.place.glob(pattern))
            if files:
                yield Transcript(capture, kind, files)


# What differs with the bytes that say something, and not with what they say.
OF_THE_BYTES = {
    *("seq", "hash", "received", "source", "position", "part_of", "part_offset"),
    *("payload", "payload_text", "payload_base64"),
}


class Told:
    """What a ledger says, from `audit export --jsonl`."""

    def __init__(self, jsonl):
        self.entries = [json.loads(line) for line in jsonl.splitlines()]

    def of(self, *kinds):
        return [entry for entry in self.entries if entry["type"] in kinds]

    def values(self, field):
        return {entry[field] for entry in self.entries if field in entry}

    def total(self, field):
        return sum(entry.get(field, 0) for entry in self.of("llm.call"))

    def parts(self):
        return [entry for entry in self.entries if "part_offset" in entry]

    def meaning(self):
        """What the spans and log records say, whatever their encoding."""
        return Counter(
            json.dumps({k: v for k, v in e.items() if k not in OF_THE_BYTES}, sort_keys=True)
            for e in self.entries
            if e["type"] != "source.record"
        )
