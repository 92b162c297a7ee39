#!/usr/bin/env python3
"""Each line of export for SIEMs, read by readers of our own making that know nothing of the program."""

import json
import pathlib
import re
import subprocess
import unittest

from readers import read_cef, read_leef, read_syslog
from support_siem import AUDIT, JSON_LINES, LINES, NOON, REFERENCE, SiemCase, environment, run, told

TABLES = pathlib.Path(__file__).resolve().parents[2] / "libaudit" / "data" / "siem"
MANUAL = pathlib.Path(__file__).resolve().parents[2] / "man" / "audit-siem.5"
MS = 1790841600123
NAMES = ("info", "low", "medium", "high", "critical")


class Reference(SiemCase):
    """What each format says of one event."""

    def setUp(self):
        super().setUp()
        self.init()
        self.ingest([REFERENCE])
        self.entry = self.truth()[1]

    def test_cef_says_something_else(self):
        header, values = read_cef(self.export("cef")[0])
        self.assertEqual(header[:3], ["CEF:0", "agentaudit", "audit"])
        self.assertEqual(header[4:], ["tool.call", "Tool call", "5"])
        expected = {
            "rt": str(MS), "externalId": REFERENCE["event_id"], "cn1": "1", "cn1Label": "ledgerSeq",
            "act": "allow", "outcome": "success", "suser": "j.doe",
            "sourceServiceName": "claims|triage", "destinationServiceName": "crm.update",
            "cs1": "sess-77", "cs1Label": "session", "cs2": "crm\\writes@7", "cs2Label": "policy",
            "cs3": "m.lee", "flexString1": "team=a", "reason": 'checked "twice"\nok]',
            "cat": "tool.call", "cfp1": "0.41", "cfp1Label": "riskScore", "cn2": "12", "cfp2": "0.25",
            "agentauditAuditEntryHash": self.entry["hash"],
        }  # fmt: skip
        self.assertEqual({key: values.get(key) for key in expected}, expected)

    def test_cef_is_spelt_as_its_owner_does(self):
        line = self.export("cef")[0]
        for part in (
            " sourceServiceName=claims|triage ", "cs2=crm\\\\writes@7 cs2Label=policy ",
            "flexString1=team\\=a ", 'reason=checked "twice"\\nok] ',
        ):  # fmt: skip
            self.assertIn(part, line)

    def test_leef_says_something_else(self):
        header, values = read_leef(self.export("leef")[0])
        self.assertEqual(header[1:5], ["agentaudit", "audit", header[3], "tool.call"])
        expected = {
            "devTime": str(MS), "sev": "5", "cat": "tool.call", "usrName": "j.doe",
            "resource": "contact/4411", "policy": "crm\\writes", "agentName": "claims|triage",
            "toolName": "crm.update", "ledgerSeq": "1", "reasonText": 'checked "twice" ok]',
            "tokensIn": "12", "cost": "0.25", "riskScore": "0.41", "ledgerHash": self.entry["hash"],
        }  # fmt: skip
        self.assertEqual({key: values.get(key) for key in expected}, expected)

    def test_syslog_says_something_else(self):
        match, elements = read_syslog(self.export("syslog")[0])
        self.assertEqual(int(match["pri"]), 13 * 8 + 4)
        self.assertEqual((match["time"], match["app"], match["msgid"]), (NOON, "audit", "tool.call"))
        self.assertEqual(match["text"], "tool.call crm.update allow ok")
        own = elements["audit@32473"]
        self.assertEqual(own["reason"], 'checked "twice"\\nok]')
        self.assertEqual((own["seq"], own["hash"]), ("1", self.entry["hash"]))
        self.assertEqual(elements["meta"], {"sequenceId": "1"})

    def test_splunk_says_something_else(self):
        one = self.objects("splunk")[0]
        self.assertLessEqual(set(one), {"time", "host", "source", "sourcetype", "index", "event", "fields"})
        self.assertEqual(one["time"], MS / 1000)
        expected = {key: value for key, value in self.entry.items() if key != "payload"}
        self.assertEqual(one["event"], expected)
        self.assertTrue(all(isinstance(value, str) for value in one["fields"].values()))
        self.assertEqual((one["fields"]["seq"], one["fields"]["agent"]), ("1", "claims|triage"))

    def test_ecs_says_something_else(self):
        one = self.objects("ecs")[0]
        self.assertEqual(one["@timestamp"], NOON)
        self.assertEqual(one["event"]["category"], ["api"])
        self.assertEqual(one["event"]["type"], ["start", "allowed"])
        self.assertEqual(one["event"]["severity"], 47)
        self.assertEqual(one["event"]["risk_score"], 41)
        self.assertEqual(one["event"]["duration"], 1_500_000)
        self.assertEqual(one["event"]["outcome"], "success")
        self.assertEqual(one["event"]["reason"], REFERENCE["reason"])
        self.assertEqual(one["related"]["user"], ["j.doe", "m.lee"])
        self.assertEqual(one["gen_ai"]["tool"], {"name": "crm.update", "call": {"id": "call-551"}})
        self.assertEqual(one["rule"], {"id": "crm\\writes", "ruleset": "crm\\writes", "version": "7"})
        self.assertEqual(one["labels"]["team"], "team=a")
        self.assertEqual(one["labels"]["ledger_hash"], self.entry["hash"])

    def test_ocsf_says_something_else(self):
        one = self.objects("ocsf")[0]
        self.assertEqual((one["class_uid"], one["activity_id"], one["type_uid"]), (6003, 3, 600303))
        self.assertEqual((one["time"], one["severity_id"], one["status_id"]), (MS, 3, 1))
        self.assertEqual((one["action_id"], one["disposition_id"]), (1, 1))
        self.assertEqual(one["policy"], {"name": "crm\\writes", "version": "7"})
        self.assertEqual(one["ai_model"], {"name": "model-x", "ai_provider": "maker"})
        self.assertEqual(one["api"]["operation"], "crm.update")
        self.assertEqual(one["actor"]["user"], {"name": "j.doe"})
        self.assertEqual(one["risk_score"], 41)
        self.assertEqual(one["unmapped"]["ledger_hash"], self.entry["hash"])

    def test_sentinel_says_something_else(self):
        one = self.objects("sentinel")[0]
        mandatory = ("EventCount", "EventStartTime", "EventEndTime", "EventProduct", "EventVendor",
                     "EventSchema", "EventSchemaVersion", "TimeGenerated")  # fmt: skip
        self.assertLessEqual(set(mandatory), set(one))
        self.assertTrue(all(re.fullmatch("[A-Za-z0-9_]+", name) for name in one))
        nested = {name for name, value in one.items() if isinstance(value, (dict, list))}
        self.assertEqual(nested, {"AdditionalFields"})
        self.assertEqual(one["EventEndTime"], "2026-10-01T08:00:00.124500Z")
        self.assertEqual((one["EventSeverity"], one["EventResult"]), ("Medium", "Success"))
        self.assertEqual((one["ToolName"], one["ActorUsername"]), ("crm.update", "j.doe"))

    def test_the_entry_cannot_be_found_again(self):
        created = self.run_ok("search", "-l", self.ledger, "--json", "--seq", "0").stdout
        ledger_id = json.loads(created)["payload"]["ledger"]
        for form in LINES:
            line = self.export(form)[0]
            self.assertIn(self.entry["hash"], line, form)
            self.assertIn("test.example/log", line, form)
            self.assertIn(ledger_id, line, form)

    def test_two_runs_differ(self):
        for form in LINES:
            self.assertEqual(self.export(form), self.export(form), form)


class Tables(SiemCase):
    """The mapping tables against themselves and the manual page."""

    def test_the_manual_lacks_a_row(self):
        manual = MANUAL.read_text().replace("\\e", "\\").replace("\\-", "-")
        for file in sorted(TABLES.glob("*.json")):
            table = json.loads(file.read_text())
            rows = list(table.get("fields", []))
            for group in table.get("groups", {}).values():
                rows += group.get("fields", [])
            for row in rows:
                self.assertIn(f'"{row["to"].replace("[]", "")}', manual, file.name)
            for kind in table.get("kinds", {}):
                if kind != "*" and not kind.startswith("#"):
                    self.assertIn(kind, manual, file.name)

    def test_a_kind_has_the_wrong_severity(self):
        self.init()
        kinds = json.loads((TABLES / "kinds.json").read_text())["kinds"]
        names = [kind for kind in kinds if not kind.startswith("sys") and "*" not in kind]
        self.ingest([{"type": name, "time": NOON} for name in names])
        for form, place in (("ecs", lambda o: o["event"]["severity"]), ("ocsf", lambda o: o["severity_id"])):
            numbers = json.loads((TABLES / f"{form}.json").read_text())["severity"]
            truth = self.truth()
            for seq, one in zip(truth, self.objects(form)):
                kind = truth[seq]["type"]
                lifted = {"approval.denied", "approval.expired"}  # their approval says how they ended
                if kind not in lifted:
                    self.assertEqual(place(one), numbers[kinds[kind]["severity"]], (form, kind))

    def test_numbers_of_ocsf_do_not_add_up(self):
        table = json.loads((TABLES / "ocsf.json").read_text())
        groups = {name: group.get("set", {}) for name, group in table["groups"].items()}
        for kind, row in table["kinds"].items():
            numbers = {}
            for part in [row.get("set", {})] + [groups[name] for name in row["groups"]]:
                numbers = {**part, **numbers}
            self.assertEqual(numbers["type_uid"], numbers["class_uid"] * 100 + numbers["activity_id"], kind)
            self.assertEqual(numbers["class_uid"] // 1000, numbers["category_uid"], kind)
        for row in table["groups"]["crud"]["fields"]:
            if row["to"] == "type_uid":
                for word, number in row["map"].items():
                    other = [r for r in table["groups"]["crud"]["fields"] if r["to"] == "activity_id"][0]
                    self.assertEqual(number, 600300 + other["map"][word])


class Asked(SiemCase):
    """Flags."""

    def setUp(self):
        super().setUp()
        self.init()
        self.ingest([{"type": "message", "text": "hunter2 was here"}, {"type": "decision", "decision": "deny"}])

    def test_content_is_shown_without_being_asked_for(self):
        for form in LINES:
            self.assertNotIn("hunter2", "".join(self.export(form)), form)
        for form in JSON_LINES:
            self.assertIn("hunter2", "".join(self.export(form, "--payload")), form)

    def test_a_payload_where_there_is_no_room(self):
        for form in ("cef", "leef", "syslog", "csv", "jsonl", "json", "raw"):
            result = run("export", f"--{form}", "--payload", "-l", self.ledger)
            self.assertEqual(result.returncode, 2, told(result))
            self.assertIn(b"--payload is not for", result.stderr)

    def test_the_redacted_view_shows_content(self):
        reason = [{"type": "decision", "reason": "hunter2", "agent": "a"}]
        self.ingest(reason)
        for form in LINES:
            self.assertIn("hunter2", "".join(self.export(form)), form)
            self.assertNotIn("hunter2", "".join(self.export(form, "--view", "redacted")), form)
            result = run("export", f"--{form}", "--payload", "--view", "redacted", "-l", self.ledger)
            self.assertEqual(result.returncode, 2, told(result))

    def test_bulk_is_more_or_less_than_two_lines_an_entry(self):
        lines = self.export("ecs", "--bulk")
        self.assertEqual(lines[0::2], ['{"create":{}}'] * 2)
        self.assertEqual(lines[1::2], self.export("ecs"))
        self.assertEqual(run("export", "--cef", "--bulk", "-l", self.ledger).returncode, 2)

    def test_a_file_is_replaced_or_left_half(self):
        file = self.folder / "out"
        for form in LINES:
            self.run_ok("export", f"--{form}", "-l", self.ledger, "-o", file)
            self.assertEqual(run("export", f"--{form}", "-l", self.ledger, "-o", file).returncode, 73)
            file.unlink()
            result = subprocess.run(
                ["bash", "-c", f'ulimit -f 0; trap "" XFSZ; "$AUDIT" export --{form} -l "$1" -o "$2"',
                 "-", str(self.ledger), str(file)],
                capture_output=True, check=False, env=environment(AUDIT=AUDIT),
            )  # fmt: skip
            self.assertEqual(result.returncode, 74, result.stderr)
            self.assertFalse(file.exists(), form)


if __name__ == "__main__":
    unittest.main()
