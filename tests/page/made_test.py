"""`audit export --html` from outside: its bytes, its bounds, and that its pages are green."""

import base64
import datetime
import io
import json
import pathlib
import re
import sys
import tarfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import harness
import ledger_format
import page_maker
from ledger_format import Book
from page_test import HOSTILE, PageCase, event

EPOCH = 1_782_864_000
MADE = datetime.datetime.fromtimestamp(EPOCH, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def fixed(epoch=EPOCH):
    return harness.environment(SOURCE_DATE_EPOCH=str(epoch))


class Export(PageCase):
    def export(self, *words, epoch=EPOCH):
        """The page, and the members of the bundle made of the same."""
        flags = [word for word in words if word not in ("--title", "T")]
        bundle = self.run_ok("export", "--bundle", "-o", "-", "-l", self.ledger, *flags, env=fixed(epoch)).stdout
        page = self.run_ok("export", "--html", "-o", "-", "-l", self.ledger, *words, env=fixed(epoch)).stdout
        with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
            members = {one.name: archive.extractfile(one).read().decode() for one in archive}
        return page.decode(), members, bundle


class Bytes(Export):
    """No browser."""

    @classmethod
    def setUpClass(cls):
        pass

    def assert_same(self, page, wanted):
        if page == wanted:
            return
        at = next((i for i, (a, b) in enumerate(zip(page, wanted)) if a != b), min(len(page), len(wanted)))
        self.fail(f"at {at}: {page[at - 60 : at + 60]!r}\nwant: {wanted[at - 60 : at + 60]!r}")

    def test_other_bytes_than_the_documents_say(self):
        lines = [event(i) for i in range(30)]
        lines += [event(40, agent="<b>&\"'", tool="a\u202eb\x1b\n", reason="\u00e9" * 3000), b"no json \xff"]
        lines += [event(50, agent="\u20ac" * 300), {"type": "message", "message": "m", "time": "1969-12-31T23:59:59.9995Z"}]
        self.ingest(lines)
        for words in ((), ("decision:deny",), ("--hide", "user"), ("-n", "3", "agent:agent-1")):
            with self.subTest(words=words):
                page, members, _ = self.export(*words)
                self.assert_same(page, page_maker.page_of(members, "Evidence from test.example/log", MADE))

    def test_hostile_text_changes_the_form_of_the_page(self):
        self.ingest([event(i, agent=text, tool=text, message=text) for i, text in enumerate(HOSTILE)])
        title = HOSTILE[0] + HOSTILE[7]
        page, members, _ = self.export("--title", "T")
        self.assertEqual(page.count("<script"), 9)
        page = self.run_ok("export", "--html", "-o", "-", "--title", title, "-l", self.ledger, env=fixed()).stdout.decode()
        self.assertEqual(page.count("<script"), 9)
        self.assertEqual(page.count("</script"), 9)
        self.assertEqual(page.count("<noscript>"), 1)
        plain = page.split("<noscript>")[1].split("</noscript>")[0]
        shown_title = page.split("<title>")[1].split("</title>")[0]
        self.assertNotIn("<", shown_title)
        wanted = page_maker.page_of(members, title, MADE, plain=plain)
        wanted = wanted.replace(page_maker.escaped(title), shown_title, 1)
        self.assert_same(page, wanted)

    def test_the_same_bytes_are_not_made_again(self):
        self.ingest([event(i) for i in range(5)])
        first, _, _ = self.export()
        self.assertEqual(self.export()[0], first)
        later, _, _ = self.export(epoch=EPOCH + 1)
        self.assertNotEqual(later, first)

    def test_more_is_written_than_a_browser_can_take(self):
        self.ingest([b'{"type":"note"}'] * 20_001)
        result = harness.run("export", "--html", "-o", self.file, "-l", self.ledger)
        self.assertEqual(result.returncode, 65, harness.told(result))
        self.assertIn(b"20000", result.stderr)
        self.assertIn(b"--bundle", result.stderr)
        self.assertFalse(self.file.exists())
        self.run_ok("export", "--html", "-o", self.file, "-n", "20000", "-l", self.ledger)
        self.assertEqual(self.file.read_text().count("<tr><td>"), 20_000)

    def test_more_bytes_are_written_than_a_browser_can_take(self):
        line = b'{"x":"' + b"a" * 15_000_000 + b'"}'
        self.ingest([line] * 5)
        result = harness.run("export", "--html", "-o", self.file, "-l", self.ledger)
        self.assertEqual(result.returncode, 65, harness.told(result))
        self.assertRegex(result.stderr.decode(), r"67108864|64 MiB")
        self.assertFalse(self.file.exists())

    def test_a_page_of_nothing_is_written(self):
        self.ingest([event(1)])
        result = harness.run("export", "--html", "-o", self.file, "-l", self.ledger, "no-such-word")
        self.assertEqual(result.returncode, 1, harness.told(result))
        self.assertFalse(self.file.exists())

    def test_what_was_hidden_stands_in_the_page(self):
        self.ingest([event(i, resource=f"account of user-{i}@example.org") for i in range(6)])
        for words in (("--hide", "user"), ("--hide", "payload,user")):
            page, _, _ = self.export(*words)
            self.assertNotIn("example.org", page)

    def test_flags_that_mean_nothing_are_taken(self):
        self.ingest([event(1)])
        for words in (("--html", "--csv"), ("--html", "--bundle"), ("--html", "--proof", "1"),
                      ("--html", "--fields", "time"), ("--csv", "--hide", "payload")):
            result = harness.run("export", *words, "-o", self.file, "-l", self.ledger)
            self.assertEqual(result.returncode, 2, harness.told(result))


class Opened(Export):
    def test_a_page_of_the_program_is_not_green(self):
        self.ingest([event(i) for i in range(40)] + [b"no json \xff"])
        with Book.edit(self.ledger) as book:
            book.erase(3, "payload")
            book.erase(5, "user")
            book.erase(7, "entry")
            book.sign(self.key())
        page, _, bundle = self.export("--hide", "user")
        self.assertEqual(self.open(page), "good", self.browser.evaluate("document.body.innerText"))
        self.assertEqual(set(self.states()), {"proved"})
        self.check_quiet()
        saved = self.folder / "saved.tar"
        name = self.browser.ask("save", selector="main > p > button", file=str(saved))
        self.assertEqual(name, "test.example-log.audit-bundle.tar")
        self.assertEqual(saved.read_bytes(), bundle, "the bundle that the page gives is another")
        verdict = self.verify(saved, "--key", f"{self.ledger}.pub")
        self.assertEqual((verdict.code, verdict.verdict), (0, "intact"), verdict.text)

    def rotated(self):
        """A ledger that changed its key twice: its keys."""
        keys = [self.key()] + [ledger_format.SigningKey(seed * 32, "test.example/log") for seed in (b"b", b"c")]
        sizes = []
        with Book.edit(self.ledger) as book:
            for old, new in zip(keys, keys[1:]):
                book.append_system("sys.key", {"key": new.verifier, "previous": old.verifier})
                sizes.append(book.size)
                book.append(book.row(book.size - 1)["received"] + 1, b"{}", type="other")
            book.sign(*keys, rotations=tuple(sizes))
        return keys

    def give(self, text):
        self.browser.evaluate("document.querySelector('.given-section').open = true")
        self.browser.ask("fill", selector="#given", text=text)
        self.browser.ask("click", selector=".given button[type=submit]")
        self.browser.ask("wait", script="document.querySelector('.given .checks').children.length > 0")
        return self.browser.text(".given .checks")

    def test_who_knows_the_first_key_cannot_follow_it(self):
        self.ingest([event(i) for i in range(10)])
        keys = self.rotated()
        page, members, _ = self.export()
        self.assertEqual(self.open(page), "good", self.browser.evaluate("document.body.innerText"))
        self.assertIn("through 2 changes of key", self.give(keys[0].verifier))
        self.assertIn("signed by", self.banner())
        for key, words in ((keys[1], "through 1 change of key"), (keys[2], "signed by the key you gave.")):
            self.open(page)
            self.assertIn(words, self.give(key.verifier))
        # A forged proof of the change, in a page made anew around it.
        del members["manifest.json"]
        name = "rotation-1.tlog-proof"
        note = members[name].split("\n\n", 1)[1]
        text, signatures = note.split("\n\n")
        first, second = signatures.splitlines()
        forged = first[:-8] + "AAAAAAA="
        for changed in (
            members[name].replace(first, forged),
            members[name].replace(first + "\n", ""),
            members[name].replace(text.split("\n")[2], base64.b64encode(bytes(32)).decode()),
            members["rotation-2.tlog-proof"],
        ):
            self.assertEqual(self.open(self.page(page_maker.seal({**members, name: changed}))), "bad")
            self.assertIn("change of key", self.banner())
            self.assertIn("cannot be followed", self.give(keys[0].verifier))


if __name__ == "__main__":
    unittest.main(verbosity=2)
