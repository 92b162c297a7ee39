"""The recipes for CI systems do what they say: their shell steps are taken out and run.

Green on a good ledger, with a head and without; red on all others, with the head left as it was.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import harness

RECIPES = harness.ROOT / "scripts" / "ci"


def block(recipe, mark):
    """The literal block (`|`) whose line ends with `mark`, without what it is indented by."""
    lines = (RECIPES / recipe).read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if line.endswith(mark) and not line.lstrip().startswith("#")]
    if len(starts) != 1:
        raise RuntimeError(f"{recipe}: {len(starts)} blocks begin with {mark!r}, want one")
    body = lines[starts[0] + 1 :]
    indent = len(body[0]) - len(body[0].lstrip())
    end = next((i for i, line in enumerate(body) if line.strip() and not line.startswith(" " * indent)), len(body))
    return "\n".join(line[indent:] for line in body[:end]) + "\n"


class Recipe:
    """One step, in a folder of its own as a run of a CI system has it."""

    def __init__(self, recipe, mark, shell):
        self.text, self.shell = block(recipe, mark), shell

    def run(self, folder, ledger, key, **more):
        tools = folder / "bin"
        tools.mkdir(exist_ok=True)
        if not (tools / "audit").exists():
            (tools / "audit").symlink_to(pathlib.Path(harness.AUDIT).resolve())
        env = harness.environment(LEDGER=str(ledger), AUDIT_KEY=key, AUDIT_STATE=str(folder / "state"), **more)
        env["PATH"] = f"{tools}{os.pathsep}{env['PATH']}"
        return subprocess.run([*self.shell, "-c", self.text], cwd=folder, env=env, capture_output=True,
                              timeout=harness.SECONDS, check=False)


class RecipeTests:
    """What every recipe must do."""

    recipe = None

    def setUp(self):
        super().setUp()
        self.init()
        self.ingest([{"type": "note", "text": f"entry {i}"} for i in range(20)])
        self.public = pathlib.Path(f"{self.ledger}.pub").read_text().strip()
        self.head = self.folder / "kept.checkpoint"

    def step(self, code, **more):
        result = self.recipe.run(self.folder, self.ledger, more.pop("key", self.public), **more)
        self.assertEqual(result.returncode, code, harness.told(result))
        return result.stdout.decode()

    def red(self, code, **more):
        """Red, and what was kept stays."""
        before = self.head.read_bytes() if self.head.exists() else None
        said = self.step(code, **more)
        self.assertEqual(self.head.read_bytes() if self.head.exists() else None, before, said)
        return said

    def reported(self):
        """How many findings the report for the CI system holds."""
        raise NotImplementedError

    def test_the_first_run_is_red_or_says_nothing_of_the_missing_head(self):
        said = self.step(0)
        self.assertIn("no head was kept yet", said)
        self.assertIn("unanchored", said)
        self.assertTrue(self.head.exists())
        self.assertEqual(self.reported(), 0)

    def test_the_second_run_does_not_hold_the_ledger_against_what_the_first_kept(self):
        self.step(0)
        before = self.head.read_bytes()
        self.ingest([{"type": "note", "text": "one more"}])
        said = self.step(0, AUDIT_HEAD_REQUIRED="yes")
        self.assertNotIn("unanchored", said)
        self.assertNotEqual(self.head.read_bytes(), before, "the new head was not kept")
        self.step(0, AUDIT_HEAD_REQUIRED="yes")

    def test_a_tampered_ledger_is_green(self):
        self.step(0)
        data = bytearray(self.ledger.read_bytes())
        data[data.index(b"entry 7")] ^= 1
        self.ledger.write_bytes(data)
        self.assertIn("tampered", self.red(1))
        self.assertGreater(self.reported(), 0)

    def test_a_ledger_that_went_back_is_green(self):
        old = self.folder / "old"
        shutil.copy(self.ledger, old)
        self.ingest([{"type": "note", "text": "to be forgotten"}])
        self.step(0)
        shutil.copy(old, self.ledger)
        self.assertIn("rolled-back", self.red(1))
        self.assertGreater(self.reported(), 0)

    def test_another_history_is_green(self):
        other = self.folder / "other"
        for suffix in ("", ".key"):
            shutil.copy(f"{self.ledger}{suffix}", f"{other}{suffix}")
        self.ingest([{"type": "note", "text": "what happened"}])
        self.step(0)
        self.ingest([{"type": "note", "text": "what did not"} for _ in range(3)], ledger=other)
        self.ledger = other
        self.assertIn("forked", self.red(1))

    def test_a_ledger_of_another_key_is_green(self):
        self.step(0)
        for suffix in ("", ".key", ".pub", ".index"):
            pathlib.Path(f"{self.ledger}{suffix}").unlink()
        self.init()
        self.ingest([{"type": "note"} for _ in range(30)])
        self.red(1)
        self.head.unlink()
        self.red(1)

    def test_what_is_not_there_is_green(self):
        self.step(0)
        self.ledger.unlink()
        self.red(66)
        self.ledger.write_bytes(b"")
        self.red(65)

    def test_a_head_that_got_lost_is_green_although_one_is_demanded(self):
        self.step(0)
        self.head.unlink()
        self.red(66, AUDIT_HEAD_REQUIRED="yes")

    def test_a_key_that_is_not_set_is_green(self):
        self.assertIn("set the variable AUDIT_KEY", self.red(2, key=""))

    def test_a_key_with_a_blank_behind_it_is_red(self):
        self.step(0, key=self.public + " ")

    def test_less_than_is_demanded_is_green(self):
        self.step(0)
        before = self.head.read_bytes()
        other = self.folder / "other.ledger"
        self.init(other)
        self.ingest([{"type": "note", "text": "elsewhere"}] * 20, ledger=other)
        self.ingest([{"type": "note", "text": "one more"}])
        # An index of another ledger: nothing is wrong with the evidence, and not all was compared.
        shutil.copy(f"{other}.index", f"{self.ledger}.index")
        self.assertIn("intact, but not complete", self.step(3))
        # The evidence is sound, so its head is kept; that the run is red keeps it out of the cache.
        self.assertNotEqual(self.head.read_bytes(), before)


class GitHubActions(RecipeTests, harness.Case):
    recipe = Recipe("github-actions.yml", "run: |", ["bash", "--noprofile", "--norc", "-eo", "pipefail"])

    def reported(self):
        log = json.loads((self.folder / "audit.sarif").read_text())
        return sum(len(run["results"]) for run in log["runs"])


class GitLab(RecipeTests, harness.Case):
    recipe = Recipe("gitlab-ci.yml", "- |", ["sh", "-e"])

    def reported(self):
        suites = xml.etree.ElementTree.parse(self.folder / "audit.xml").getroot()
        return len(list(suites.iter("failure")))


if __name__ == "__main__":
    unittest.main()
