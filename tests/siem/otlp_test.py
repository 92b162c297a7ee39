#!/usr/bin/env python3
"""The protobuf classes of OpenTelemetry read what export --otlp wrote, and lose nothing of it.

Skipped, loudly, where there is no node, or its packages cannot be installed. SDK_FOLDER says where they
are installed to (ctest sets it, in the build folder).
"""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

from support_siem import REFERENCE, SiemCase, skip_loudly

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(os.environ.get("SDK_FOLDER", "/tmp/audit-otlp-sdk"))
DATA = HERE.parent / "data"
INSTALL_SECONDS = 180
SEVERITIES = range(1, 25)


def install():
    """Installs the packages once; why that is not possible, or nothing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "there is no node, or no npm"
    wanted = (HERE / "package.json").read_text()
    done = FOLDER / "installed.json"
    if done.exists() and done.read_text() == wanted:
        return None
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text(wanted)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-progress"]
    try:
        result = subprocess.run(command, cwd=FOLDER, capture_output=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"npm did not install the packages in {INSTALL_SECONDS} s"
    if result.returncode != 0:
        return "npm could not install the packages: " + result.stderr.decode(errors="replace")[-500:]
    done.write_text(wanted)
    return None


class Otlp(SiemCase):
    @classmethod
    def setUpClass(cls):
        why = install()
        if why:
            skip_loudly(f"nothing decoded our OTLP: {why}")

    def decoded(self, lines):
        result = subprocess.run(
            ["node", HERE / "otlp_decode.js"], input="\n".join(lines).encode(), capture_output=True,
            check=False, env={**os.environ, "SDK_FOLDER": str(FOLDER)},
        )  # fmt: skip
        self.assertEqual(result.returncode, 0, result.stderr.decode()[-2000:])
        return [json.loads(line) for line in result.stdout.decode().split("\n") if line]

    def test_a_name_or_type_is_none_of_opentelemetry(self):
        self.init()
        trace = {"trace": "0AF7651916cd43dd8448eb211c80319c", "span": "b7ad6b7169203331"}
        self.ingest([REFERENCE, {**REFERENCE, "event_id": "2", **trace, "flags": [], "links": ["a", "b"]}])
        self.run_ok("ingest", "-q", "-l", self.ledger, DATA / "story" / "agents.jsonl")
        hostile = (DATA / "jsonl" / "hostile.jsonl").read_bytes()
        self.run_ok("ingest", "-q", "-l", self.ledger, "-", stdin=hostile)
        lines = self.export("otlp", "--payload")
        decoded = self.decoded(lines)
        self.assertEqual(len(decoded), len(lines))
        for sent, read in zip(lines, decoded):
            self.assertEqual(self.normal(json.loads(sent)), self.normal(read))

    def normal(self, request):
        """The record alone, numbers as texts: JavaScript has its own idea of some."""
        record = request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
        self.assertIn(int(record["severityNumber"]), SEVERITIES)
        for attribute in record["attributes"]:
            value = attribute["value"]
            if "doubleValue" in value:
                value["doubleValue"] = float(value["doubleValue"])
        return request


if __name__ == "__main__":
    unittest.main()
