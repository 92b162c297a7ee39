#!/usr/bin/env python3
"""rsyslog takes our lines, and understands of them what we meant."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import time
import unittest

from support_siem import REFERENCE, SiemCase, skip_loudly

RSYSLOGD = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")
DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
PATIENCE = 20
CONFIGURATION = r"""
global(workDirectory="{folder}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp")
module(load="mmpstrucdata")
input(type="imtcp" port="0" listenPortFileName="{folder}/port" ruleset="take")
template(name="all" type="list") {{
  property(name="jsonmesg") constant(value="\n")
}}
ruleset(name="take") {{
  action(type="mmpstrucdata" sd_name.lowercase="off")
  action(type="omfile" file="{folder}/taken" template="all")
}}
"""


class Rsyslog(SiemCase):
    def setUp(self):
        super().setUp()
        if RSYSLOGD is None:
            skip_loudly("no rsyslogd (package rsyslog): nothing took our syslog")
        configuration = self.folder / "rsyslog.conf"
        configuration.write_text(CONFIGURATION.format(folder=self.folder))
        check = subprocess.run([RSYSLOGD, "-N1", "-f", configuration], capture_output=True, check=False)
        self.assertEqual(check.returncode, 0, check.stderr.decode())
        self.daemon = subprocess.Popen(
            [RSYSLOGD, "-n", "-iNONE", "-f", configuration], stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.addCleanup(self.stop)

    def stop(self):
        self.daemon.terminate()
        self.daemon.communicate(timeout=PATIENCE)

    def wait_until(self, ready):
        end = time.monotonic() + PATIENCE
        while not ready() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertTrue(ready(), "rsyslogd did not answer")

    def send(self, lines):
        """Over TCP with octet counting (RFC 6587)."""
        port = self.folder / "port"
        self.wait_until(lambda: port.exists() and port.read_text().strip())
        with socket.create_connection(("127.0.0.1", int(port.read_text()))) as connection:
            for line in lines:
                raw = line.encode()
                connection.sendall(b"%d %s" % (len(raw), raw))
        taken = self.folder / "taken"
        self.wait_until(lambda: taken.exists() and taken.read_bytes().count(b"\n") >= len(lines))
        return [json.loads(line) for line in taken.read_text().splitlines()]

    def test_a_line_is_not_understood(self):
        self.init()
        self.ingest([REFERENCE])
        one = self.send(self.export("syslog"))[0]
        self.assertEqual((one["app-name"] if "app-name" in one else one["programname"]), "audit")
        self.assertEqual((one["pri"], one["msgid"] if "msgid" in one else None), ("108", "tool.call"))
        own = one["$!"]["rfc5424-sd"]["audit@32473"]
        self.assertEqual((own["agent"], own["policy"]), ("claims|triage", "crm\\writes"))
        self.assertEqual(own["reason"], 'checked "twice"\\nok]')
        self.assertEqual(one["$!"]["rfc5424-sd"]["meta"]["sequenceId"], "1")
        self.assertTrue(one["timereported"].startswith("2026-10-01T08:00:00.123"))

    def test_hostile_lines_become_more_or_fewer(self):
        self.init()
        hostile = (DATA / "jsonl" / "hostile.jsonl").read_bytes()
        self.run_ok("ingest", "-q", "-l", self.ledger, "-", stdin=hostile)
        lines = self.export("syslog")
        taken = self.send(lines)
        self.assertEqual(len(taken), len(lines))
        hashes = [one["$!"]["rfc5424-sd"]["audit@32473"]["hash"] for one in taken]
        self.assertEqual(hashes, [entry["hash"] for entry in self.truth().values()])


if __name__ == "__main__":
    unittest.main()
