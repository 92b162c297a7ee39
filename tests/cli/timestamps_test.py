"""Time stamps (RFC 3161): what is asked for, which answers count, and every lie about them.

The authority is one of OpenSSL's own command line, made here: `openssl ts` answers, `openssl cms` signs what that would
not.
"""

import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import harness

OPENSSL = shutil.which("openssl")
STAMPING = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
CONFIG = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
{extensions}
[req]
distinguished_name = name
string_mask = utf8only
utf8 = yes
[name]
[tsa]
default_tsa = one
[one]
serial = {folder}/tsa.serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
{certs}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ordering = yes
tsa_name = yes
ess_cert_id_chain = {chain}
ess_cert_id_alg = sha256
"""


def openssl(*words, stdin=None):
    done = subprocess.run([OPENSSL, *map(str, words)], input=stdin, capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"openssl {words}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def der(tag, content):
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


class Authority:
    """A root, and a certificate for time stamps that it issued."""

    def __init__(self, folder, name="CN=Local Stamps", chain="no"):
        folder.mkdir()
        self.folder = folder
        self.chain = chain
        self.root = folder / "ca.pem"
        (folder / "index.txt").touch()
        (folder / "tsa.serial").write_text("01\n")
        self.configure()
        self.request("ca", "CN=Local Root", "-x509", "-days", "3650")
        self.issue("tsa", name)

    def configure(self, extensions=STAMPING):
        certs = f"certs = {self.folder}/ca.pem" if self.chain == "yes" else ""
        self.config = self.folder / "openssl.cnf"
        self.config.write_text(CONFIG.format(folder=self.folder, extensions=extensions, chain=self.chain, certs=certs))

    def request(self, name, subject, *more):
        out = self.folder / (f"{name}.pem" if "-x509" in more else f"{name}.csr")
        openssl(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8"),
            *("-config", self.config, "-subj", f"/{subject}", "-keyout", self.folder / f"{name}.key", "-out", out),
            *more,
        )

    def issue(self, name, subject, extensions=STAMPING, dates=("20200101000000Z", "20451231000000Z")):
        self.request(name, subject)
        self.configure(extensions)
        openssl(
            *("ca", "-batch", "-notext", "-utf8", "-config", self.config, "-cert", self.root),
            *("-keyfile", self.folder / "ca.key", "-startdate", dates[0], "-enddate", dates[1]),
            *("-in", self.folder / f"{name}.csr", "-out", self.folder / f"{name}.pem"),
        )

    def answer(self, query, answer):
        openssl("ts", "-reply", "-config", self.config, "-queryfile", query, "-out", answer)

    def sign(self, info, answer, signer="tsa", digest="sha256"):
        """An answer with this TSTInfo, whatever the certificate is for."""
        token = openssl(
            *("cms", "-sign", "-binary", "-nodetach", "-cades", "-md", digest, "-outform", "DER"),
            *("-econtent_type", "1.2.840.113549.1.9.16.1.4", "-signer", self.folder / f"{signer}.pem"),
            *("-inkey", self.folder / f"{signer}.key"),
            stdin=info,
        )
        answer.write_bytes(der(0x30, der(0x30, b"\x02\x01\x00") + token))


def info_of(answer):
    """The TSTInfo of an answer."""
    token = openssl("ts", "-reply", "-in", answer, "-token_out")
    return openssl("cms", "-verify", "-noverify", "-inform", "DER", "-binary", stdin=token)


class TimeStamps(harness.Case):
    def setUp(self):
        super().setUp()
        if OPENSSL is None:
            harness.skip_loudly("there is no program openssl")
        self.authority = Authority(self.folder / "tsa")
        self.init()
        self.ingest([{"type": "tool.call", "text": f"line {i}"} for i in range(5)])
        self.head = self.folder / "head.checkpoint"
        self.query = self.folder / "head.tsq"
        self.answer = self.folder / "head.checkpoint.tsr"

    def ask(self):
        """Keeps the head, and has it stamped."""
        self.run_ok("verify", self.ledger, "--save", self.head, "--timestamp-request", self.query)
        self.authority.answer(self.query, self.answer)

    def stamped(self, *words, answer=None, ca=None, of=None):
        return self.verify(
            of, "--timestamp", answer or self.answer, "--timestamp-ca", ca or self.authority.root, *words
        )

    def assert_unusable(self, verdict, why):
        self.assertEqual((verdict.code, verdict.verdict), (65, "unverifiable"), verdict.text)
        self.assertRegex(verdict.limits, why)
        self.assertNotIn("time_stamps", verdict.report)
        self.assertFalse(verdict.findings, verdict.text)

    def assert_stamped(self, verdict, size=6):
        self.assertEqual((verdict.code, verdict.verdict), (0, "intact"), verdict.text)
        [stamp] = verdict.report["time_stamps"]
        self.assertEqual(stamp["size"], size)
        return stamp

    def test_the_query_is_of_something_else_than_the_head(self):
        self.ask()
        text = openssl("ts", "-query", "-in", self.query, "-text").decode()
        digest = "".join(re.findall(r"\b[0-9a-f]{2}\b", " ".join(re.findall(r"    00\d0 - (.{47})", text))))
        self.assertEqual(digest, hashlib.sha256(self.head.read_bytes()).hexdigest(), text)
        self.assertIn("Hash Algorithm: sha256", text)
        self.assertIn("Certificate required: yes", text)
        self.assertRegex(text, r"Nonce: 0x[0-9A-F]{16}\n")

    def test_two_queries_have_the_same_nonce(self):
        nonces = set()
        for i in range(20):
            query = self.folder / f"{i}.tsq"
            self.run_ok("verify", self.ledger, "--save", self.head, "--timestamp-request", query)
            nonces.add(query.read_bytes()[-11:-3])
        self.assertEqual(len(nonces), 20)

    def test_a_query_is_written_without_keeping_what_is_stamped(self):
        result = harness.run("verify", self.ledger, "--timestamp-request", self.query)
        self.assertEqual(result.returncode, 2, harness.told(result))
        self.assertFalse(self.query.exists())

    def test_a_query_replaces_a_file_or_is_of_what_is_not_intact(self):
        self.query.write_text("something dear")
        result = harness.run("verify", self.ledger, "--save", self.head, "--timestamp-request", self.query)
        self.assertEqual(result.returncode, 73, harness.told(result))
        self.assertEqual(self.query.read_text(), "something dear")
        self.assertFalse(self.head.exists())
        self.query.unlink()
        data = bytearray(self.ledger.read_bytes())
        data[data.index(b"line 3")] ^= 1
        self.ledger.write_bytes(data)
        result = harness.run("verify", self.ledger, "--save", self.head, "--timestamp-request", self.query)
        self.assertEqual(result.returncode, 1, harness.told(result))
        self.assertFalse(self.query.exists())

    def test_an_answer_says_less_or_more_than_it_does(self):
        self.ask()
        stamp = self.assert_stamped(self.stamped())
        said = openssl("ts", "-reply", "-in", self.answer, "-text").decode()
        [when] = re.findall(r"Time stamp: \w+ +\d+ ([\d:]{8}) ", said)
        self.assertEqual(stamp["time"][11:19], when)
        self.assertEqual(stamp["authority"], "CN=Local Stamps")
        self.assertIs(stamp["trusted"], True)
        text = self.run_ok(
            "verify", self.ledger, "--timestamp", self.answer, "--timestamp-ca", self.authority.root
        ).stdout.decode()
        self.assertIn(f"time-stamped {stamp['time']} at 6 entries", text.splitlines()[0])
        self.assertRegex(text, f"pass +time stamp +the head of 6 entries was time-stamped {stamp['time']} by CN=Local")
        self.assertIn("revoked was not checked", " ".join(text.split()))

    def test_without_an_authority_that_is_trusted_the_stamp_is_believed(self):
        self.ask()
        verdict = self.verify(None, "--timestamp", self.answer)
        stamp = self.assert_stamped(verdict)
        self.assertIs(stamp["trusted"], False)
        self.assertIn("Who time-stamped is self-declared", verdict.limits)
        said = self.run_ok("verify", "-q", self.ledger, "--timestamp", self.answer).stdout.decode()
        self.assertRegex(said, "time-stamped .* by a self-declared authority")

    def test_the_certificates_of_the_chain_are_named_in_the_signature(self):
        self.authority.chain = "yes"
        self.authority.configure()
        self.ask()
        self.assert_stamped(self.stamped())
        self.assert_stamped(self.verify(None, "--timestamp", self.answer))

    def test_a_stamp_of_a_former_head_is_lost_or_counts_for_what_came_later(self):
        self.ask()
        self.ingest([{"type": "tool.call", "text": "later"}])
        self.assert_unusable(self.stamped(), "something else: neither the head .* --known")
        verdict = self.stamped("--known", self.head)
        self.assert_stamped(verdict, 6)
        self.assertIn("No time stamp covers the entries from 6 on", verdict.limits)

    def test_a_checkpoint_that_the_ledger_keeps_must_be_given_too(self):
        self.run_ok("init", self.ledger, "--rotate-key")
        self.ask()
        size = json.loads(self.run_ok("verify", "--json", self.ledger).stdout)["size"]
        self.assertEqual(self.head.read_text().count("\u2014 "), 2)
        self.ingest([{"type": "tool.call", "text": "later"}])
        self.assert_stamped(self.stamped(), size)

    def test_a_cosignature_that_comes_later_breaks_the_stamp(self):
        self.ask()
        before = self.head.read_bytes()
        self.run_ok(
            *("verify", self.ledger, "--save", self.head, "--cosign", self.folder / "w.key"),
            *("--witness", "example.com/w"),
        )
        self.assertGreater(len(self.head.read_bytes()), len(before))
        self.ingest([{"type": "tool.call", "text": "later"}])
        self.assert_stamped(self.stamped("--known", self.head))

    def test_a_bundle_or_a_proof_is_not_held_against_the_stamp_of_its_head(self):
        self.ask()
        bundle, proof = self.folder / "x.bundle", self.folder / "x.tlog-proof"
        self.run_ok("export", "-l", self.ledger, "--bundle", "-o", bundle)
        self.run_ok("export", "-l", self.ledger, "--proof", "3", "-o", proof)
        for file in (bundle, proof):
            with self.subTest(file=file.name):
                self.assert_stamped(self.stamped("--key", f"{self.ledger}.pub", of=file))
        self.ingest([{"type": "tool.call", "text": "later"}])
        self.run_ok("export", "-l", self.ledger, "--bundle", "-o", bundle, "--force")
        self.assert_unusable(self.stamped("--key", f"{self.ledger}.pub", of=bundle), "not the checkpoint in this")

    def test_an_answer_about_another_file_counts(self):
        other = self.folder / "other"
        other.write_text("other\n")
        query = openssl("ts", "-query", "-data", other, "-sha256", "-cert")
        self.query.write_bytes(query)
        self.authority.answer(self.query, self.answer)
        self.assert_unusable(self.stamped(), "is a time stamp of something else")

    def test_the_stamp_of_a_note_that_the_ledgers_key_did_not_sign_counts(self):
        self.ask()
        # Who has the text, and no key yet, has it stamped with a signature that he makes up.
        note = self.head.read_text()
        forged = self.folder / "forged.checkpoint"
        head, last = note.rsplit(" ", 1)
        forged.write_text(f"{head} {last[:20]}{'B' if last[20] == 'A' else 'A'}{last[21:]}")
        self.query.write_bytes(openssl("ts", "-query", "-data", forged, "-sha256", "-cert"))
        self.authority.answer(self.query, self.answer)
        self.assert_unusable(self.stamped("--known", forged), "does not verify")

    def test_another_root_vouches_for_the_authority(self):
        self.ask()
        other = Authority(self.folder / "other")
        self.assert_unusable(self.stamped(ca=other.root), "no time stamp that counts: .*certificate")

    def test_a_file_without_a_certificate_lets_anybody_pass(self):
        self.ask()
        for text in ("", "no certificate\n"):
            empty = self.folder / "empty.pem"
            empty.write_text(text)
            self.assertEqual(self.stamped(ca=empty).code, 78, text)
        self.assertEqual(self.stamped(ca=self.folder / "none.pem").code, 66)

    def test_the_certificate_was_for_something_else_or_not_valid_then(self):
        self.ask()
        info = info_of(self.answer)
        past = ("20200101000000Z", "20210101000000Z")
        long = ("20200101000000Z", "20451231000000Z")
        others = {
            "tsa-again": (STAMPING, long, None),
            "expired": (STAMPING, past, "expired"),
            "not-yet": (STAMPING, ("20440101000000Z", "20451231000000Z"), "not yet valid"),
            "server": ("extendedKeyUsage=critical,serverAuth\n", long, "purpose"),
            "anything": ("keyUsage=digitalSignature\n", long, "purpose"),
            "two-uses": ("extendedKeyUsage=critical,timeStamping,codeSigning\n", long, "purpose"),
        }
        for name, (extensions, dates, why) in others.items():
            self.authority.issue(name, "CN=Local Stamps", extensions, dates)
            self.authority.sign(info, self.answer, name)
            for ca in ([], ["--timestamp-ca", self.authority.root]):
                with self.subTest(name=name, ca=bool(ca)):
                    verdict = self.verify(None, "--timestamp", self.answer, *ca)
                    if why is None:
                        self.assert_stamped(verdict)
                    else:
                        self.assert_unusable(verdict, f"counts: .*{why}")

    def test_a_certificate_that_has_expired_since_takes_the_stamp_away(self):
        self.ask()
        info = info_of(self.answer)
        [now] = re.findall(rb"20\d{12}Z", info)
        self.authority.issue("old", "CN=Local Stamps", STAMPING, ("20200101000000Z", "20210101000000Z"))
        # The root is younger than that: trusted is what is given, here the certificate itself.
        self.authority.sign(info.replace(now, b"20200601000000Z"), self.answer, "old")
        stamp = self.assert_stamped(self.stamped(ca=self.authority.folder / "old.pem"))
        self.assertEqual(stamp["time"], "2020-06-01T00:00:00Z")

    def test_a_weak_digest_or_a_time_that_is_none_counts(self):
        self.ask()
        info = info_of(self.answer)
        self.authority.sign(info, self.answer, digest="sha1")
        self.assert_unusable(self.stamped(), "SHA-2 or SHA-3")
        [now] = re.findall(rb"20\d{12}Z", info)
        for time in (b"19690601000000Z", b"99990601000000Z", b"20261399000000Z", b"20260601000000+"):
            self.authority.sign(info.replace(now, time), self.answer)
            with self.subTest(time=time):
                self.assert_unusable(self.stamped(), "no time stamp that counts: ")

    def test_the_name_of_the_authority_reaches_the_terminal(self):
        self.authority = Authority(self.folder / "evil", "CN=\x1b[31mevil\u202e\u00e9")
        self.ask()
        words = ("verify", self.ledger, "--timestamp", self.answer, "--timestamp-ca", self.authority.root)
        text = self.run_ok(*words).stdout.decode()
        self.assertNotIn("\x1b", text)
        self.assertNotIn("\u202e", text)
        self.assertIn("\u00e9", text)
        data = self.run_ok(*words, "--json").stdout
        self.assertNotIn(b"\x1b", data)
        json.loads(data)

    def test_what_is_no_answer_counts_or_ends_the_program(self):
        self.ask()
        data = self.answer.read_bytes()
        broken = self.folder / "broken.tsr"
        refused = openssl("ts", "-reply", "-config", self.authority.config, "-queryfile", self.refused_query())
        files = [b"", b"\0" * 70, b"\x30\x80" * 2000, b"\xff" * 65536, data + b"\0", self.query.read_bytes(), refused]
        files += [data[:i] for i in range(1, len(data), 97)]
        for i, bytes_ in enumerate(files):
            broken.write_bytes(bytes_)
            with self.subTest(i=i):
                self.assert_unusable(self.stamped(answer=broken), "no time stamp that counts")
        broken.write_bytes(b"\x30" * 65537)
        self.assertNotIn(self.stamped(answer=broken).code, (0, 70))
        self.assertEqual(self.stamped(answer=self.folder / "none").code, 66)

    def refused_query(self):
        """A query that the authority does not grant."""
        query = self.folder / "refused.tsq"
        query.write_bytes(openssl("ts", "-query", "-data", self.head, "-sha384"))
        return query

    def test_an_answer_that_was_changed_counts_or_says_something_else(self):
        self.ask()
        data = self.answer.read_bytes()
        original = self.assert_stamped(self.stamped())
        signer = openssl("x509", "-in", self.authority.folder / "tsa.pem", "-outform", "DER")
        spans = [(data.find(part), data.find(part) + len(part)) for part in (info_of(self.answer), signer)]
        self.assertTrue(all(begin > 0 for begin, _ in spans))
        accepted = []
        files = []
        for i in range(len(data)):
            for bit in (0x01, 0x80) if harness.FULL else (1 << i % 8,):
                file = self.folder / f"{i}.{bit}"
                file.write_bytes(data[:i] + bytes([data[i] ^ bit]) + data[i + 1 :])
                files.append(file)
        for begin in range(0, len(files), 500):
            words = [word for file in files[begin : begin + 500] for word in ("--timestamp", file)]
            verdict = self.verify(None, *words, "--timestamp-ca", self.authority.root)
            checks = [check for check in verdict.report["checks"] if check["name"] == "time stamp"]
            self.assertEqual(len(checks), len(words) // 2)
            for file, check in zip(files[begin:], checks):
                if check["status"] == "pass":
                    accepted.append(int(file.stem))
            for stamp in verdict.report.get("time_stamps", []):
                self.assertEqual(stamp, original)
        for i in accepted:
            self.assertFalse(any(begin <= i < end for begin, end in spans), i)
        # What no signature covers and nothing is read from: "granted with modifications", the name of the
        # signature's algorithm, the spelling of the issuer.
        self.assertLess(len(set(accepted)), 24, sorted(set(accepted)))


if __name__ == "__main__":
    unittest.main()
