#!/usr/bin/env python3
"""Random hostile text through every format and back: as it was, or as the manual says it becomes.

AUDIT_SEED chooses other texts; the seed of a failure is in its message.
"""

import csv
import io
import json
import os
import random
import unittest

from readers import cut, in_cef, in_csv, in_leef, in_syslog, read_cef, read_leef, read_syslog
from support_siem import JSON_LINES, NOON, SiemCase

SEED = int(os.environ.get("AUDIT_SEED", "20261001"))
ENTRIES = 400

# What formats and terminals mind, and some that nobody minds.
SPECIAL = list("|\\=]\"'[{}<>,;:&%#@!+-/^~`$()*? \t\n\r\x00\x07\x08\x0b\x0c\x1b\x7f")
SPECIAL += ["\r\n", "\\n", "\\|", "\\\\", " key=value", "\x85", "\x9b31m", "\u202e", "\u2066", "\u200b",
            "\ufeff", "\u2028", "\u2029", "\u061c", "\u00ad", "\ufffe", "\ufffd", "x09", "CEF:0|", "</script>",
            "=1+1", "{\"event\":1}", "<110>1 ", "[meta x=\"", "\u0301", "\u4f60", "\U0001f600", "\u05d0"]  # fmt: skip
PLAIN = ["a", "Z", "0", "word", "\u00fc", "\u20ac", "\u00df"]
FIELDS = ("agent", "tool", "user", "session", "resource", "destination", "policy", "model", "host", "service",
          "team", "event_id", "rule_version", "action", "reason", "error", "data_class", "approver")  # fmt: skip


def text(source):
    """A hostile text; one in twenty is long."""
    size = source.choice((1, 2, 5, 20)) if source.random() > 0.05 else source.choice((300, 1500, 9000))
    return "".join(source.choice(SPECIAL if source.random() < 0.6 else PLAIN) for _ in range(size))


def events(source):
    for _ in range(ENTRIES):
        event = {"type": source.choice(("tool.call", "policy.decision", "approval.denied", text(source)))}
        event["time"] = NOON
        for field in source.sample(FIELDS, 8):
            event[field] = text(source)
        yield event


class Hostile(SiemCase):
    @classmethod
    def limits(cls, table):
        file = os.path.join(os.path.dirname(__file__), "..", "..", "libaudit", "data", "siem", f"{table}.json")
        with open(file, encoding="utf-8") as source:
            rows = json.load(source)["fields"]
        return {row["to"]: (row["from"], row["limit"]) for row in rows if "limit" in row and "map" not in row}

    def setUp(self):
        super().setUp()
        self.init()
        # Surrogates that stand alone cannot be in UTF-8: as escapes they can.
        lines = [json.dumps(event) for event in events(random.Random(SEED))]
        lines.append('{"type":"message","agent":"lone \\ud800 surrogate","user":"\\udfff"}')
        self.ingest([line.encode() for line in lines])
        self.entries = self.truth()
        self.assertGreater(len(self.entries), ENTRIES - 20)

    def value(self, entry, sources):
        """The field a row takes its value from, as it should come out whole."""
        for source in [sources] if isinstance(sources, str) else sources:
            if source == "policy_version":
                version = f"@{entry['rule_version']}" if "rule_version" in entry else ""
                return entry["policy"] + version if "policy" in entry else None
            if source in ("ledger", "origin"):
                return None
            if isinstance(entry.get(source), str):
                return entry[source]
        return None

    def compare_flat(self, form, read, becomes):
        compared = 0
        for line, entry in zip(self.export(form), self.entries.values()):
            values = read(line)
            for key, (source, limit) in self.limits(form).items():
                sent = self.value(entry, source)
                if sent is None:
                    continue
                told = f"seed {SEED}, entry {entry['seq']}, {key}: {line!r}"
                self.assertEqual(values.get(key, ""), becomes(sent, limit), told)
                compared += 1
        self.assertGreater(compared, 2000)

    def test_cef(self):
        self.compare_flat("cef", lambda line: read_cef(line)[1], in_cef)

    def test_leef(self):
        self.compare_flat("leef", lambda line: read_leef(line)[1], in_leef)

    def test_syslog(self):
        def becomes(sent, limit):
            # A line that would be too long has all texts cut to 63.
            return {in_syslog(sent, limit), in_syslog(sent, min(limit, 63))}

        compared = 0
        for line, entry in zip(self.export("syslog"), self.entries.values()):
            self.assertLessEqual(len(line.encode()), 8192)
            own = read_syslog(line)[1]["audit@32473"]
            for key, (source, limit) in self.limits("syslog").items():
                sent = self.value(entry, source)
                if sent is None:
                    continue
                self.assertIn(own[key], becomes(sent, limit), f"seed {SEED}: {line!r}")
                compared += 1
        self.assertGreater(compared, 2000)

    def test_json(self):
        places = {
            "ecs": (("gen_ai.tool.name", "tool", 1024), ("user.name", "user", 1024), ("labels.team", "team", 1024)),
            "ocsf": (("metadata.event_code", "type", 1024), ("unmapped.action", "action", 1024)),
            "splunk": (("event.agent", "agent", 0), ("event.reason", "reason", 0), ("event.type", "type", 0)),
            "sentinel": (("ToolName", "tool", 1024), ("AdditionalFields.team", "team", 1024)),
        }
        for form, paths in places.items():
            compared = 0
            for document, entry in zip(self.objects(form), self.entries.values()):
                for path, field, limit in paths:
                    sent, value = entry.get(field), document
                    for name in path.split("."):
                        value = value.get(name, {}) if isinstance(value, dict) else {}
                    if sent is None or (path == "unmapped.action" and value == {}):
                        continue
                    self.assertEqual(value, cut(sent, limit, sent) if limit else sent, f"seed {SEED} {form} {path}")
                    compared += 1
            self.assertGreater(compared, 100, form)

    def test_otlp(self):
        for line, entry in zip(self.objects("otlp"), self.entries.values()):
            record = line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
            values = {one["key"]: one["value"].get("stringValue") for one in record["attributes"]}
            self.assertEqual(len(values), len(record["attributes"]))
            for key, field in (("gen_ai.agent.name", "agent"), ("team", "team"), ("reason", "reason")):
                self.assertEqual(values.get(key), entry.get(field), f"seed {SEED}")

    def test_csv(self):
        fields = ("seq", *FIELDS)
        lines = self.run_ok("export", "--csv", "--fields", ",".join(fields), "-l", self.ledger).stdout.decode()
        rows = list(csv.reader(io.StringIO(lines, newline="")))
        self.assertEqual(rows[0], list(fields))
        self.assertEqual([int(row[0]) for row in rows[1:]], list(self.entries))
        for row, entry in zip(rows[1:], self.entries.values()):
            for field, cell in zip(fields[1:], row[1:]):
                sent = entry.get(field, "")
                self.assertEqual(cell, in_csv(sent) if sent else "", f"seed {SEED}: {sent!a}")
            for cell in row:
                self.assertNotRegex(cell, r"^ *[=@\t\r\n]", "a cell that a spreadsheet would run")
                self.assertNotRegex(cell, "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

    def test_a_line_is_two_for_somebody(self):
        for form in ("cef", "leef", "syslog", *JSON_LINES):
            result = self.run_ok("export", f"--{form}", "-l", self.ledger).stdout
            self.assertEqual(result.count(b"\n"), len(self.entries), form)
            shown = result.decode().replace("\ufeff", "" if form == "syslog" else "\ufeff")
            self.assertNotRegex(shown, "[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]", form)
            if form != "splunk":
                self.assertNotRegex(shown, "[\x80-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", form)

    def test_three_megabytes_in_a_field(self):
        huge = "\u202e=|]" * 700_000
        self.ingest([{"type": "message", "agent": "x", "text": huge}, {"type": "tool.call", "tool": huge[:60_000]}])
        for form in ("cef", "leef", "syslog", *JSON_LINES):
            lines = self.export(form, "type:tool.call", "has:tool")
            self.assertLess(max(map(len, lines)), 400_000, form)
        for form in JSON_LINES:
            line = self.export(form, "--payload", "agent:x")[-1]
            self.assertLess(len(line.encode()), 3_000_000, form)
            self.assertIn("sha256", line, form)


if __name__ == "__main__":
    unittest.main()
