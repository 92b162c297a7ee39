#!/usr/bin/env python3
"""Workbooks of export, read by openpyxl and as the zip files they are."""

import datetime
import os
import random
import subprocess
import unittest
import zipfile

from hostile_test import FIELDS, text
from readers import visible
from support_siem import AUDIT, NOON, REFERENCE, SiemCase, environment, module_of, run, told

MOST_UNITS = 32_767


def units(shown):
    return len(shown.encode("utf-16-le")) // 2


class Xlsx(SiemCase):
    def setUp(self):
        super().setUp()
        self.openpyxl = module_of("openpyxl", "python3-openpyxl")
        self.init()
        self.file = self.folder / "x.xlsx"

    def workbook(self, *words):
        self.run_ok("export", "--xlsx", "-l", self.ledger, "-o", self.file, "--force", *words)
        return self.openpyxl.load_workbook(self.file)

    def rows(self, *words):
        sheet = self.workbook(*words)["Entries"]
        table = list(sheet.iter_rows(values_only=True))
        return [dict(zip(table[0], row)) for row in table[1:]]

    def test_cells_are_not_what_they_are_of(self):
        self.ingest([{**REFERENCE, "side_effect": True, "links": ["a", "b"]}])
        fields = "seq,hash,received,time,agent,tokens_in,cost,risk_score,side_effect,links,reason,payload"
        row = self.rows("--fields", fields)[0]
        truth = self.truth()[1]
        self.assertEqual(row["seq"], 1)
        self.assertEqual(row["hash"], truth["hash"])
        self.assertEqual(row["time"], datetime.datetime(2026, 10, 1, 8, 0, 0, 123000))
        self.assertIsInstance(row["received"], datetime.datetime)
        self.assertEqual((row["tokens_in"], row["cost"], row["risk_score"]), (12, 0.25, 0.41))
        self.assertIs(row["side_effect"], True)
        self.assertEqual((row["links"], row["reason"]), ("a; b", REFERENCE["reason"]))
        self.assertIn("claims|triage", row["payload"])

    def test_the_first_sheet_does_not_say_what_it_is_of(self):
        self.ingest([{"type": "decision", "decision": "deny", "time": NOON}] * 3 + [{"type": "message"}])
        sheet = self.workbook("type:decision")["Summary"]
        said = {row[0]: row[1] for row in sheet.iter_rows(values_only=True) if row[0]}
        head = self.run_ok("verify", "--json", self.ledger).stdout.decode()
        self.assertEqual(said["Ledger"], "test.example/log")
        self.assertEqual((said["Entries in the ledger"], said["Entries in this workbook"]), (5, 3))
        self.assertEqual((said["decision"], said["deny"]), (3, 3))
        self.assertEqual(said["Query"], "type:decision")
        self.assertEqual(said["First event"], datetime.datetime(2026, 10, 1, 8, 0, 0, 123000))
        self.assertIn(said["Root at that size"], head)
        self.assertTrue(said["Signed checkpoint"].startswith("test.example/log\n5\n"))

    def test_the_header_moves_or_cannot_be_filtered(self):
        self.ingest([{"type": "message"}] * 3)
        sheet = self.workbook()["Entries"]
        self.assertEqual(sheet.freeze_panes, "A2")
        self.assertEqual(sheet.auto_filter.ref, "A1:X4")

    def test_hostile_text_runs_or_does_not_come_back(self):
        source = random.Random(7)
        events = [{"type": "message", "agent": text(source), "reason": text(source)} for _ in range(200)]
        events += [{"type": "message", "agent": f"a_x0041_b_x005F_{n}", "reason": "_x000A__xZZZZ_"} for n in range(2)]
        events += [{"type": "message", "agent": start + "1+1", "reason": "=HYPERLINK(\"x\")"} for start in "=+-@"]
        self.ingest(events)
        truth = self.truth()
        # openpyxl leaves it to others to read "_x0041_" as what it stands for, as spreadsheets do.
        as_shown = module_of("openpyxl.utils.escape", "python3-openpyxl").unescape
        sheet = self.workbook("--fields", "seq,agent,reason")["Entries"]
        for cells in list(sheet.iter_rows())[1:]:
            for cell, name in zip(cells[1:], ("agent", "reason")):
                sent = truth[cells[0].value].get(name)
                if sent is None:
                    self.assertIsNone(cell.value)
                    continue
                self.assertIn(cell.data_type, "sn" if cell.value is None else "s", "a formula")
                expected = visible(sent, keep="\n\t\r").replace("\r\n", "\n").replace("\r", "\n")
                self.assertEqual(as_shown(cell.value), expected, ascii(sent))

    def test_long_texts_are_refused_or_cut_without_a_word(self):
        long = "\U0001f600" * 20_000
        self.ingest([{"type": "message", "text": long}, {"type": "message", "text": "x" * 32_700}])
        first, second = (row["payload"] for row in self.rows("--fields", "payload"))
        self.assertLessEqual(units(first), MOST_UNITS)
        self.assertGreater(units(first), MOST_UNITS - 100)
        self.assertRegex(first, "\u2026\\[sha256:[0-9a-f]{64}\\]$")
        self.assertNotIn("sha256", second)

    def test_integers_lose_digits(self):
        self.ingest([{"type": "llm.call", "tokens_in": 2**53 + 1, "tokens_out": 2**53}])
        row = self.rows("--fields", "tokens_in,tokens_out")[0]
        self.assertEqual((row["tokens_in"], row["tokens_out"]), (str(2**53 + 1), 2**53))

    def test_two_runs_differ(self):
        self.ingest([REFERENCE])
        made = []
        for _ in range(2):
            command = ["export", "--xlsx", "-l", self.ledger, "-o", self.file, "--force"]
            self.run_ok(*command, env=environment(SOURCE_DATE_EPOCH="1790841600"))
            made.append(self.file.read_bytes())
        self.assertEqual(made[0], made[1])
        core = zipfile.ZipFile(self.file).read("docProps/core.xml").decode()
        self.assertIn("2026-10-01T08:00:00Z", core)

    def test_a_full_disk_leaves_a_workbook(self):
        """At whatever moment: the library says nothing of most of them."""
        self.ingest([{"type": "message", "text": os.urandom(300).hex()} for _ in range(2000)])
        command = [AUDIT, "export", "--xlsx", "-l", self.ledger, "-o", self.file, "--fields", "seq,hash,payload"]
        whole = 0
        for blocks in (0, 1, 4, 64, 512, 1024, 1200, 1500, 1900, 1950, 2000, 2050, 2100, 4000):
            result = subprocess.run(
                ["bash", "-c", f'ulimit -f {blocks}; trap "" XFSZ; exec "$@"', "-", *map(str, command)],
                capture_output=True, check=False, env=environment(),
            )  # fmt: skip
            if result.returncode == 0:
                rows = self.openpyxl.load_workbook(self.file)["Entries"].max_row
                self.assertEqual(rows, 2001, blocks)
                self.file.unlink()
                whole += 1
            else:
                self.assertEqual(result.returncode, 74, (blocks, result.stderr))
            self.assertEqual([f.name for f in self.folder.glob("*xlsx*")], [], blocks)
        self.assertGreater(whole, 0)

    def test_an_existing_file_is_replaced(self):
        self.ingest([REFERENCE])
        self.file.write_text("mine")
        result = run("export", "--xlsx", "-l", self.ledger, "-o", self.file)
        self.assertEqual(result.returncode, 73, told(result))
        self.assertEqual(self.file.read_text(), "mine")

    def test_the_redacted_view_shows_content(self):
        self.ingest([{"type": "decision", "reason": "hunter2"}])
        self.assertIn("hunter2", str(self.rows("--fields", "reason")))
        self.assertNotIn("hunter2", str(self.rows("--view", "redacted")))


if __name__ == "__main__":
    unittest.main()
