#!/usr/bin/env python3
"""The dashboard's questions, asked of a ledger as its data source does: SQLite, read-only."""

import json
import pathlib
import sqlite3
import unittest

from support_siem import NOON, SiemCase, module_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "scripts" / "grafana" / "audit-ledger.json"
DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
NOON_MS = 1_790_841_600_123


class Dashboard(SiemCase):
    def setUp(self):
        super().setUp()
        self.panels = {panel["title"]: panel for panel in json.loads(DASHBOARD.read_text())["panels"]}
        self.init()

    def ask(self, title, since=0, until=4_000_000_000_000):
        target = self.panels[title]["targets"][0]
        self.assertEqual(target["queryText"], target["rawQueryText"])
        query = target["queryText"].replace("$__from", str(since)).replace("$__to", str(until))
        query = query.replace("$__interval_ms", "3600000")
        with sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True) as database:
            cursor = database.execute(query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor]

    def test_a_panel_asks_for_what_is_not_there(self):
        self.run_ok("ingest", "-q", "-l", self.ledger, DATA / "story" / "agents.jsonl")
        for title, panel in self.panels.items():
            rows = self.ask(title)
            if panel["type"] == "stat":
                self.assertEqual(len(rows), 1, title)
            elif panel["type"] == "timeseries":
                self.assertEqual(list(rows[0]), ["time", "metric", "value"], title)
                self.assertTrue(all(isinstance(row["time"], int) for row in rows), title)
            else:
                self.assertTrue(rows, title)

    def test_a_panel_counts_wrongly(self):
        entries = [
            {"type": "tool.call", "tool": "a", "status": "error", "agent": "x"},
            {"type": "policy.decision", "decision": "deny", "policy": "p"},
            {"type": "llm.call", "model": "m", "cost_usd": 0.25, "tokens_in": 5, "tokens_out": 7},
            {"type": "approval.requested", "approval": "requested", "tool_call_id": "1"},
            {"type": "approval.requested", "approval": "requested", "tool_call_id": "2"},
            {"type": "approval.granted", "approval": "granted", "tool_call_id": "1"},
        ]
        self.ingest([{"time": NOON, **entry} for entry in entries])
        for title, value in (("Entries", 6), ("Failures", 1), ("Refused", 1), ("Waiting for approval", 1),
                             ("Cost", 0.25), ("Findings of rules", 0)):  # fmt: skip
            self.assertEqual(self.ask(title)[0]["value"], value, title)
        hour = NOON_MS // 3_600_000 * 3600
        self.assertEqual(self.ask("Cost by model"), [{"time": hour, "metric": "m", "value": 0.25}])
        tokens = sorted((row["metric"], row["value"]) for row in self.ask("Tokens"))
        self.assertEqual(tokens, [("in", 5), ("out", 7)])
        self.assertEqual([row["metric"] for row in self.ask("Failures by tool")], ["a"])
        self.assertEqual(self.ask("Policies that refused"), [{"policy": "p", "refused": 1}])
        # Nothing of another time.
        self.assertEqual(self.ask("Entries", until=NOON_MS - 1)[0]["value"], 0)
        self.assertEqual(self.ask("Refused and failed", since=NOON_MS + 1), [])

    def test_panels_lie_on_each_other(self):
        taken = set()
        for title, panel in self.panels.items():
            place = panel["gridPos"]
            for x in range(place["x"], place["x"] + place["w"]):
                self.assertLess(x, 24, title)
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), taken, title)
                    taken.add((x, y))


class Prometheus(SiemCase):
    maxDiff = None

    def test_counts_do_not_parse_or_are_wrong(self):
        parser = module_of("prometheus_client.parser", "python3-prometheus-client")
        self.init()
        hostile = 'q"uote\\back{}=,\u202e'
        self.ingest(
            [
                {"type": "llm.call", "tokens_in": 5, "tokens_out": 7, "cost_usd": 0.25, "status": "ok"},
                {"type": "llm.call", "tokens_in": 6, "cost_usd": 0.5, "status": "error"},
                {"type": "policy.decision", "decision": "deny"},
                {"type": hostile},
            ]
        )
        text = self.run_ok("export", "--prometheus", "-l", self.ledger).stdout.decode()
        samples = {}
        for family in parser.text_string_to_metric_families(text):
            for sample in family.samples:
                labels = dict(sample.labels)
                self.assertEqual(labels.pop("ledger"), "test.example/log")
                self.assertEqual(len(labels.pop("ledger_id")), 32)
                samples[(sample.name, *labels.values())] = sample.value
        expected = {
            ("audit_ledger_entries",): 5,
            ("audit_entries_total", "llm.call"): 2,
            ("audit_entries_total", "sys.created"): 1,
            ("audit_entries_total", 'q"uote\\back{}=,\\u202e'): 1,
            ("audit_tokens_total", "in"): 11,
            ("audit_tokens_total", "out"): 7,
            ("audit_cost_total", "USD"): 0.75,
            ("audit_results_total", "error"): 1,
            ("audit_decisions_total", "deny"): 1,
        }
        self.assertEqual({key: samples.get(key) for key in expected}, expected)

    def test_any_number_of_words_becomes_any_number_of_lines(self):
        self.init()
        self.ingest([{"type": f"made-up-{n}"} for n in range(3000)])
        text = self.run_ok("export", "--prometheus", "-l", self.ledger).stdout.decode()
        self.assertLess(text.count("\n"), 1100)
        self.assertIn('type="(others)"} 2001\n', text)


if __name__ == "__main__":
    unittest.main()
