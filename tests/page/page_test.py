"""Pages in a browser: what a reader sees of a good one, a changed one, a hostile one."""

import base64
import json
import pathlib
import random
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import browser
import harness
import ledger_format
import page_maker
from ledger_format import Book

HOSTILE = [
    "</script><script>document.title='owned';alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "http://127.0.0.1:9/beacon.png",
    '"><iframe srcdoc="<script>parent.alert(1)</script>">',
    "]]><![CDATA[",
    "\u202egpj.exe\u2066\u200b",
    "\x1b]0;owned\x07\x00\r\n\t",
    "=HYPERLINK(\"http://127.0.0.1:9\")",
    "\u2028\u2029\ufeff\U000e0041",
    "&lt;b&gt; &amp;lt; @TITLE@ @SCRIPT@ ${alert(1)} {{7*7}}",
    "</noscript><style>body{display:none}</style>",
    "__proto__",
    "\ufffd\uffff\U0010ffff",
]

# Everything the reader can see, with every entry opened.
SEEN = """(() => {
  document.querySelectorAll('.open[aria-expanded="false"]').forEach((button) => button.click());
  document.querySelectorAll('details').forEach((one) => { one.open = true; });
  return document.title + '\\n' + document.body.innerText;
})()"""


def event(i, **more):
    start = 1_700_000_000 + 60 * i
    return {
        "event_id": f"e{i}",
        "type": "tool.call",
        "time": f"2023-11-14T22:{i % 60:02}:20.5Z",
        "agent": f"agent-{i % 3}",
        "session": f"s-{i // 5}",
        "span": f"span-{i}",
        **({"parent": f"span-{i - 1}"} if i % 5 else {}),
        "tool": "refund",
        "duration_ms": 40 + i,
        "decision": "deny" if i % 4 == 0 else "allow",
        "user": f"user-{i}@example.org",
        "start": start,
        "message": f"refund number {i}",
        **more,
    }


class PageCase(harness.Case):
    browser = None

    @classmethod
    def setUpClass(cls):
        why = browser.install()
        if why:
            harness.skip_loudly(f"no browser here: {why}")
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        self.init()
        self.file = self.folder / "page.html"

    def size(self):
        with Book.open(self.ledger) as book:
            return book.size

    def members(self, seqs=None, **how):
        return page_maker.members_of(self.ledger, seqs or list(range(1, self.size())), **how)

    def write(self, text):
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return self.file

    def page(self, members=None, title="Evidence", **how):
        return page_maker.page_of(members or self.members(), title, **how)

    def open(self, text, **how):
        return self.browser.open(self.write(text), **how)

    def states(self):
        marks = self.browser.evaluate(
            "[...document.querySelectorAll('tbody tr:not(.details) .state')].map(one => one.innerText)"
        )
        return [mark.split()[-1] for mark in marks]

    def banner(self):
        return self.browser.text(".banner")

    def check_quiet(self):
        """It ran nothing of a stranger's, and asked for nothing."""
        seen = self.browser.ask("seen")
        self.assertEqual(seen["dialogs"], [])
        self.assertEqual(seen["pages"], 0)
        self.assertEqual(seen["errors"], [])
        self.assertEqual(seen["requests"], [f"file://{self.file}"])
        return seen


class Shown(PageCase):
    def test_a_good_page_is_not_green(self):
        self.ingest([event(i) for i in range(10)])
        self.assertEqual(self.open(self.page()), "good", self.browser.evaluate("document.body.innerText"))
        self.assertEqual(self.states(), ["proved"] * 10)
        self.assertIn("self-declared", self.banner())
        self.assertIn("Unanchored", self.banner())
        self.assertEqual(self.browser.evaluate("document.title"), "Evidence")
        seen = self.check_quiet()
        self.assertEqual(seen["console"], [])
        self.assertIn("What this page does not show", self.browser.evaluate("document.body.innerText"))

    def test_parts_of_larger_ledgers_are_not_proved(self):
        self.ingest([event(i) for i in range(300)])
        chance = random.Random(5)
        for seqs in ([1], [300], [7, 8, 255, 256, 257], sorted(chance.sample(range(1, 301), 40))):
            with self.subTest(seqs=seqs[:5]):
                self.assertEqual(self.open(self.page(self.members(seqs))), "good", self.banner())
                self.assertEqual(self.states(), ["proved"] * len(seqs))

    def test_every_field_and_kind_of_entry_is_proved_and_shown(self):
        self.ingest([event(1), b"not json \xff\xfe", b'""', event(2, reason="why", error="what")])
        with Book.edit(self.ledger) as book:
            book.append(1_700_000_000_000_000_000, None, type="other")
            book.append(1_700_000_000_000_000_001, b"", type="other", duration_us=-5)
            book.erase(1, "payload")
            book.erase(4, "entry")
            book.sign(self.key())
        self.assertEqual(self.open(self.page()), "good", self.banner())
        self.assertEqual(set(self.states()), {"proved"})
        text = self.browser.evaluate(SEEN)
        for words in ("(erased)", "erased, says the maker of this page", "There never was a payload",
                      "The payload is empty", "in base64", base64.b64encode(b"not json \xff\xfe").decode()):
            self.assertIn(words, text)

    def test_what_is_withheld_is_shown_or_unproved(self):
        self.ingest([event(i, reason="a secret cause") for i in range(6)])
        text = self.page(self.members(hide=("user", "payload")))
        self.assertNotIn("example.org", text)
        self.assertNotIn("secret cause", text)
        self.assertEqual(self.open(text), "good", self.banner())
        self.assertIn("withheld from this page", self.browser.evaluate(SEEN))

    def test_filters_show_other_entries(self):
        self.ingest([event(i) for i in range(20)] + [event(20, agent="</option>x")])
        self.open(self.page())
        shown = "document.querySelectorAll('tbody tr:not(.details)').length"
        options = self.browser.evaluate("[...document.querySelectorAll('#filter-agent option')].map(o => o.innerText)")
        self.assertEqual(options, ["all", "</option>x (1)", "agent-0 (7)", "agent-1 (7)", "agent-2 (6)"])
        self.browser.ask("select", selector="#filter-agent", value="1")
        self.assertEqual(self.browser.evaluate(shown), 7)
        self.browser.ask("select", selector="#filter-decision", value="1")
        self.assertEqual(self.browser.text(".count"), "2 of 21 entries")
        self.browser.ask("click", selector=".filters button[type=reset]")
        self.browser.ask("wait", script=f"{shown} === 21")
        self.browser.ask("fill", selector="#filter-text", text="USER-13@ Refund")
        self.browser.ask("wait", script=f"{shown} === 1")
        self.assertIn("refund", self.browser.text("tbody tr"))
        self.browser.ask("fill", selector="#filter-text", text="no such word")
        self.browser.ask("wait", script=f"{shown} === 0")

    def test_many_entries_are_cut_off(self):
        self.ingest([event(i) for i in range(700)])
        self.open(self.page())
        rows = "tbody tr:not(.details)"
        self.assertEqual(self.browser.count(rows), 300)
        self.assertIn("the first 300 are shown", self.browser.text(".count"))
        self.browser.ask("click", selector=".more button:last-child")
        self.assertEqual(self.browser.count(rows), 700)
        self.assertEqual(self.browser.text(".count"), "700 entries")

    def test_a_payload_is_not_shown_as_it_was(self):
        payload = b'{"b":1.50,"a":12345678901234567890,"b":"\\u0041  \xc3\xa9","n":[]}'
        self.ingest([payload])
        self.open(self.page())
        self.browser.ask("click", selector="tbody .open")
        pretty = self.browser.evaluate("document.querySelector('pre.payload').textContent")
        self.assertEqual(
            pretty,
            '{\n  "b": 1.50,\n  "a": 12345678901234567890,\n  "b": "\\u0041  \u00e9",\n  "n": []\n}',
        )
        self.browser.ask("click", selector="tr.details button[aria-pressed]")
        exact = self.browser.evaluate("document.querySelector('pre.payload').textContent")
        self.assertEqual(exact.encode(), payload)

    def test_a_run_is_no_timeline(self):
        self.ingest([event(i) for i in range(10)])
        self.open(self.page())
        runs = self.browser.evaluate("[...document.querySelectorAll('#run option')].map(o => o.innerText)")
        self.assertEqual(runs[1:], ["Session s-0 (5)", "Session s-1 (5)"])
        self.browser.ask("select", selector="#run", value="0")
        self.assertEqual(self.browser.count(".lane"), 3)
        self.assertEqual(self.browser.count(".step"), 5)
        self.assertGreaterEqual(self.browser.count(".links line"), 4)
        titles = self.browser.evaluate("[...document.querySelectorAll('.step')].map(one => one.title)")
        self.assertIn("+120.0 s, 42 ms".replace("120.0 s", "2.0 min"), titles)
        # By keyboard alone.
        self.browser.evaluate("document.querySelector('.step[tabindex=\"0\"]').focus()")
        for key in ("ArrowDown", "End", "Home", "ArrowDown", "Enter"):
            self.browser.ask("press", key=key)
        self.assertEqual(self.browser.count(".step[aria-pressed=true]"), 1)
        self.assertIn("refund number", self.browser.text(".panel"))
        told = "[...document.querySelectorAll('.hidden-text')].map(one => one.textContent).join()"
        self.assertIn("caused by", self.browser.evaluate(told))

    def test_the_list_cannot_be_opened_by_keyboard(self):
        self.ingest([event(1)])
        self.open(self.page())
        self.browser.evaluate("document.querySelector('tbody .open').focus()")
        self.browser.ask("press", key="Enter")
        self.assertEqual(self.browser.count("tr.details"), 1)
        self.browser.ask("press", key="Space")
        self.assertEqual(self.browser.count("tr.details"), 0)

    def test_without_scripts_there_is_nothing_to_read(self):
        self.ingest([event(1, tool="<b>x"), event(2)])
        self.open(self.page(), javaScript=False)
        text = self.browser.text("main")
        self.assertIn("Not checked", text)
        self.assertIn("nothing below was checked", text)
        self.assertIn("<b>x", text)
        self.assertEqual(self.browser.count("noscript table tbody tr"), 2)


class Hostile(PageCase):
    def hostile(self):
        lines = [event(i, tool=text, user=text, reason=text, message=text) for i, text in enumerate(HOSTILE)]
        lines += [event(100 + i, agent=text, session="s", parent=text, span=text) for i, text in enumerate(HOSTILE)]
        lines += [b'{"type":"' + b"a" * 100 + b'","message":"\\ud800 \\udfff"}', b'{"x":"' + b"A<" * 500_000 + b'"}']
        lines += [text.replace("\n", "").encode() for text in HOSTILE]
        self.ingest(lines)

    def test_text_of_agents_runs_or_loads(self):
        self.hostile()
        title = HOSTILE[0] + HOSTILE[7]
        self.assertEqual(self.open(self.page(self.members(query=HOSTILE[0]), title=title)), "good", self.banner())
        self.assertEqual(set(self.states()), {"proved"})
        dangerous = "a, img, iframe, form[action], object, embed, base, [style*=display]"
        self.assertEqual(self.browser.count(dangerous), 0)
        self.browser.ask("select", selector="#run", value="0")
        text = self.browser.evaluate(SEEN)
        self.check_quiet()
        self.assertIn("</script><script>", text)
        for hidden in "\u202e\u2066\x1b\x00\u200b\u2028":
            self.assertNotIn(hidden, text)
        self.assertIn("\\u202e", text)
        self.assertEqual(self.browser.count(dangerous), 0)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('script').length"), 9)

    def test_a_huge_field_is_drawn_at_once(self):
        self.hostile()
        self.open(self.page())
        self.browser.ask("fill", selector="#filter-text", text="a<a<a<a<")
        self.browser.ask("wait", script="document.querySelectorAll('tbody tr').length === 1")
        self.browser.ask("click", selector="tbody .open")
        self.assertLess(self.browser.evaluate("document.querySelector('pre.payload').textContent.length"), 30_000)
        self.browser.ask("click", selector="tr.details div button, tr.details pre + button")
        self.assertGreater(self.browser.evaluate("document.querySelector('pre.payload').textContent.length"), 900_000)

    def test_without_scripts_text_of_agents_is_markup(self):
        self.hostile()
        self.open(self.page(title=HOSTILE[0]), javaScript=False)
        self.assertEqual(self.browser.count("main :is(a, img, iframe, script, style)"), 0)
        self.check_quiet()


def member_region(text):
    """Where the members stand in a page: all that is evidence."""
    return text.index(b'<script type="application/json"'), text.index(b"<script>")


class Changed(PageCase):
    def setUp(self):
        super().setUp()
        self.ingest([event(i, message=f"refund <number> {i}") for i in range(6)])
        self.good = self.page(self.members([2, 3, 5])).encode()

    def near_tag(self, at):
        """Of the tags between the members some bytes mean nothing."""
        tags = re.finditer(rb"</?script[^>]*>\n?", self.good)
        return any(tag.start() <= at < tag.end() for tag in tags)

    def test_a_changed_byte_of_the_data_is_not_red(self):
        """Every byte, without a browser."""
        begin, end = member_region(self.good)
        self.write(self.good)
        bits = (1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80) if harness.FULL else (1, 0x20)
        for bit in bits:
            # Without AUDIT_FULL every ninth byte, others for each bit.
            words = (begin, end, 1, bit) if harness.FULL else (begin + bit % 9, end, 9, bit)
            command = ["node", pathlib.Path(__file__).with_name("sweep.js"), self.file, *map(str, words)]
            result = subprocess.run(command, capture_output=True, check=True, timeout=600)
            missed = [at for at in json.loads(result.stdout) if not self.near_tag(at)]
            self.assertEqual(missed, [], [self.good[at - 20 : at + 20] for at in missed[:3]])

    def test_a_browser_does_not_notice_a_changed_byte(self):
        begin, end = member_region(self.good)
        chance = random.Random(20251122)
        lines = [found.span() for found in re.finditer(rb'\{"seq":.*\n', self.good)]
        self.assertEqual(len(lines), 4, "history and three entries")
        positions = [chance.randrange(*line) for line in lines for _ in range(5)]
        positions += [chance.randrange(begin, end) for _ in range(10)]
        for at in positions:
            changed = bytearray(self.good)
            changed[at] ^= 1
            state = self.open(bytes(changed))
            if not self.near_tag(at):
                self.assertEqual(state, "bad", f"byte {at}: {self.good[at - 30 : at + 30]}")
                self.assertIn("WRONG", self.banner())

    def test_a_changed_byte_anywhere_shows_other_text_in_green(self):
        chance = random.Random(7)
        self.assertEqual(self.open(self.good), "good")
        wanted = self.browser.evaluate(SEEN)
        for at in chance.sample(range(len(self.good)), 30 if not harness.FULL else 3000):
            changed = bytearray(self.good)
            changed[at] ^= 1
            state = self.open(bytes(changed))
            if state == "good":
                self.assertEqual(self.browser.evaluate(SEEN), wanted, f"byte {at}: {self.good[at - 30 : at + 30]}")

    def test_a_changed_entry_condemns_the_others_or_is_not_named(self):
        members = self.members([2, 3, 5])
        lines = members["entries.jsonl"].split("\n")
        lines[1] = lines[1].replace("refund", "reward", 1)
        text = page_maker.page_of(page_maker.seal({**members, "entries.jsonl": "\n".join(lines)}), "x")
        self.assertEqual(self.open(text), "bad")
        self.assertEqual(self.states(), ["proved", "WRONG", "proved"])
        self.assertIn("1 of 3 entries", self.banner())
        self.browser.ask("click", selector=".banner button")
        self.browser.ask("wait", script="document.querySelectorAll('tbody tr').length === 1")
        self.assertEqual(self.states(), ["WRONG"])
        self.browser.ask("click", selector="tbody .open")
        self.assertIn("does not give the hash", self.browser.text("tr.details"))

    def change(self, name, old, new):
        members = self.members([2, 3, 5])
        del members["manifest.json"]
        self.assertIn(old, members[name])
        return page_maker.seal({**members, name: members[name].replace(old, new, 1)})

    def test_what_does_not_lead_to_the_signature_is_green(self):
        """Pages made anew around a change, as a careful forger would."""
        other = ledger_format.SigningKey(b"7" * 32, "test.example/log")
        members = self.members([2, 3, 5])
        head, (key,) = members["checkpoint"], members["keys.txt"].splitlines()
        text = head.split("\n\n")[0] + "\n"
        node = members["nodes.txt"].split()[2]
        digest = base64.b64encode(bytes(32)).decode()
        resigned = ledger_format.note(text, other)
        history = members["history.jsonl"].replace(key, other.verifier)
        cases = {
            "another root": self.change("checkpoint", text.split("\n")[2], digest),
            "another size": self.change("checkpoint", "\n7\n", "\n8\n"),
            "another origin": self.change("checkpoint", "test.example/log\n", "test.example/lox\n"),
            "another signature": self.change("checkpoint", head.split(" ")[-1], resigned.split(" ")[-1]),
            "a node": self.change("nodes.txt", node, digest),
            "no node": self.change("nodes.txt", members["nodes.txt"].splitlines()[0] + "\n", ""),
            "a node more": self.change("nodes.txt", "0 1 ", f"0 0 {digest}\n0 1 "),
            "nodes in another order": self.change(
                "nodes.txt", members["nodes.txt"], "\n".join(reversed(members["nodes.txt"].split("\n")[:-1])) + "\n"
            ),
            "another key": page_maker.seal({
                **{k: v for k, v in members.items() if k != "manifest.json"},
                "checkpoint": resigned,
                "keys.txt": other.verifier + "\n",
            }),
            "another key in the first entry": page_maker.seal({
                **{k: v for k, v in members.items() if k != "manifest.json"},
                "checkpoint": resigned,
                "keys.txt": other.verifier + "\n",
                "history.jsonl": history,
            }),
            "an entry twice": self.change("entries.jsonl", "", members["entries.jsonl"].split("\n")[0] + "\n"),
            "an entry less": self.change("entries.jsonl", members["entries.jsonl"].split("\n")[1] + "\n", ""),
            "a field": self.change("entries.jsonl", '"deny"', '"allow"'),
            "a received time": self.change("entries.jsonl", '"received":"1', '"received":"2'),
            "a lone surrogate": self.change("entries.jsonl", "refund", "ref\ud800"),
            "a name of a field": self.change("entries.jsonl", '"name":"tool"', '"name":"model"'),
        }
        for name, changed in cases.items():
            with self.subTest(name):
                self.assertEqual(self.open(page_maker.page_of(changed, "x", plain="")), "bad", self.banner())

    def test_a_manifest_that_lies_is_green(self):
        members = self.members([2, 3, 5])
        manifest = json.loads(members["manifest.json"])
        lies = {
            "query": None, "hidden": ["user"], "time": None, "entries": 4, "first": 1, "last": 6,
            "withheld": 1, "erased": 1, "size": 8, "origin": "x", "ledger": "0" * 32,
            "schema": "audit.bundle/2",
        }
        for name, value in lies.items():
            text = page_maker.json_text({**manifest, name: value}) + "\n"
            with self.subTest(name):
                self.assertEqual(self.open(self.page({**members, "manifest.json": text})), "bad")

    def test_style_script_or_plain_table_are_changed_unnoticed(self):
        for old, new, wanted in (
            (b".banner.bad", b".banner.bax", "bad"),
            (b"function rowState", b"function rowStatf", "unrun"),
            (b"<td>agent-2</td>", b"<td>agent-9</td>", "bad"),
            (b"default-src", b"default-srx", "bad"),
            (b"http-equiv", b"http-equix", "bad"),
        ):
            self.assertIn(old, self.good)
            state = self.open(self.good.replace(old, new, 1))
            self.assertEqual(state, wanted, old)
            self.assertRegex(self.banner(), "WRONG|Not checked")


    def test_something_stands_outside_of_what_was_checked(self):
        """A green page that says more than what was checked: text, elements, attributes around it."""
        fake = '<main><div class="banner good"><p>Intact. FAKE</p></div></main>'
        edits = {
            "a second main": (("<main>", "<main hidden>"), ("</body>", fake + "</body>")),
            "text before": (("<body>", "<body>FAKE"),),
            "an element before": (("<body>", "<body><p>FAKE</p>"),),
            "text between": (("</main>", "</main>FAKE"),),
            "text behind the list": (("</noscript>", "</noscript>FAKE"),),
            "behind the script": (("</body>", "<p>FAKE</p></body>"),),
            "behind the body": (("</html>", "</html><p>FAKE</p>"),),
            "a comment before the page": (("<html", "<!-- FAKE --><html"),),
            "a dialog": (("</body>", "<dialog open>FAKE</dialog></body>"),),
            "a frame": (("<body>", '<body><iframe srcdoc="FAKE"></iframe>'),),
            "an image": (("<body>", '<body><img alt="FAKE" src="data:image/svg+xml,%3Csvg/%3E">'),),
            "a shadow over main": (
                ("<main>", '<main><template shadowrootmode="closed"><p>FAKE</p></template>'),),
            "a shadow over the banner": (
                ('role="status">', 'role="status"><template shadowrootmode="closed"><p>FAKE</p></template>'),),
            "another direction": (("<body>", '<body dir="rtl">'),),
            "a colour": (("<body>", '<body bgcolor="green">'),),
            "another language": (('<html lang="en">', '<html lang="en" dir="rtl">'),),
            "a base": (("<title>", '<base href="http://127.0.0.1:9/"><title>'),),
            "a data script more": (("<script>", '<script type="application/json" id="more"></script><script>'),),
        }
        good = self.good.decode()
        for name, changes in edits.items():
            text = good
            for old, new in changes:
                self.assertIn(old, text)
                text = text.replace(old, new, 1)
            with self.subTest(name):
                state = self.open(text)
                seen = self.browser.evaluate("document.body.innerText")
                self.assertNotIn("FAKE", seen)
                if "shadow" in name:  # taken away; nothing that can be read shows that it was there
                    continue
                self.assertEqual(state, "bad", seen[:300])

    def test_a_page_that_leads_elsewhere_is_green(self):
        text = self.good.decode().replace("<title>", '<meta http-equiv="refresh" content="9;url=data:,"><title>', 1)
        self.assertEqual(self.open(text), "bad")

    def test_a_page_is_green_whose_bundle_is_none(self):
        members = self.members([2, 3, 5])
        plain = {name: text for name, text in members.items() if name != "manifest.json"}
        with Book.open(self.ledger) as book:
            mine = ledger_format.SigningKey(b"7" * 32, "test.example/log")
            rows, words = book.rows(), book.words
        first = json.loads(plain["history.jsonl"])
        created = {**json.loads(first["payload"]), "key": mine.verifier}
        forged = dict(rows[0], payload=json.dumps(created, separators=(",", ":")).encode())
        forged["hash"] = ledger_format.entry_hash(
            0, forged["received"], bytes(32), *ledger_format.row_digests(forged, words))
        line = page_maker.entry_line(forged, bytes(32), words) + "\n"
        text = plain["checkpoint"].split("\n\n")[0] + "\n"
        with_first = self.members([0, 2, 3, 5])
        cases = {
            "a member more": page_maker.seal({**plain, "more.txt": "x\n"}),
            "another order": page_maker.seal(dict(sorted(plain.items(), key=lambda one: one[0] != "checkpoint"))),
            "no README": page_maker.seal({n: t for n, t in plain.items() if n != "README.txt"}),
            "two first entries": page_maker.seal({
                **{n: t for n, t in with_first.items() if n != "manifest.json"},
                "history.jsonl": line, "keys.txt": mine.verifier + "\n",
                "checkpoint": ledger_format.note(text, mine)}),
        }
        manifest = json.loads(members["manifest.json"])
        for hidden in ("nothing", {}, None, [1]):
            cases[f"hidden is {hidden}"] = {
                **plain, "manifest.json": page_maker.json_text({**manifest, "hidden": hidden}) + "\n"}
        for name, changed in cases.items():
            with self.subTest(name):
                self.assertEqual(self.open(page_maker.page_of(changed, "x")), "bad", self.banner())

    def test_the_key_of_today_forges_what_an_earlier_one_sealed(self):
        old, new = self.key(), ledger_format.SigningKey(b"8" * 32, "test.example/log")
        with Book.edit(self.ledger) as book:
            seq = book.append_system("sys.key", {"key": new.verifier, "previous": old.verifier})
            book.append(book.row(seq)["received"] + 1, b'{"text":"later"}', type="note")
            book.sign(old, new, rotations=[seq + 1])

        def made():
            file = self.folder / "x.html"
            harness.run("export", "-q", "-l", self.ledger, "--html", "--force", "-o", file, "seq:3")
            return file.read_text()

        honest = made()
        self.assertEqual(self.open(honest), "good", self.banner())
        with Book.edit(self.ledger) as book:
            book.set(3, payload=b'{"text":"approved by the CEO"}')
            row = book.row(3)
            digests = ledger_format.row_digests(row, book.words)
            book.set(3, hash=ledger_format.entry_hash(3, row["received"], book.row(2)["hash"], *digests))
            book.plant()
            book.sign(old, new, rotations=[seq + 1])
        forged = page_maker.read_members(made())
        forged["rotation-1.tlog-proof"] = page_maker.read_members(honest)["rotation-1.tlog-proof"]
        del forged["manifest.json"]
        self.assertEqual(self.open(page_maker.page_of(page_maker.seal(forged), "x")), "bad")
        self.assertIn("not those that the key signed", self.browser.evaluate("document.body.innerText"))

    def test_an_amount_has_another_currency(self):
        self.ingest([event(9, cost=12.5, currency="EUR")])
        self.assertEqual(self.open(self.page(self.members([7]))), "good")
        self.assertIn("12.5 EUR", self.browser.evaluate(SEEN))


class Given(PageCase):
    def setUp(self):
        super().setUp()
        self.ingest([event(i) for i in range(6)])
        with Book.open(self.ledger) as book:
            self.older = book.head
        self.ingest([event(i) for i in range(6, 20)])
        self.text = self.page(self.members([3, 9]))
        self.public = pathlib.Path(f"{self.ledger}.pub").read_text()

    def give(self, text):
        """What the page says when the reader gives `text`: the class of the banner, and all words."""
        self.browser.evaluate("document.querySelector('.given-section').open = true")
        self.browser.ask("fill", selector="#given", text=text)
        self.browser.evaluate("document.querySelector('.given .checks').replaceChildren()")
        self.browser.ask("click", selector=".given button[type=submit]")
        self.browser.ask("wait", script="document.querySelector('.given .checks').children.length > 0")
        state = self.browser.evaluate("document.querySelector('.banner').className").split()[-1]
        return state, self.browser.text(".given .checks") + "\n" + self.banner()

    def test_the_key_of_the_ledger_changes_nothing(self):
        self.open(self.text)
        state, words = self.give(self.public)
        self.assertEqual(state, "good", words)
        self.assertIn("Intact: signed by the key you gave", words)
        self.assertNotIn("self-declared", words)
        self.assertIn("Unanchored", words)

    def test_another_key_is_taken(self):
        self.open(self.text)
        for key in (
            ledger_format.SigningKey(b"7" * 32, "test.example/log").verifier,
            ledger_format.SigningKey(b"7" * 32, "other.example/log").verifier,
        ):
            state, words = self.give(key)
            self.assertEqual(state, "bad", words)
            self.assertIn("contradicts", words)
        state, words = self.give("no key at all")
        self.assertEqual(state, "good")
        self.assertIn("cannot be used", words)
        self.assertIn("self-declared", words)

    def test_a_kept_checkpoint_is_compared_wrongly(self):
        with Book.open(self.ledger) as book:
            head, hashes = book.head, book.hashes()
        key = self.key()
        self.open(self.text)
        state, words = self.give(head)
        self.assertEqual(state, "good", words)
        self.assertIn("agrees with your checkpoint", words)
        self.assertNotIn("Unanchored", words)
        # The same, of which nobody who is known vouches.
        stranger = ledger_format.SigningKey(b"9" * 32, "stranger.example")
        state, words = self.give(ledger_format.note(head.split("\n\n")[0] + "\n", stranger))
        self.assertIn("anybody may have made it", words)
        self.assertIn("Unanchored", words)
        # An older one: the page has not all entries, and cannot say.
        state, words = self.give(self.older)
        self.assertEqual(state, "good", words)
        self.assertIn("only the ledger can show", words)
        self.assertIn("Unanchored", words)
        newer = ledger_format.note(ledger_format.checkpoint_text(key.name, len(hashes) + 5, bytes(32)), key)
        self.assertIn("older than your checkpoint", self.give(newer)[1])
        fork = ledger_format.note(ledger_format.checkpoint_text(key.name, len(hashes), bytes(32)), key)
        state, words = self.give(fork)
        self.assertEqual(state, "bad", words)
        self.assertIn("two histories", words)
        self.assertIn("yours is", words)
        foreign = ledger_format.SigningKey(b"8" * 32, "other.example/log")
        state, words = self.give(ledger_format.note(ledger_format.checkpoint_text(foreign.name, 5, bytes(32)), foreign))
        self.assertEqual(state, "bad")

    def test_a_page_of_all_entries_cannot_extend_an_older_checkpoint(self):
        self.open(self.page())
        state, words = self.give(self.older)
        self.assertEqual(state, "good", words)
        self.assertIn("The page extends your checkpoint", words)
        old = self.older.split("\n")
        fork = ledger_format.note(ledger_format.checkpoint_text(old[0], int(old[1]), bytes(32)), self.key())
        self.assertEqual(self.give(fork)[0], "bad")

    def test_a_witness_is_not_heard(self):
        witness = ledger_format.SigningKey(b"w" * 32, "witness.example")
        typed = b"\x04" + witness.public
        number = ledger_format.H(witness.name.encode(), b"\n", typed)[:4]
        verifier = f"{witness.name}+{number.hex()}+{base64.b64encode(typed).decode()}"
        members = self.members([3, 9])
        del members["manifest.json"]
        text = members["checkpoint"].split("\n\n")[0] + "\n"
        moment = 1_750_000_000
        signature = witness.sign(f"cosignature/v1\ntime {moment}\n{text}".encode())
        line = base64.b64encode(number + moment.to_bytes(8, "big") + signature).decode()
        members["checkpoint"] += f"\u2014 {witness.name} {line}\n"
        self.assertEqual(self.open(self.page(page_maker.seal(members))), "good")
        state, words = self.give(verifier)
        self.assertEqual(state, "good", words)
        self.assertIn("seen by the witness you named", words)
        self.assertIn("2025-06-15T15:06:40Z", words)
        self.assertEqual(self.open(self.text), "good")
        self.assertIn("has not signed", self.give(verifier)[1])

    def test_a_browser_that_cannot_check_signatures_shows_green(self):
        no_algorithm = (
            "crypto.subtle.importKey = async () => { throw new DOMException('no', 'NotSupportedError'); };"
        )
        no_subtle = "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });"
        for script, words in ((no_algorithm, "has no Ed25519"), (no_subtle, "no means to check signatures")):
            self.assertEqual(self.open(self.text, init=script), "partial")
            self.assertEqual(self.browser.count("tbody .state.partial"), 2)
            self.assertIn("could NOT be checked", self.banner())
            self.assertIn(words, self.banner())
            changed = self.text.replace('"tool","tag":148,"text":"refund"', '"tool","tag":148,"text":"reward"', 1)
            self.assertEqual(self.open(changed, init=script), "bad")


class Looks(unittest.TestCase):
    """The colours, by their numbers."""

    PAIRS = [
        (ink, ground)
        for ink in ("ink", "faint", "accent")
        for ground in ("ground", "raised")
    ] + [(kind, f"{kind}-ground") for kind in ("good", "bad", "partial")] + [
        (kind, ground) for kind in ("good", "bad", "partial") for ground in ("ground", "raised")
    ] + [("ink", f"{kind}-ground") for kind in ("good", "bad", "partial")]

    @staticmethod
    def luminance(color):
        color = "".join(c * 2 for c in color) if len(color) == 3 else color
        parts = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def test_text_is_hard_to_read(self):
        """WCAG 2.1 AA: 4.5 to 1, in the light and in the dark."""
        css = (page_maker.SOURCES / "page.css").read_text()
        light, dark = (
            dict(re.findall(r"--([\w-]+): #([0-9a-f]{3,6})", block))
            for block in re.findall(r":root \{(.*?)\}", css, re.S)[:2]
        )
        for name, colors in (("light", light), ("dark", dark)):
            for ink, ground in self.PAIRS:
                high, low = sorted((self.luminance(colors[ink]), self.luminance(colors[ground])), reverse=True)
                ratio = (high + 0.05) / (low + 0.05)
                self.assertGreaterEqual(ratio, 4.5, f"{name}: {ink} on {ground}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
