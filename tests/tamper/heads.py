"""The tree, the signed heads, the schema and the file around them.
"""

import pathlib
import shutil
import sqlite3
import struct

import harness
import ledger_format
from attack import BIG_SIZE, ORIGIN, SIZE, Attack
from ledger_format import Book, SigningKey


class TheseTests(Attack):
    """What is not attacked is intact: otherwise nothing below means anything."""

    def test_an_untouched_ledger_is_called_tampered(self):
        for base, size in (("small", SIZE), ("big", BIG_SIZE)):
            self.fresh(base)
            result = self.judge("intact")
            self.assertEqual(result.report["size"], size)
            self.assertEqual(result.report["entries_checked"], size)
            self.assertEqual(result.findings, set())
            self.assertLessEqual({"chain", "tree", "index"}, result.level, result.text)
            self.assertIn("unanchored", result.text)
            self.assertIn("self-declared", result.text)

    def test_an_edit_that_changes_nothing_is_called_tampering(self):
        # The triggers are taken out and put back, the rows rewritten, everything hashed and signed
        # anew: by another implementation, to the same bytes.
        with Book.open(self.ledger) as book:
            before = book.hashes(), book.head
        with self.edit() as book:
            for row in book.rows():
                book.set(row["seq"], payload=row["payload"])
            book.rechain()
            book.sign(self.signer)
        with Book.open(self.ledger) as book:
            self.assertEqual((book.hashes(), book.head), before)
        self.judge("intact")

    def test_what_the_key_holder_appends_by_hand_is_called_tampering(self):
        with self.edit() as book:
            book.append(book.row(SIZE - 1)["received"] + 1, b"{}", type="note", part_of=3, position=7)
            book.sign(self.signer)
        self.assertEqual(self.judge("intact").report["size"], SIZE + 1)


class Rechained(Attack):
    """Every later hash and the tree are made right again, without the key."""

    base = "big"

    def rechain(self, at, key=None):
        with self.edit() as book:
            book.set(at, payload=b'{"type":"note","text":"never happened"}')
            book.rechain(at)
            if key:
                book.sign(key)

    def test_a_rechained_history_under_the_old_heads_is_not_noticed(self):
        self.rechain(9000)
        result = self.judge("tampered")
        self.assertLessEqual({"head", "checkpoint"}, result.kinds, result.text)

    def test_a_rechained_tail_behind_the_last_checkpoint_is_not_noticed(self):
        self.rechain(10_200)
        result = self.judge("tampered")
        self.assertIn("head", result.kinds, result.text)
        self.assertNotIn("checkpoint", result.kinds, result.text)

    def test_a_rechained_history_signed_by_a_stranger_is_not_noticed(self):
        self.rechain(9000, SigningKey(bytes(32), ORIGIN))
        result = self.judge("tampered")
        self.assertIn("signature", result.kinds, result.text)

    def test_a_rechained_history_is_taken_up_by_the_next_writer(self):
        self.rechain(10_200)
        before = self.ledger.read_bytes()
        result = harness.run("ingest", "-l", self.ledger, "-", stdin=b'{"type":"note"}\n')
        self.assertEqual(result.returncode, 65, harness.told(result))
        self.assertEqual(self.ledger.read_bytes(), before)

    def test_a_changed_subtree_is_not_noticed(self):
        with self.edit() as book:
            book.db.execute("UPDATE subtree SET hash = zeroblob(32) WHERE level = 1 AND number = 7")
        result = self.judge("tampered")
        self.assertIn("subtree", result.kinds, result.text)

    def test_a_missing_or_invented_subtree_is_not_noticed(self):
        for statement in (
            "DELETE FROM subtree WHERE level = 1 AND number = 39",
            "INSERT INTO subtree VALUES(1, 40, zeroblob(32))",
            "INSERT INTO subtree VALUES(2, 0, zeroblob(32))",
            "INSERT INTO subtree VALUES(0, 0, zeroblob(32))",
            "INSERT INTO subtree VALUES(-1, 5, zeroblob(32))",
            "UPDATE subtree SET hash = x'00' WHERE level = 1 AND number = 0",
        ):
            with self.subTest(statement=statement):
                self.fresh()
                with self.edit() as book:
                    book.db.execute(statement)
                result = self.judge("tampered")
                self.assertIn("subtree", result.kinds, result.text)


class Heads(Attack):
    """The signed statements."""

    base = "big"

    def change_head(self, change):
        with self.edit() as book:
            book.db.execute("UPDATE head SET note = ?", (change(book.head),))

    def change_kept(self, change):
        with self.edit() as book:
            note = book.db.execute("SELECT note FROM checkpoint WHERE size = 10000").fetchone()[0]
            book.db.execute("UPDATE checkpoint SET note = ?", (change(note),))

    def test_a_kept_checkpoint_is_taken_away(self):
        with self.edit() as book:
            book.db.execute("DELETE FROM checkpoint")
        result = self.judge("tampered")
        self.assertIn("checkpoint", result.kinds, result.text)

    def test_a_checkpoint_is_added(self):
        for size in (0, 1, 5000, 10_001, BIG_SIZE, 20_000):
            with self.subTest(size=size):
                self.fresh()
                with self.edit() as book:
                    root = ledger_format.root(book.hashes()[:size])
                    text = ledger_format.checkpoint_text(ORIGIN, size, root)
                    book.db.execute(
                        "INSERT INTO checkpoint VALUES(?, ?)", (size, ledger_format.note(text, self.signer))
                    )
                result = self.judge("tampered")
                self.assertIn("checkpoint", result.kinds, result.text)

    def test_a_checkpoint_says_another_size_than_its_row(self):
        with self.edit() as book:
            book.db.execute("UPDATE checkpoint SET size = 9999")
        result = self.judge("tampered")
        self.assertIn("checkpoint", result.kinds, result.text)

    def test_the_head_is_taken_away(self):
        with self.edit() as book:
            book.db.execute("DELETE FROM head")
        result = self.judge("tampered")
        self.assertIn("head", result.kinds, result.text)

    def test_the_head_is_swapped_for_an_older_one(self):
        with self.edit() as book:
            book.db.execute("UPDATE head SET note = (SELECT note FROM checkpoint)")
        result = self.judge("tampered")
        self.assertIn("head", result.kinds, result.text)

    def test_head_and_checkpoint_change_places(self):
        with self.edit() as book:
            head = book.head
            book.db.execute("UPDATE head SET note = (SELECT note FROM checkpoint)")
            book.db.execute("UPDATE checkpoint SET note = ?", (head,))
        result = self.judge("tampered")
        self.assertLessEqual({"head", "checkpoint"}, result.kinds, result.text)

    def test_a_second_head_is_taken(self):
        with self.edit() as book:
            book.db.execute("PRAGMA ignore_check_constraints=ON")
            book.db.execute("INSERT INTO head VALUES(2, ?)", (book.head,))
        result = self.judge("tampered")
        self.assertTrue({"head", "structure"} & result.kinds, result.text)

    def test_the_head_of_another_ledger_is_taken(self):
        other = self.folder / "other"
        self.init(other)
        with Book.open(other) as book:
            head = book.head
        self.change_head(lambda note: head)
        result = self.judge("tampered")
        self.assertIn("head", result.kinds, result.text)

    def test_a_changed_byte_of_a_note_is_not_noticed(self):
        for name, change in (("head", self.change_head), ("checkpoint", self.change_kept)):
            with Book.open(self.ledger) as book:
                note = book.db.execute(f"SELECT note FROM {name}").fetchone()[0]
            for at in range(0, len(note), 1 if harness.FULL else 9):
                with self.subTest(table=name, at=at):
                    self.fresh()
                    other = chr(ord(note[at]) ^ 1)
                    change(lambda note, at=at, other=other: note[:at] + other + note[at + 1 :])
                    result = self.judge("tampered")
                    self.assertTrue({name, "signature"} & result.kinds, result.text)

    def test_a_note_in_another_spelling_is_taken(self):
        signature = self.signer.signature_line
        second = SigningKey(bytes(32), ORIGIN)
        other_name = SigningKey(bytes(32), "somebody.else")

        def text_of(note):
            return note[: note.index("\n\n") + 1]

        def malleable(note):
            # S + L is as good to a verifier that does not ask for S < L.
            line = note.splitlines()[-1]
            raw = ledger_format.base64.b64decode(line.split()[-1])
            s = int.from_bytes(raw[36:], "little") + ledger_format.L
            signed = ledger_format.base64.b64encode(raw[:36] + s.to_bytes(32, "little")).decode()
            return note.replace(line.split()[-1], signed)

        spellings = {
            "a second signature line of the key": lambda note: note + signature(text_of(note)),
            "a second line of a stranger": lambda note: note + second.signature_line(text_of(note)),
            "a line of a witness": lambda note: note + other_name.signature_line(text_of(note)),
            "only a stranger": lambda note: ledger_format.note(text_of(note), second),
            "no signature": lambda note: text_of(note) + "\n",
            "no end": lambda note: note[:-1],
            "a line behind": lambda note: note + "\n",
            "a blank behind": lambda note: note + " ",
            "CRLF": lambda note: note.replace("\n", "\r\n"),
            "an extension line, signed": lambda note: ledger_format.note(
                text_of(note) + "more\n", self.signer
            ),
            "leading zero, signed": lambda note: ledger_format.note(
                text_of(note).replace(f"\n{BIG_SIZE}\n", f"\n0{BIG_SIZE}\n").replace("\n10000\n", "\n010000\n"),
                self.signer,
            ),
            "malleable signature": malleable,
            "NUL behind": lambda note: note + "\0",
            "empty": lambda note: "",
        }
        for name, change in spellings.items():
            for table, apply in (("head", self.change_head), ("checkpoint", self.change_kept)):
                with self.subTest(spelling=name, table=table):
                    self.fresh()
                    apply(change)
                    result = self.judge("tampered")
                    self.assertTrue({table, "signature"} & result.kinds, result.text)


class Schema(Attack):
    """Objects of the database: noticed before anything of it is used."""

    def damage(self, *statements, script=None):
        db = sqlite3.connect(self.ledger, isolation_level=None)
        db.execute("PRAGMA writable_schema=ON")
        for statement in statements:
            db.execute(statement)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()

    def assert_schema(self, *statements):
        self.damage(*statements)
        result = self.judge("tampered")
        self.assertEqual(result.kinds, {"schema"}, result.text)
        self.assertEqual(result.report["entries_checked"], 0, "went on after a foreign schema")
        self.assert_refused()

    def test_a_table_is_replaced_by_a_view(self):
        for table in ("entry", "word", "head", "checkpoint", "subtree"):
            with self.subTest(table=table):
                self.fresh()
                with Book.open(self.ledger) as book:
                    triggers = [
                        row[0]
                        for row in book.db.execute(
                            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", (table,)
                        )
                    ]
                self.assert_schema(
                    *(f"DROP TRIGGER {name}" for name in triggers), "DROP VIEW event",
                    f"ALTER TABLE {table} RENAME TO real_{table}",
                    f"CREATE VIEW {table} AS SELECT * FROM real_{table}",
                )

    def test_a_trigger_is_added(self):
        self.assert_schema(
            "CREATE TRIGGER evil AFTER INSERT ON entry BEGIN UPDATE head SET note = 'x'; END"
        )

    def test_a_trigger_on_the_head_is_added(self):
        self.assert_schema("CREATE TRIGGER evil BEFORE INSERT ON head BEGIN DELETE FROM word; END")

    def test_a_trigger_is_dropped(self):
        self.assert_schema("DROP TRIGGER entry_update")

    def test_a_trigger_is_made_harmless(self):
        self.assert_schema(
            "DROP TRIGGER entry_update",
            "CREATE TRIGGER entry_update BEFORE UPDATE ON entry BEGIN SELECT 1; END",
        )

    def test_a_table_is_added(self):
        self.assert_schema("CREATE TABLE extra(a)")

    def test_an_index_is_added(self):
        self.assert_schema("CREATE INDEX extra ON entry(time)")

    def test_a_unique_index_that_leaves_rows_out_is_added(self):
        self.assert_schema("CREATE UNIQUE INDEX extra ON entry(seq) WHERE seq < 3")

    def test_statistics_are_added(self):
        self.assert_schema("ANALYZE")

    def test_a_column_is_added(self):
        self.assert_schema("ALTER TABLE entry ADD COLUMN evil TEXT")

    def test_the_view_for_people_shows_something_else(self):
        self.assert_schema("DROP VIEW event", "CREATE VIEW event AS SELECT 'all is well' AS payload")

    def test_the_view_for_people_is_dropped(self):
        self.assert_schema("DROP VIEW event")

    def test_the_text_of_a_table_is_changed(self):
        for old, new in (
            ("seq INTEGER PRIMARY KEY", "seq INTEGER"),
            ("received INTEGER", "received  INTEGER"),
            ("payload BLOB", "payload BLOB COLLATE NOCASE"),
            ("stored INTEGER NOT NULL", "stored INTEGER NOT NULL DEFAULT 3"),
        ):
            with self.subTest(old=old, new=new):
                self.fresh()
                self.assert_schema(
                    f"UPDATE sqlite_schema SET sql = replace(sql, '{old}', '{new}') WHERE name = 'entry'"
                )

    def test_two_objects_change_their_pages(self):
        self.damage(
            "UPDATE sqlite_schema SET rootpage = CASE name WHEN 'word' THEN "
            "(SELECT rootpage FROM sqlite_schema WHERE name = 'checkpoint') ELSE "
            "(SELECT rootpage FROM sqlite_schema WHERE name = 'word') END "
            "WHERE name IN ('word', 'checkpoint')"
        )
        result = self.verify()
        self.assertEqual((result.code, result.verdict), (1, "tampered"), result.text)


class Files(Attack):
    """The file itself."""

    def header(self, offset, number):
        with open(self.ledger, "r+b") as file:
            file.seek(offset)
            file.write(struct.pack(">I", number))

    def test_an_empty_file_is_called_intact(self):
        self.ledger.write_bytes(b"")
        result = harness.run("verify", self.ledger)
        self.assertEqual(result.returncode, 65, harness.told(result))
        self.assertNotIn(b"intact:", result.stdout)

    def test_an_unknown_version_is_called_intact_or_tampered(self):
        for version in (0, 2, 0xFFFFFFFF):
            self.fresh()
            self.header(60, version)
            self.judge("unverifiable")
            self.assert_refused()

    def test_another_application_s_file_is_called_intact_or_tampered(self):
        self.header(68, 0x61756469)
        self.judge("unverifiable")
        self.assert_refused()

    def test_another_header_in_the_log_is_not_noticed(self):
        # The file says version 1, the log says 2: what SQLite reads is 2.
        holder = sqlite3.connect(str(self.ledger), isolation_level=None)
        holder.execute("PRAGMA wal_autocheckpoint=0")
        holder.execute("PRAGMA user_version=2")
        for suffix in ("", "-wal"):
            shutil.copy(f"{self.ledger}{suffix}", self.folder / f"copy{suffix}")
        holder.close()
        self.ledger = self.folder / "copy"
        self.judge("unverifiable")

    def test_a_missing_file_is_called_tampered(self):
        self.ledger.unlink()
        self.assertEqual(harness.run("verify", self.ledger).returncode, 66)

    def test_a_writer_without_the_key_writes(self):
        pathlib.Path(f"{self.ledger}.key").unlink()
        before = self.ledger.read_bytes()
        result = harness.run("ingest", "-l", self.ledger, "-", stdin=b'{"type":"note"}\n')
        self.assertEqual(result.returncode, 78, harness.told(result))
        self.assertEqual(self.ledger.read_bytes(), before)

    def test_a_writer_with_a_stranger_s_key_writes(self):
        stranger = SigningKey(bytes(32), ORIGIN)
        pathlib.Path(f"{self.ledger}.key").write_text(stranger.pem(bytes(32)), encoding="ascii")
        before = self.ledger.read_bytes()
        result = harness.run("ingest", "-l", self.ledger, "-", stdin=b'{"type":"note"}\n')
        self.assertEqual(result.returncode, 78, harness.told(result))
        self.assertEqual(self.ledger.read_bytes(), before)

    def test_verify_writes_something(self):
        before = {file.name: file.read_bytes() for file in self.folder.iterdir()}
        self.judge("intact")
        self.assertEqual({file.name: file.read_bytes() for file in self.folder.iterdir()}, before)

    def test_a_part_that_was_not_checked_is_called_complete(self):
        self.assertIn("complete", self.judge("intact").level)
        quick = self.verify(None, "--quick")
        self.assertEqual((quick.code, quick.verdict), (0, "intact"), quick.text)
        self.assertFalse({"complete", "index"} & quick.level, quick.text)
        required = self.verify(None, "--quick", "--require", "complete")
        self.assertEqual((required.code, required.verdict), (3, "intact"), required.text)
