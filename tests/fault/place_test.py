"""The places a ledger may be in: a full disk, a folder that cannot be written, somebody else's hands.

Nothing here may crash, hang, write where it must not, or say a word that is not so. AUDIT_DISKS=1000 in
the environment fills the disk that often, otherwise 10 times, with AUDIT_FULL=1 100 times.
"""

import grp
import os
import pathlib
import random
import shutil
import socket
import sqlite3
import stat
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import harness
from ledger_format import Book

READERS = (["verify", "{}"], ["search", "-l", "{}"], ["export", "--raw", "-l", "{}"])
LEDGER_ID = 0x61756474
NOBODY = 65534
SOON = 20
DISKS = int(os.environ.get("AUDIT_DISKS") or (100 if harness.FULL else 10))
SEED = 20261122


def contents(folder):
    """What is in a folder, byte for byte."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.is_symlink()
    }


class FullDisk(harness.Case):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", self.disk]
        mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False)
        if not mounted or mounted.returncode != 0:
            harness.skip_loudly("a full disk needs root and mount(8)")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        self.ledger = self.disk / "x.ledger"

    def fill(self, leave=0):
        """Takes all room but `leave` bytes; returns the file to remove again."""
        ballast = self.disk / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
            file.truncate(max(0, file.tell() - leave))
        return ballast

    def test_ingest_into_a_full_disk_says_success_or_loses_something(self):
        self.init()
        self.ingest([{"type": "first"}])
        lines = [b'{"type":"note","text":"%d %s"}' % (i, os.urandom(1000).hex().encode()) for i in range(3000)]
        result = harness.run(
            "ingest", "-q", "-l", self.ledger, "--tee", "--batch", "50", stdin=harness.as_lines(lines)
        )
        self.assertEqual(result.returncode, 74, harness.told(result))
        acknowledged = result.stdout.splitlines()
        self.assertGreater(len(acknowledged), 50)
        self.assertLess(len(acknowledged), len(lines))

        # While it is full: whoever can look sees a whole ledger, nobody sees tampering.
        for words in READERS:
            result = harness.run(*(word.format(self.ledger) for word in words))
            self.assertIn(result.returncode, {0, 74}, harness.told(result))

        keep = self.folder / "kept"  # room again: everything is moved to another disk
        shutil.copytree(self.disk, keep)
        ledger = keep / "x.ledger"
        self.assert_intact(ledger)
        self.run_ok("ingest", "-q", "-l", ledger, "-", stdin=b'{"type":"after"}\n')
        stored = self.payloads(ledger)
        self.assertEqual(stored[0], b'{"type":"first"}')
        self.assertEqual(stored[-1], b'{"type":"after"}')
        self.assertEqual(stored[1:-1], lines[: len(stored) - 2])
        self.assertGreaterEqual(len(stored) - 2, len(acknowledged), "acknowledged, and lost")
        self.assert_intact(ledger)

    def test_a_disk_that_is_full_at_any_moment_loses_something_or_looks_like_tampering(self):
        chance = random.Random(SEED)
        full, number = 0, -1
        while full < DISKS:
            number += 1
            self.assertLess(number, 4 * DISKS, "hardly any disk was full: leave less room")
            for file in self.disk.iterdir():
                file.unlink()
            self.init()
            first = [b'{"event_id":"f%d","type":"first"}' % i for i in range(chance.randrange(1, 40))]
            self.ingest(first)
            lines = [b'{"event_id":"n%d","type":"note","text":"%d %s"}'
                     % (i, i, os.urandom(chance.randrange(900)).hex().encode()) for i in range(300)]
            room = chance.randrange(4096, 1 << 20)
            ballast = self.fill(leave=room)
            result = harness.run("ingest", "-q", "-l", self.ledger, "--tee", "--batch",
                                 str(chance.choice([1, 7, 64, 4096])), "-", stdin=harness.as_lines(lines))
            with self.subTest(number=number, room=room, seed=SEED):
                self.assertIn(result.returncode, {0, 74}, harness.told(result))
                full += result.returncode == 74
                acknowledged = result.stdout[: result.stdout.rfind(b"\n") + 1].splitlines()
                self.assertEqual(acknowledged, lines[: len(acknowledged)])
                if number % 2:  # whoever looks while it is full sees no tampering
                    looked = harness.run("verify", "--json", self.ledger)
                    self.assertIn(looked.returncode, {0, 74}, harness.told(looked))
                ballast.unlink()
                self.assert_intact()
                stored = self.payloads()
                self.assertEqual(stored[: len(first)], first, "what was there before has changed")
                self.assertEqual(stored[len(first):], lines[: len(stored) - len(first)])
                self.assertGreaterEqual(len(stored) - len(first), len(acknowledged), "acknowledged, and lost")
        print(f"{full} of {number + 1} disks were full before the end")

    def test_the_ledger_does_not_recover_when_there_is_room_again(self):
        self.init()
        lines = [b'{"type":"note","text":"%d %s"}' % (i, b"z" * 2000) for i in range(500)]
        self.ingest(lines[:100])
        ballast = self.fill(leave=64 * 1024)
        result = harness.run("ingest", "-q", "-l", self.ledger, "-", stdin=harness.as_lines(lines[100:]))
        self.assertEqual(result.returncode, 74, harness.told(result))
        ballast.unlink()
        self.assert_intact()
        there = len(self.payloads())
        self.assertGreaterEqual(there, 100)
        self.ingest(lines[there:])
        self.assertEqual(self.payloads(), lines)
        self.assert_intact()

    def test_init_on_a_full_disk_leaves_something_that_looks_like_a_ledger(self):
        for room in (0, 4096, 20_000, 60_000, 100_000):
            with self.subTest(room=room):
                ballast = self.fill(leave=room)
                result = harness.run("init", self.ledger)
                self.assertEqual(result.returncode, 74, harness.told(result))
                self.assertEqual(os.listdir(self.disk), ["ballast"])
                ballast.unlink()


class OtherPeople(harness.Case):
    """As a user who may read the ledger and nothing else."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            harness.skip_loudly("to be somebody else needs root and setpriv(1)")
        self.folder.chmod(0o755)
        self.place = self.folder / "place"
        self.place.mkdir()
        self.ledger = self.place / "x.ledger"
        # The build folder may be closed to others.
        self.program = self.folder / "audit"
        shutil.copy(harness.AUDIT, self.program)
        self.program.chmod(0o755)
        home = self.folder / "home"
        home.mkdir()
        os.chown(home, NOBODY, NOBODY)
        self.home = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}

    def run_as_nobody(self, *words, stdin=None, group=None):
        groups = "--clear-groups" if group is None else f"--groups={group}"
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", groups, self.program]
        return subprocess.run(
            [*map(str, command), *map(str, words)],
            input=stdin, capture_output=True, timeout=harness.SECONDS, check=False, cwd="/",
            env=harness.environment(**self.home),
        )

    def fill_and_close(self):
        self.init()
        self.ingest([{"type": "note", "text": f"word{i}"} for i in range(400)])
        self.close_folder()

    def close_folder(self):
        for file in self.place.iterdir():
            if not file.name.endswith(".key"):
                file.chmod(0o444)
        self.place.chmod(0o555)

    def assert_only_readable(self, count):
        before = contents(self.place)
        verdict = harness.Verdict(self.run_as_nobody("verify", "--json", self.ledger))
        self.assertEqual((verdict.code, verdict.verdict), (0, "intact"), verdict.text)
        self.assertEqual(verdict.report["size"], count + 1)
        found = self.run_as_nobody("search", "-l", self.ledger, "--count", "type:note")
        self.assertEqual((found.returncode, found.stdout.split()), (0, [b"%d" % count]), harness.told(found))
        raw = self.run_as_nobody("export", "--raw", "-l", self.ledger)
        self.assertEqual(len(raw.stdout.splitlines()), count, harness.told(raw))
        added = self.run_as_nobody("ingest", "-l", self.ledger, "-", stdin=b'{"type":"note"}\n')
        self.assertEqual(added.returncode, 77, harness.told(added))
        made = self.run_as_nobody("init", self.place / "y.ledger")
        self.assertEqual(made.returncode, 77, harness.told(made))
        self.assertEqual(contents(self.place), before, "somebody wrote beside a ledger that is not theirs")

    def test_a_ledger_in_a_folder_that_cannot_be_written_is_not_read(self):
        self.fill_and_close()
        self.assert_only_readable(400)

    def test_what_a_crash_left_in_the_log_is_not_seen(self):
        self.init()
        lines = [{"type": "note", "text": f"word{i}"} for i in range(400)]
        self.ingest(lines[:10])
        # A reader keeps the log where it is; then all is copied, as after a crash.
        holder = sqlite3.connect(str(self.ledger), isolation_level=None)
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM entry").fetchone()
        self.ingest(lines[10:])
        copy = self.folder / "copy"
        shutil.copytree(self.place, copy)
        holder.close()
        for name in ("x.ledger-shm", "x.ledger.index-shm"):
            (copy / name).unlink(missing_ok=True)
        self.assertGreater((copy / "x.ledger-wal").stat().st_size, 0)
        self.place, self.ledger = copy, copy / "x.ledger"
        self.close_folder()
        self.assert_only_readable(400)

    def test_a_group_cannot_read_a_ledger_in_use_and_others_can(self):
        group = next(one for one in grp.getgrall() if one.gr_gid not in {0, NOBODY})
        self.run_ok("init", "-q", self.ledger, "--group", group.gr_name)
        writer = subprocess.Popen(
            [harness.AUDIT, "ingest", "-q", "-l", self.ledger, "--tee", "-"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=harness.environment(),
        )
        try:
            writer.stdin.write(b'{"type":"note","text":"only in the log"}\n')
            writer.stdin.flush()
            writer.stdout.readline()  # it is committed
            self.assertGreater(pathlib.Path(f"{self.ledger}-wal").stat().st_size, 0)
            before = sorted(os.listdir(self.place))
            found = self.run_as_nobody("search", "-l", self.ledger, "log", group=group.gr_gid)
            self.assertEqual(found.returncode, 0, harness.told(found))
            self.assertIn(b"only in the log", found.stdout)
            stranger = self.run_as_nobody("search", "-l", self.ledger, "log")
            self.assertEqual(stranger.returncode, 77, harness.told(stranger))
            added = self.run_as_nobody("ingest", "-l", self.ledger, "-", stdin=b"{}\n", group=group.gr_gid)
            self.assertIn(added.returncode, {77, 78}, harness.told(added))
            self.assertEqual(sorted(os.listdir(self.place)), before)
        finally:
            writer.communicate()
        found = self.run_as_nobody("search", "-l", self.ledger, "log", group=group.gr_gid)
        self.assertEqual(found.returncode, 0, harness.told(found))

    def test_a_ledger_nobody_may_read_looks_tampered_with(self):
        self.fill_and_close()
        self.ledger.chmod(0o400)
        for words in READERS:
            result = self.run_as_nobody(*(word.format(self.ledger) for word in words))
            self.assertEqual(result.returncode, 77, harness.told(result))

    def test_a_folder_one_may_not_look_into_is_told_as_a_bug(self):
        self.fill_and_close()
        closed = self.folder / "closed"
        closed.mkdir()
        closed.chmod(0o700)
        file = closed / "file"
        ledger = str(self.ledger)
        kept = self.home["HOME"] + "/kept"
        for words in (
            ("verify", ledger, "--save", kept, "--cosign", file, "--witness", "example.com/w"),
            ("verify", ledger, "--evidence", file),
            ("verify", ledger, "--save", kept, "--timestamp-request", file),
            ("ingest", "-l", ledger, "--key", file, "-"),
            ("init", ledger, "--rotate-key", "--key", file),
            ("init", self.home["HOME"] + "/y.ledger", "--encrypt-key", "--key", file),
        ):
            result = self.run_as_nobody(*words, stdin=b"{}\n")
            self.assertIn(result.returncode, {66, 77}, harness.told(result))

    def make_ledger_of_nobody(self):
        os.chown(self.place, NOBODY, NOBODY)
        made = self.run_as_nobody("init", "-q", self.ledger)
        self.assertEqual(made.returncode, 0, harness.told(made))

    def ingest_as(self, run):
        added = run("ingest", "-q", "-l", self.ledger, "-", stdin=b'{"type":"note"}\n')
        self.assertEqual(added.returncode, 0, harness.told(added))

    def test_what_root_wrote_shuts_the_owner_of_a_ledger_out(self):
        self.make_ledger_of_nobody()
        self.run_ok("init", "-q", self.ledger, "--rotate-key")
        self.ingest_as(harness.run)
        self.ingest_as(self.run_as_nobody)
        for file in self.place.iterdir():
            self.assertEqual((file.stat().st_uid, file.stat().st_gid), (NOBODY, NOBODY), file.name)
        self.assert_intact(None, "--key", f"{self.ledger}.pub", "--require", "signed")

    def test_root_adds_a_line_to_whatever_file_the_owner_of_a_ledger_wants(self):
        # The origin says what the line does, and the key is in force but has no line.
        profile = self.folder / "profile"
        profile.write_text("umask 022\n")
        profile.chmod(0o600)
        self.make_ledger_of_nobody()
        public = pathlib.Path(f"{self.ledger}.pub")
        public.unlink()
        public.symlink_to(profile)
        rotated = harness.run("init", self.ledger, "--rotate-key")
        self.assertEqual(rotated.returncode, 0, harness.told(rotated))
        self.assertIn(b"has no line for the new key", rotated.stderr)
        self.ingest_as(harness.run)
        self.assertEqual(profile.read_text(), "umask 022\n")
        public.unlink()
        os.link(profile, public)
        self.ingest_as(harness.run)
        self.assertEqual(profile.read_text(), "umask 022\n")

    def test_a_writer_without_the_key_writes(self):
        self.fill_and_close()
        self.place.chmod(0o777)
        self.ledger.chmod(0o666)
        before = self.ledger.read_bytes()
        result = self.run_as_nobody("ingest", "-l", self.ledger, "-", stdin=b'{"type":"note"}\n')
        self.assertEqual(result.returncode, 77, harness.told(result))
        self.assertEqual(self.ledger.read_bytes(), before)


class NotALedger(harness.Case):
    """Every command ends soon, says 65 (or 66), and leaves the thing as it was."""

    def assert_refused(self, file, code=65):
        for words in [*READERS, ["ingest", "-l", "{}", "-"]]:
            words = [word.format(file) for word in words]
            with self.subTest(words=words):
                result = harness.run(*words, stdin=b'{"type":"note"}\n', timeout=SOON)
                self.assertEqual(result.returncode, code, harness.told(result))
                self.assertTrue(result.stderr or result.stdout, "not a word about it")

    def test_a_file_of_another_program_is_taken_for_a_ledger(self):
        cases = {
            "empty": b"",
            "short": b"SQLite format 3\0",
            "text": b'{"type":"note"}\n' * 100,
            "noise": os.urandom(100_000),
        }
        for name, content in cases.items():
            file = self.folder / name
            file.write_bytes(content)
            self.assert_refused(file)
            self.assertEqual(file.read_bytes(), content)

    def test_a_database_of_another_program_is_taken_for_a_ledger(self):
        file = self.folder / "browser.sqlite"
        with sqlite3.connect(file) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("CREATE TABLE entry(seq INTEGER PRIMARY KEY, hash BLOB)")
            db.execute("INSERT INTO entry VALUES(0, x'00')")
        db.close()
        before = contents(self.folder)
        self.assert_refused(file)
        self.assertEqual(contents(self.folder), before)

    def test_something_that_is_no_file_hangs_the_program(self):
        folder = self.folder / "folder"
        folder.mkdir()
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        loop = self.folder / "loop"
        loop.symlink_to(loop)
        with socket.socket(socket.AF_UNIX) as listener:
            # Names of sockets must be short.
            listener.bind(os.path.relpath(self.folder / "socket"))
            for file in (folder, fifo, self.folder / "socket", "/dev/null", "/dev/zero"):
                self.assert_refused(file)
        self.assert_refused(self.folder / "none", 66)
        result = harness.run("verify", loop, timeout=SOON)
        self.assertIn(result.returncode, {66, 74}, harness.told(result))
        self.assertTrue(stat.S_ISFIFO(fifo.stat().st_mode))

    def test_init_replaces_what_is_there(self):
        folder = self.folder / "folder"
        folder.mkdir()
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        dangling = self.folder / "dangling"
        dangling.symlink_to(self.folder / "nowhere")
        for file in (folder, fifo, dangling, "/dev/null"):
            result = harness.run("init", file, timeout=SOON)
            self.assertEqual(result.returncode, 73, harness.told(result))
        self.assertFalse((self.folder / "nowhere").exists())


class Hostile(harness.Case):
    """Files made to harm whoever opens them. Verify says tampered, or that it cannot tell; soon."""

    def setUp(self):
        super().setUp()
        self.init()
        self.ingest([{"type": "note", "text": f"word{i}"} for i in range(3)])

    def assert_harmless(self, reading=65, verdict=("tampered", "unverifiable")):
        before = contents(self.folder)
        result = self.verify(timeout=SOON)
        self.assertIn(result.code, {1, 65}, result.text)
        self.assertIn(result.verdict, verdict, result.text)
        for words in [*READERS[1:], ["ingest", "-l", "{}", "-"]]:
            told = harness.run(
                *(word.format(self.ledger) for word in words), stdin=b'{"type":"note"}\n', timeout=SOON
            )
            if reading is not None:
                self.assertEqual(told.returncode, reading, harness.told(told))
            self.assertIn(told.returncode, harness.DOCUMENTED, harness.told(told))
        if reading == 65:
            self.assertEqual(contents(self.folder), before)

    def patch(self, offset, content):
        with open(self.ledger, "r+b") as file:
            file.seek(offset)
            file.write(content)

    def make(self, *statements):
        """A database that says it is a ledger."""
        self.ledger.unlink()
        db = sqlite3.connect(self.ledger)
        db.execute(f"PRAGMA application_id={LEDGER_ID}")
        db.execute("PRAGMA user_version=1")
        db.execute("PRAGMA writable_schema=ON")
        for statement in statements:
            db.execute(statement)
        db.commit()
        db.close()

    def test_a_view_named_like_a_table_runs(self):
        endless = (
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i AS seq, randomblob(32) AS hash, hex(zeroblob(1000000)) AS payload FROM n"
        )
        self.make(
            f"CREATE VIEW entry AS {endless}",
            "CREATE VIEW head AS SELECT 1 AS one, 'x' AS note",
            "CREATE VIEW word AS SELECT 1 AS id, 'x' AS text",
        )
        self.assert_harmless(verdict=("tampered",))

    def test_a_trigger_runs_when_something_is_appended(self):
        with Book(self.ledger).db as db:
            db.execute("CREATE TRIGGER evil AFTER INSERT ON entry BEGIN DELETE FROM word; END")
        db.close()
        self.assert_harmless(verdict=("tampered",))

    def test_a_column_with_code_in_it_runs(self):
        self.make("CREATE TABLE entry(seq INTEGER PRIMARY KEY, hash AS (zeroblob(1000000000)))")
        self.assert_harmless(verdict=("tampered",))

    def test_a_schema_that_does_not_parse_breaks_the_program(self):
        with Book(self.ledger).db as db:
            db.execute("PRAGMA writable_schema=ON")
            db.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE entry((((' WHERE name = 'entry'")
        db.close()
        self.assert_harmless()

    def test_a_schema_of_many_objects_costs_memory(self):
        self.make(*(f"CREATE TABLE t{i}(a, b, c)" for i in range(3000)))
        self.assert_harmless(verdict=("tampered",))

    def test_a_header_with_more_pages_than_there_are_is_believed(self):
        self.patch(28, struct.pack(">I", 0xFFFFFFFE))
        self.assert_harmless(reading=None)

    def test_a_file_of_a_terabyte_is_read_to_its_end(self):
        # Sparse: it costs no room. The header says that all of it is in use.
        pages = (1 << 40) // 16384
        with open(self.ledger, "r+b") as file:
            try:
                file.truncate(pages * 16384)
            except OSError as error:
                harness.skip_loudly(f"no room for a sparse file: {error}")
        self.patch(28, struct.pack(">I", pages))
        verdict = self.verify(timeout=SOON)
        self.assertIn(verdict.code, {0, 1, 65}, verdict.text)

    def test_a_freelist_in_a_circle_is_followed_for_ever(self):
        self.patch(32, struct.pack(">II", 2, 1_000_000))
        self.assert_harmless(reading=None)

    def test_a_page_that_is_its_own_child_is_followed_for_ever(self):
        with Book.open(self.ledger) as book:
            number = book.db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'").fetchone()[0]
        page = struct.pack(">BHHHBI", 5, 0, 1, 16000, 0, number) + struct.pack(">H", 16000)
        self.patch((number - 1) * 16384, page)
        self.patch((number - 1) * 16384 + 16000, struct.pack(">IB", number, 1))
        self.assert_harmless(reading=None)

    def test_a_truncated_file_crashes_the_program(self):
        whole = self.ledger.read_bytes()
        for size in (99, 100, 101, 4096, 16384, 16385, 40000, len(whole) - 16384, len(whole) - 1):
            with self.subTest(size=size):
                self.ledger.write_bytes(whole[:size])
                verdict = self.verify(timeout=SOON)
                self.assertIn(verdict.code, {1, 65}, verdict.text)

    def test_a_rollback_journal_beside_it_is_played_back(self):
        journal = pathlib.Path(f"{self.ledger}-journal")
        head = bytes.fromhex("d9d505f920a163d7") + struct.pack(">IIIII", 0xFFFFFFFF, 0, 6, 512, 16384)
        journal.write_bytes(head.ljust(512, b"\0") + os.urandom(100_000))
        before = contents(self.folder)
        result = self.verify(timeout=SOON)
        self.assertEqual((result.code, result.verdict), (65, "unverifiable"), result.text)
        self.assertEqual(contents(self.folder), before)

    def test_a_log_of_noise_is_believed(self):
        log = pathlib.Path(f"{self.ledger}-wal")
        log.write_bytes(os.urandom(200_000))
        verdict = self.verify(timeout=SOON)
        self.assertEqual((verdict.code, verdict.verdict), (0, "intact"), verdict.text)
        self.assertEqual(verdict.report["size"], 4)


def zstd_frame(declared, real, byte=b"a"):
    """A Zstandard frame (RFC 8878) of runs of one byte: 16 MiB in half a kilobyte."""
    blocks, left = b"", real
    while left or not blocks:
        run = min(left, 128 * 1024)
        left -= run
        blocks += struct.pack("<I", run << 3 | 1 << 1 | (left == 0))[:3] + byte
    # Frame content size of 8 bytes, a window of 128 KiB.
    return struct.pack("<IBBQ", 0xFD2FB528, 0xC0, 7 << 3, declared) + blocks


class Bombs(harness.Case):
    """Small payloads that say they are large ones; signed by the key, so that they are looked at."""

    def forge(self, frame):
        self.init()
        self.ingest([{"type": "note", "text": "a"}, {"type": "note", "text": "b"}])
        with Book.edit(self.ledger) as book:
            book.set(1, stored=2, payload=frame)

    def assert_caught(self):
        verdict = self.verify(timeout=SOON)
        self.assertEqual((verdict.code, verdict.verdict), (1, "tampered"), verdict.text)
        self.assertEqual(verdict.entries, {1}, verdict.text)
        for words in READERS[1:]:
            result = harness.run(*(word.format(self.ledger) for word in words), timeout=SOON)
            self.assertIn(result.returncode, {0, 65}, harness.told(result))

    def test_a_frame_that_says_it_holds_a_terabyte_is_given_the_room(self):
        self.forge(zstd_frame(1 << 40, 1 << 20))
        self.assert_caught()

    def test_a_frame_that_holds_more_than_it_says_runs_over(self):
        self.forge(zstd_frame(10, 16 << 20))
        self.assert_caught()

    def test_a_frame_that_holds_less_than_it_says_leaves_a_hole(self):
        self.forge(zstd_frame(16 << 20, 10))
        self.assert_caught()

    def test_a_frame_with_something_behind_it_is_taken(self):
        self.forge(zstd_frame(5, 5) + b"behind")
        self.assert_caught()

    def test_a_frame_of_another_payload_is_taken(self):
        self.forge(zstd_frame(5, 5))
        self.assert_caught()


class HostileIndex(harness.Case):
    """Whatever stands where the index should be: the answers are right."""

    def setUp(self):
        super().setUp()
        self.init()
        self.ingest([{"type": "note", "text": f"common word{i}"} for i in range(600)])
        self.index = pathlib.Path(f"{self.ledger}.index")
        self.assertTrue(self.index.exists())

    def assert_right(self, count=600, notes=None):
        notes = notes or count
        for query, want in (("common", count), ("word7", 1), ("type:note", notes), ("nothing", 0)):
            found = harness.run("search", "-l", self.ledger, "--count", query, timeout=SOON)
            self.assertEqual(found.stdout.split(), [b"%d" % want], (query, harness.told(found)))
            self.assertEqual(found.returncode, 0 if want else 1, harness.told(found))

    def assert_goes_on(self):
        self.assert_right()
        result = harness.run("ingest", "-q", "-l", self.ledger, "-", stdin=b'{"type":"note","text":"common"}\n')
        self.assertIn(result.returncode, {0, 74, 77}, harness.told(result))
        self.assert_right(600 + (result.returncode == 0))
        self.assert_intact()

    def test_noise_in_its_place_makes_an_answer_wrong(self):
        self.index.write_bytes(os.urandom(50_000))
        self.assert_goes_on()

    def test_an_empty_file_in_its_place_makes_an_answer_wrong(self):
        self.index.write_bytes(b"")
        self.assert_goes_on()

    def test_a_cut_index_makes_an_answer_wrong(self):
        whole = self.index.read_bytes()
        self.index.write_bytes(whole[: len(whole) // 2])
        self.assert_goes_on()

    def test_a_folder_in_its_place_makes_an_answer_wrong(self):
        self.index.unlink()
        self.index.mkdir()
        self.assert_goes_on()

    def test_a_pipe_in_its_place_hangs_the_program(self):
        self.index.unlink()
        os.mkfifo(self.index)
        self.assert_goes_on()

    def test_the_index_of_another_ledger_makes_an_answer_wrong(self):
        other = self.folder / "other.ledger"
        self.init(other)
        self.ingest([{"type": "note", "text": f"common other{i}"} for i in range(700)], ledger=other)
        shutil.copy(f"{other}.index", self.index)
        self.assert_goes_on()

    def test_the_index_of_another_history_makes_an_answer_wrong(self):
        # Two copies of one ledger that went different ways.
        copy = self.folder / "copy.ledger"
        for suffix in ("", ".key", ".pub", ".index"):
            shutil.copy(f"{self.ledger}{suffix}", f"{copy}{suffix}")
        self.ingest([{"type": "note", "text": f"uncommon other{i}"} for i in range(600)], ledger=copy)
        self.ingest([{"type": "note", "text": f"uncommon own{i}"} for i in range(600)])
        shutil.copy(f"{copy}.index", self.index)
        self.assert_right(600, notes=1200)
        found = harness.run("search", "-l", self.ledger, "--count", "own7")
        self.assertEqual(found.stdout.split(), [b"1"], harness.told(found))
        found = harness.run("search", "-l", self.ledger, "--count", "other7")
        self.assertEqual(found.stdout.split(), [b"0"], harness.told(found))

    def test_a_view_in_the_index_runs(self):
        db = sqlite3.connect(self.index)
        db.execute("ALTER TABLE page RENAME TO real_page")
        db.execute("CREATE VIEW page AS SELECT id, zeroblob(1000000000) AS bytes FROM real_page")
        db.commit()
        db.close()
        self.assert_goes_on()


if __name__ == "__main__":
    unittest.main(verbosity=2)
