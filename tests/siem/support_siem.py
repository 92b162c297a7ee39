"""A ledger, and what export writes of it, line by line."""

import importlib
import json
import sys

import readers  # noqa: F401  (finds tests/support)
from harness import AUDIT, ROOT, Case, environment, run, skip_loudly, told

LINES = ("cef", "leef", "ecs", "ocsf", "syslog", "splunk", "sentinel", "otlp")
JSON_LINES = ("ecs", "ocsf", "splunk", "sentinel", "otlp")
NOON = "2026-10-01T08:00:00.123Z"

# One event with most fields, and the characters that formats mind.
REFERENCE = {
    "event_id": "01J9Z6V4XK8Q2M5T7B9C0D1E2F",
    "type": "tool.call",
    "time": NOON,
    "agent": "claims|triage",
    "agent_version": "4.2.1",
    "model": "model-x",
    "provider": "maker",
    "user": "j.doe",
    "team": "team=a",
    "environment": "prod",
    "session": "sess-77",
    "tool": "crm.update",
    "tool_call_id": "call-551",
    "resource": "contact/4411",
    "action": "update",
    "policy": "crm\\writes",
    "rule_version": "7",
    "decision": "allow",
    "risk": "medium",
    "risk_score": 0.41,
    "approver": "m.lee",
    "reason": 'checked "twice"\nok]',
    "status": "ok",
    "duration_us": 1500,
    "tokens_in": 12,
    "cost_usd": 0.25,
}


def module_of(name, package):
    """A module of Debian, also for a Python that is not Debian's; skips the test where there is none."""
    try:
        return importlib.import_module(name)
    except ImportError:
        sys.path.append("/usr/lib/python3/dist-packages")
    try:
        return importlib.import_module(name)
    except ImportError:
        skip_loudly(f"no {package}: nothing was held against it")
    finally:
        sys.path.pop()


class SiemCase(Case):
    def export(self, form, *words, ledger=None):
        result = self.run_ok("export", f"--{form}", "-l", ledger or self.ledger, *words)
        text = result.stdout.decode()
        self.assertTrue(text.endswith("\n"), told(result))
        return text.split("\n")[:-1]

    def objects(self, form, *words):
        return [json.loads(line) for line in self.export(form, *words)]

    def truth(self, *words):
        """The entries as JSONL has them, by number."""
        return {entry["seq"]: entry for entry in self.objects("jsonl", *words)}


__all__ = [
    "AUDIT", "JSON_LINES", "LINES", "NOON", "REFERENCE", "ROOT", "Case", "SiemCase", "environment",
    "module_of", "run", "skip_loudly", "told",
]  # fmt: skip
