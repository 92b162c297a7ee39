#!/usr/bin/env python3
"""Lines of export against the schemas of OCSF and ECS, and OTLP against itself.

The schemas are no part of the repository: they are looked for in ../shared beside it (AUDIT_SHARED).
"""

import json
import os
import pathlib
import unittest

from support_siem import NOON, ROOT, SiemCase, module_of, skip_loudly

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
KINDS = pathlib.Path(__file__).resolve().parents[2] / "libaudit" / "data" / "siem" / "kinds.json"


def schema(name):
    file = pathlib.Path(os.environ.get("AUDIT_SHARED") or ROOT.parent / "shared") / "data" / name
    if not file.exists():
        skip_loudly(f"no {name}: nothing was held against it")
    return json.loads(file.read_text())


class Filled(SiemCase):
    """Every kind, with much said, with little said, and with values that lie."""

    def setUp(self):
        super().setUp()
        self.init()
        kinds = [kind for kind in json.loads(KINDS.read_text())["kinds"] if not kind.startswith("sys")]
        much = {
            "agent": "a", "agent_version": "1", "user": "u", "team": "t", "session": "s", "tool": "x",
            "model": "m", "provider": "p", "policy": "p", "rule": "r", "rule_version": "1",
            "decision": "deny", "risk": "high", "risk_score": 0.5, "confidence": 0.25, "reason": "r",
            "status": "error", "error": "e", "duration_us": 12, "tokens_in": 1, "tokens_out": 2,
            "cost_usd": 1.5, "resource": "r", "destination": "d", "host": "h", "service": "s",
            "trace": "0af7651916cd43dd8448eb211c80319c", "approver": "b", "action": "delete",
            "data_class": "personal", "side_effect": True, "region": "eu", "environment": "prod",
            "links": ["x", "y"], "tool_call_id": "c", "request_id": "q", "correlation_id": "k",
        }  # fmt: skip
        events = [{"type": kind.replace("*", "access")} for kind in kinds]
        events += [{"type": kind.replace("*", "access"), "time": NOON, **much} for kind in kinds]
        for word in ("allow", "deny", "modify", "ask", "warn", "abort", "unknown", "\u202eno|=]\"\\\n"):
            events.append({"type": "policy.decision", "decision": word, "agent": word, "tool": word})
        for word in ("ok", "error", "denied", "cancelled", "timeout", "pending", "unknown"):
            events.append({"type": "tool.result", "status": word, "tool": "t"})
        self.ingest(events)
        self.run_ok("ingest", "-q", "-l", self.ledger, DATA / "story" / "agents.jsonl")
        hostile = (DATA / "jsonl" / "hostile.jsonl").read_bytes()
        self.run_ok("ingest", "-q", "-l", self.ledger, "-", stdin=hostile)

    def all_of(self, form, *words):
        return self.objects(form, *words) + self.objects(form, *words, "type:sys.*")


class Ocsf(Filled):
    def test_an_event_does_not_fit_its_class(self):
        jsonschema = module_of("jsonschema", "python3-jsonschema")
        check = jsonschema.Draft7Validator(schema("ocsf-1.8.0-agent-export.schema.json"))
        classes = set()
        for payload in ((), ("--payload",)):
            for event in self.all_of("ocsf", *payload):
                classes.add(event["class_uid"])
                errors = [f"{list(e.path)}: {e.message}" for e in check.iter_errors(event)]
                self.assertEqual(errors, [], event)
                self.assertEqual(event["type_uid"], event["class_uid"] * 100 + event["activity_id"])
        self.assertEqual(classes, {6003, 6005, 6002, 2004, 2005, 1008})

    def test_a_broken_event_passes(self):
        """That the schema can say no."""
        jsonschema = module_of("jsonschema", "python3-jsonschema")
        check = jsonschema.Draft7Validator(schema("ocsf-1.8.0-agent-export.schema.json"))
        event = self.objects("ocsf")[0]
        for broken in ({"time": "now"}, {"invented": 1}, {"severity_id": 77}, {"metadata": {}}):
            self.assertFalse(check.is_valid({**event, **broken}), broken)


class Ecs(Filled):
    def flat(self, value, path=""):
        for key, member in value.items():
            if isinstance(member, dict):
                yield from self.flat(member, f"{path}{key}.")
            else:
                yield path + key, member

    def test_a_field_is_none_or_holds_another_type(self):
        fields = schema("ecs_fields_subset.json")["fields"]
        types = {"keyword": str, "date": str, "match_only_text": str, "wildcard": str, "long": int,
                 "integer": int, "float": (int, float)}  # fmt: skip
        seen = set()
        for document in self.all_of("ecs", "--payload"):
            for path, value in self.flat(document):
                if path.startswith("labels."):
                    self.assertIsInstance(value, str, path)
                    continue
                field = fields[path]
                seen.add(path)
                self.assertTrue(field["in_9_4"], path)
                self.assertEqual(bool(field.get("array")), isinstance(value, list), path)
                for one in value if isinstance(value, list) else [value]:
                    self.assertIsInstance(one, types[field["type"]], path)
                    allowed = field.get("allowed_values")
                    self.assertTrue(allowed is None or one in allowed, (path, one))
                    if field.get("ignore_above"):
                        self.assertLessEqual(len(one), max(field["ignore_above"], 0), path)
        self.assertGreater(len(seen), 35)


class Otlp(Filled):
    """Into another ledger, and out again."""

    # What a log record of OpenTelemetry has no place for, or that tells how it was read.
    GONE = {"seq", "hash", "received", "event_id", "span", "parent", "format", "source", "position",
            "part_of", "part_offset", "part_index", "payload", "payload_text", "payload_base64",
            "flags", "states", "mapping", "redactions", "set_by_user", "record_end"}  # fmt: skip

    def test_a_trail_does_not_come_back(self):
        file = self.folder / "trail.jsonl"
        self.run_ok("export", "--otlp", "-l", self.ledger, "-o", file)
        other = self.folder / "y.ledger"
        self.init(other)
        self.run_ok("ingest", "-q", "-l", other, "--format", "otlp", file)
        sent = list(self.truth().values())
        lines = self.export("jsonl", "-type:source.record", ledger=other)
        back = [json.loads(line) for line in lines]
        self.assertEqual(len(sent), len(back))
        known = set(json.loads(KINDS.read_text())["kinds"])
        same = 0
        for before, after in zip(sent, back):
            if before["type"] not in known or before["type"] in ("unparsed", "source.record"):
                continue
            self.assertEqual(before["type"], after["type"])
            same += self.compare(before, after)
        self.assertGreater(same, 1500)

    def compare(self, before, after):
        """How many fields came back; fails with all that did not."""
        same = 0
        for name in set(before) - self.GONE - self.of_calls(before):
            sent = before[name][:1] if name == "links" else before[name]
            self.assertEqual(sent, after.get(name), (name, before, after))
            same += 1
        return same

    @staticmethod
    def of_calls(entry):
        """Only calls of models spend; what is said again is dropped where it is read."""
        spent = {"tokens_in", "tokens_out", "tokens_cache_read", "tokens_cache_write",
                 "tokens_reasoning", "cost", "currency"}  # fmt: skip
        return set() if entry["type"] == "llm.call" else spent


if __name__ == "__main__":
    unittest.main()
