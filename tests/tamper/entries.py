"""The entries: every kind of cell, rows, the boundaries between fields, words.
"""

import struct

import harness
import ledger_format
from attack import CELLS, EVENTS, FULL_SEQ, SIZE, Attack
from ledger_format import BY_NAME, DICTIONARY, TEXT, Book, pack_more, unpack_more


class Cells(Attack):
    """Every kind of cell of the table entry."""

    @staticmethod
    def changed(book, name, value):
        """Other values of the same class as `value`."""
        if name in DICTIONARY:
            return [number for number in book.words if number != value][:2]
        if isinstance(value, int):
            return [value + 1, -value if value else 5]
        if isinstance(value, str):
            return [value + "x", value[:-1] + chr(ord(value[-1]) ^ 1)]
        return [bytes([value[0] ^ 0x80]) + value[1:], value[:-1] + bytes([value[-1] ^ 1])]

    def each_cell(self):
        with Book.open(self.ledger) as book:
            row = book.row(FULL_SEQ)
        missing = [name for name in CELLS if row[name] is None]
        self.assertEqual(missing, ["part_of", "kept"], "the event of this test must have every field")
        for name in CELLS:
            if name != "seq":
                yield name, row[name]

    def test_a_changed_cell_is_not_noticed(self):
        for name, value in self.each_cell():
            with Book.open(self.ledger) as book:
                values = [0] if value is None and name == "part_of" else None
                values = values or ([b"\x01" + bytes(32)] if value is None else self.changed(book, name, value))
            for other in values:
                with self.subTest(cell=name, was=value, now=other):
                    self.fresh()
                    with self.edit() as book:
                        book.set(FULL_SEQ, **{name: other})
                    kind = "hash" if name == "hash" else "entry"
                    if name == "stored":
                        self.assert_stored(other)
                    else:
                        self.assert_tampered((kind, FULL_SEQ), entries={FULL_SEQ})

    def assert_stored(self, number):
        """A way of storing that is not known is no tampering by itself."""
        result = self.verify()
        self.assertIn(result.verdict, {"tampered", "unverifiable"}, result.text)
        self.assertNotEqual(result.code, 0)
        self.assertLessEqual(result.entries, {FULL_SEQ}, (number, result.text))

    def test_a_cell_that_was_emptied_is_not_noticed(self):
        for name, value in self.each_cell():
            if value is None or name in ("hash", "received", "stored"):
                continue
            with self.subTest(cell=name):
                self.fresh()
                with self.edit() as book:
                    book.set(FULL_SEQ, **{name: None})
                self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_a_cell_that_was_filled_is_not_noticed(self):
        with Book.open(self.ledger) as book:
            row = book.row(1)
        for name in CELLS:
            if row[name] is not None or name == "kept":
                continue
            value = 1 if name in DICTIONARY else "x"
            if BY_NAME.get(name) and BY_NAME[name].kind in ("int", "time"):
                value = 1
            if name == "more":
                value = pack_more([(BY_NAME["rule"].tag, TEXT, b"abc")])
            with self.subTest(cell=name):
                self.fresh()
                with self.edit() as book:
                    book.set(1, **{name: value})
                self.assert_tampered(("entry", 1), entries={1})

    def test_the_same_value_stored_in_another_way_is_not_noticed(self):
        # Nothing that is hashed changes: only the encoding.
        with Book.open(self.ledger) as book:
            row, words = book.row(FULL_SEQ), book.words
        ways = {
            "event_id": ledger_format.uuid_text(row["event_id"]),
            "trace": row["trace"].hex(),
            "span": row["span"].hex(),
            "agent": words[row["agent"]],
            "type": words[row["type"]],
        }
        for name, value in ways.items():
            with self.subTest(cell=name):
                self.fresh()
                with self.edit() as book:
                    book.set(FULL_SEQ, **{name: value})
                self.assert_tampered(("encoding", FULL_SEQ), entries={FULL_SEQ})

    def test_a_value_of_another_class_is_not_noticed(self):
        for name, value in (
            ("type", b"note"), ("type", 3.0), ("type", 99), ("type", 0), ("type", -1), ("event_id", 7),
            ("event_id", b"short"), ("trace", b""), ("trace", b"x" * 65), ("span", 1.5), ("agent", ""),
            ("user", ""), ("salt_e", b"15 bytes long.."), ("salt_p", b""), ("hash", b""),
            ("hash", b"x" * 33), ("user", "x" * 65_537), ("more", b""), ("more", b"\x00"),
            ("user", "a\x00b"),
        ):
            with self.subTest(cell=name, value=value):
                self.fresh()
                with self.edit() as book:
                    book.set(FULL_SEQ, **{name: value})
                kind = "hash" if name == "hash" else "entry"
                self.assert_tampered((kind, FULL_SEQ), entries={FULL_SEQ})

    def test_text_that_is_not_utf8_is_not_noticed(self):
        for text in ("ff", "c0af", "eda080", "f4908080", "e282"):
            with self.subTest(bytes=text):
                self.fresh()
                with self.edit() as book:
                    book.db.execute(
                        f"UPDATE entry SET user = CAST(x'{text}' AS TEXT) WHERE seq = {FULL_SEQ}"
                    )
                self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_a_byte_of_the_payload_is_changed(self):
        with Book.open(self.ledger) as book:
            payload = book.row(FULL_SEQ)["payload"]
        for at in (0, len(payload) // 2, len(payload) - 1):
            self.fresh()
            with self.edit() as book:
                book.set(FULL_SEQ, payload=payload[:at] + bytes([payload[at] ^ 1]) + payload[at + 1 :])
            self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_the_payload_gets_or_loses_an_end(self):
        with Book.open(self.ledger) as book:
            payload = book.row(FULL_SEQ)["payload"]
        for other in (payload + b" ", payload[:-1], b"", payload + b"\n"):
            self.fresh()
            with self.edit() as book:
                book.set(FULL_SEQ, payload=other)
            self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_no_payload_passes_for_an_empty_one(self):
        with self.edit() as book:
            received = book.row(SIZE - 1)["received"]
            empty = book.append(received, b"", type="note")
            book.append(received, b"{}", type="note")
            none = book.append(received, None, type="note")
            book.sign(self.signer)
        self.judge("intact")
        with self.edit() as book:
            book.set(empty, stored=0, payload=None)
            book.set(none, stored=1, payload=b"")
        self.assert_tampered(("entry", empty), ("entry", none), entries={empty, none})

    def test_every_bad_entry_is_not_named(self):
        with self.edit() as book:
            for seq in (1, 3, 6):
                book.set(seq, received=book.row(seq)["received"] + 1)
        self.assert_tampered(("entry", 1), ("entry", 3), ("entry", 6), entries={1, 3, 6})

    def test_two_bad_neighbours_hide_each_other(self):
        with self.edit() as book:
            for seq in (3, 4):
                book.set(seq, received=book.row(seq)["received"] + 1)
        self.assert_tampered(("entry", 3), entries={3, 4})

    def test_a_changed_last_entry_is_not_noticed(self):
        with self.edit() as book:
            book.set(SIZE - 1, payload=b"{}")
        self.assert_tampered(("entry", SIZE - 1), entries={SIZE - 1})

    def test_a_changed_first_entry_is_not_noticed(self):
        with self.edit() as book:
            book.set(0, payload=book.row(0)["payload"].replace(b"test.example", b"evil.example"))
        result = self.judge("tampered")
        self.assertIn(("entry", 0), result.findings, result.text)


class Rows(Attack):
    """Rows of the table entry."""

    def delete(self, *rows):
        with self.edit() as book:
            for seq in rows:
                book.db.execute("DELETE FROM entry WHERE seq = ?", (seq,))

    def test_a_deleted_entry_is_not_noticed(self):
        for seq in (1, 3, SIZE - 2):
            with self.subTest(seq=seq):
                self.fresh()
                self.delete(seq)
                self.assert_tampered(("missing", seq), entries={seq})

    def test_the_deleted_first_entry_is_not_noticed(self):
        self.delete(0)
        self.assert_tampered(("missing", 0))

    def test_the_deleted_last_entries_are_not_noticed(self):
        self.delete(SIZE - 1)
        self.assert_tampered(("missing", SIZE - 1), entries={SIZE - 1})
        self.delete(SIZE - 2)
        self.assert_tampered(entries={SIZE - 1, SIZE - 2})

    def test_a_deleted_range_is_not_noticed(self):
        self.delete(2, 3, 5)
        self.assert_tampered(entries={2, 3, 5})

    def test_all_entries_are_deleted_and_the_head_stays(self):
        self.delete(*range(SIZE))
        result = self.judge("tampered")
        self.assertLessEqual({0, SIZE - 1}, result.entries)

    def test_no_entry_and_no_head_is_called_intact(self):
        self.delete(*range(SIZE))
        with self.edit() as book:
            for table in ("head", "word", "subtree", "checkpoint"):
                book.db.execute(f"DELETE FROM {table}")
        self.judge("unverifiable")

    def shift_up(self, book, first):
        for seq in range(SIZE - 1, first - 1, -1):
            book.set(seq, seq=seq + 1)

    def test_an_inserted_entry_is_not_noticed(self):
        with self.edit() as book:
            forged = {**book.row(3), "payload": b'{"type":"note","text":"forged"}'}
            self.shift_up(book, 3)
            book.insert(forged)
        # Numbers are hashed: everything behind has another now.
        self.assert_tampered(("entry", 3), entries=set(range(3, SIZE + 1)))

    def test_a_doubled_entry_is_not_noticed(self):
        with self.edit() as book:
            row = book.row(3)
            self.shift_up(book, 3)
            book.insert(row)
        self.assert_tampered(entries=set(range(4, SIZE + 1)))

    def test_an_entry_without_a_signature_is_taken(self):
        with self.edit() as book:
            book.append(book.row(SIZE - 1)["received"] + 1, b"{}", type="note")
        result = self.judge("tampered")
        self.assertIn("head", result.kinds)
        # Nothing is built on it either.
        before = self.payloads()
        written = harness.run("ingest", "-l", self.ledger, "-", stdin=b'{"type":"note"}\n')
        self.assertEqual(written.returncode, 65, harness.told(written))
        self.assertEqual(self.payloads(), before)

    def swap(self, book, one, two, *, but=()):
        a, b = book.row(one), book.row(two)
        for row in (a, b):
            for name in ("seq", *but):
                del row[name]
        book.set(one, **b)
        book.set(two, **a)

    def test_two_swapped_entries_are_not_noticed(self):
        with self.edit() as book:
            self.swap(book, 3, 4)
        # 5 names the hash that now stands at 3.
        self.assert_tampered(("entry", 3), entries={3, 4, 5})

    def test_two_swapped_entries_whose_hashes_stay_are_not_noticed(self):
        with self.edit() as book:
            self.swap(book, 3, 6, but=["hash"])
        self.assert_tampered(("entry", 3), ("entry", 6), entries={3, 6})

    def test_two_swapped_payloads_are_not_noticed(self):
        with self.edit() as book:
            one, two = book.row(1)["payload"], book.row(3)["payload"]
            book.set(1, payload=two)
            book.set(3, payload=one)
        self.assert_tampered(("entry", 1), ("entry", 3), entries={1, 3})

    def test_a_negative_number_hides_an_entry(self):
        with self.edit() as book:
            book.insert({**book.row(3), "seq": -1})
        result = self.judge("tampered")
        self.assertIn("order", result.kinds, result.text)

    def test_the_largest_number_hides_an_entry_or_takes_for_ever(self):
        with self.edit() as book:
            book.insert({**book.row(3), "seq": 2**63 - 1})
        result = self.verify(timeout=30)
        self.assertEqual(result.verdict, "tampered", result.text[:2000])
        self.assertIn(("missing", SIZE), result.findings)

    def test_renumbered_entries_are_not_noticed(self):
        with self.edit() as book:
            for seq in range(SIZE - 1, 3, -1):
                book.set(seq, seq=seq + 10)
        result = self.judge("tampered")
        self.assertLessEqual(set(range(4, 14)), result.entries, result.text)

    def test_an_entry_of_another_ledger_is_taken(self):
        other = self.folder / "other"
        self.init(other)
        self.ingest(EVENTS, ledger=other)
        with Book.open(other) as book:
            row = book.row(3)
        with self.edit() as book:
            book.set(3, **row)
        self.assert_tampered(("entry", 3), entries={3, 4})


class Boundaries(Attack):
    """The same bytes, cut in another place."""

    def more(self, change):
        with self.edit() as book:
            values = unpack_more(book.row(FULL_SEQ)["more"])
            before = b"".join(value for *_, value in values)
            changed = change(values)
            self.assertNotEqual(values, changed)
            self.assertEqual(b"".join(value for *_, value in changed), before, "a test that edits more")
            book.set(FULL_SEQ, more=pack_more(changed))
        self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def shift(self, first, second, count):
        def change(values):
            tags = [tag for tag, *_ in values]
            i, j = tags.index(BY_NAME[first].tag), tags.index(BY_NAME[second].tag)
            self.assertEqual(j, i + 1, "the two must stand side by side")
            both, cut = values[i][2] + values[j][2], len(values[i][2]) + count
            return [*values[:i], (*values[i][:2], both[:cut]), (*values[j][:2], both[cut:]), *values[j + 1 :]]

        self.more(change)

    def test_a_byte_moves_to_the_next_common_field(self):
        self.shift("rule", "rule_version", -1)

    def test_a_byte_moves_from_the_next_common_field(self):
        self.shift("rule", "rule_version", 1)

    def test_a_byte_moves_to_the_next_own_field(self):
        self.shift("resource", "destination", -1)

    def test_an_element_of_a_list_is_cut_in_another_place(self):
        tag = BY_NAME["links"].tag

        def change(values):
            at = [value[0] for value in values].index(tag)
            both = values[at][2] + values[at + 1][2]
            return [*values[:at], (tag, TEXT, both[:3]), (tag, TEXT, both[3:]), *values[at + 2 :]]

        self.more(change)

    def test_two_elements_of_a_list_become_one(self):
        tag = BY_NAME["links"].tag

        def change(values):
            at = [value[0] for value in values].index(tag)
            return [*values[:at], (tag, TEXT, values[at][2] + values[at + 1][2]), *values[at + 2 :]]

        self.more(change)

    def test_a_field_becomes_another_field(self):
        def change(values):
            return [(BY_NAME["service"].tag if v[0] == BY_NAME["purpose"].tag else v[0], *v[1:]) for v in values]

        self.more(change)

    def test_a_number_becomes_a_text(self):
        def change(values):
            return [(v[0], TEXT if v[0] == BY_NAME["step"].tag else v[1], v[2]) for v in values]

        self.more(change)

    def test_a_byte_moves_between_columns(self):
        with self.edit() as book:
            book.set(FULL_SEQ, user="alices", session="-42")
        self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_two_columns_change_places(self):
        with self.edit() as book:
            row = book.row(FULL_SEQ)
            book.set(FULL_SEQ, span=row["parent"], parent=row["span"])
        self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_a_value_moves_from_a_column_to_more(self):
        with self.edit() as book:
            values = unpack_more(book.row(FULL_SEQ)["more"])
            values.append((BY_NAME["user"].tag, TEXT, b"alice"))
            book.set(FULL_SEQ, user=None, more=pack_more(sorted(values, key=lambda v: v[0])))
        self.assert_tampered(("encoding", FULL_SEQ), entries={FULL_SEQ})

    def test_fields_out_of_order_are_taken(self):
        with self.edit() as book:
            values = unpack_more(book.row(FULL_SEQ)["more"])
            values[0], values[1] = values[1], values[0]
            book.set(FULL_SEQ, more=pack_more(values))
        self.assert_tampered(("encoding", FULL_SEQ), entries={FULL_SEQ})

    def test_a_field_named_twice_is_taken(self):
        with self.edit() as book:
            values = unpack_more(book.row(FULL_SEQ)["more"])
            rule = next(v for v in values if v[0] == BY_NAME["rule"].tag)
            values.insert(values.index(rule), rule)
            book.set(FULL_SEQ, more=pack_more(values))
        self.assert_tampered(("encoding", FULL_SEQ), entries={FULL_SEQ})

    def test_a_list_in_another_order_is_taken(self):
        def change(values):
            at = [value[0] for value in values].index(BY_NAME["links"].tag)
            return [*values[:at], values[at + 1], values[at], *values[at + 2 :]]

        with self.edit() as book:
            book.set(FULL_SEQ, more=pack_more(change(unpack_more(book.row(FULL_SEQ)["more"]))))
        self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_more_that_ends_in_the_middle_is_taken(self):
        with Book.open(self.ledger) as book:
            more = book.row(FULL_SEQ)["more"]
        for cut in (1, 6, 7, 8, len(more) - 1):
            self.fresh()
            with self.edit() as book:
                book.set(FULL_SEQ, more=more[:cut])
            self.assert_tampered(("encoding", FULL_SEQ), entries={FULL_SEQ})

    def test_a_length_beyond_all_bounds_is_believed(self):
        with self.edit() as book:
            book.set(FULL_SEQ, more=struct.pack(">HBI", BY_NAME["rule"].tag, TEXT, 0xFFFFFFFF) + b"abc")
        self.assert_tampered(("encoding", FULL_SEQ), entries={FULL_SEQ})


class Words(Attack):
    """The dictionary: hashed as texts, so its rows are covered through the entries that use them."""

    def test_a_changed_word_is_not_noticed(self):
        with self.edit() as book:
            number = book.row(FULL_SEQ)["tool"]
            book.db.execute("UPDATE word SET text = 'refunb' WHERE id = ?", (number,))
        self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_a_changed_word_of_many_entries_blames_only_one(self):
        with self.edit() as book:
            number = book.row(1)["type"]
            users = {row["seq"] for row in book.rows() if row["type"] == number}
            book.db.execute("UPDATE word SET text = 'nota' WHERE id = ?", (number,))
        self.assertGreater(len(users), 2)
        self.assert_tampered(entries=users)

    def test_two_swapped_words_are_not_noticed(self):
        with self.edit() as book:
            row = book.row(FULL_SEQ)
            one, two = row["tool"], row["status"]
            texts = book.words
            book.db.execute("UPDATE word SET text = ? WHERE id = ?", (texts[two], one))
            book.db.execute("UPDATE word SET text = ? WHERE id = ?", (texts[one], two))
        self.assert_tampered(("entry", FULL_SEQ), entries={FULL_SEQ})

    def test_a_word_nobody_uses_hides_a_message(self):
        with self.edit() as book:
            book.word("hidden here")
        result = self.judge("tampered")
        self.assertEqual(result.kinds, {"word"}, result.text)

    def test_a_word_twice_is_not_noticed(self):
        with self.edit() as book:
            number = max(book.words) + 1
            book.db.execute("INSERT INTO word VALUES(?, 'refund')", (number,))
            book.set(FULL_SEQ, tool=number)
        result = self.judge("tampered")
        self.assertIn("word", result.kinds, result.text)

    def test_a_hole_in_the_words_is_not_noticed(self):
        with self.edit() as book:
            last = max(book.words)
            book.db.execute("UPDATE word SET id = ? WHERE id = ?", (last + 5, last))
            for name in DICTIONARY:
                book.db.execute(f"UPDATE entry SET {name} = ? WHERE {name} = ?", (last + 5, last))
        # The second verifier reads such words all the same, and blames the table alone.
        result = self.judge("tampered", agree=False)
        self.assertIn("word", result.kinds, result.text)

    def test_a_deleted_word_is_not_noticed(self):
        with self.edit() as book:
            book.db.execute("DELETE FROM word WHERE text = 'refund'")
        result = self.judge("tampered", agree=False)
        self.assertIn(("entry", FULL_SEQ), result.findings)

    def test_a_word_of_a_wrong_length_is_not_noticed(self):
        for text in ("", "x" * 256):
            with self.subTest(length=len(text)):
                self.fresh()
                with self.edit() as book:
                    book.db.execute("UPDATE word SET text = ? WHERE text = 'refund'", (text,))
                result = self.judge("tampered")
                self.assertIn("word", result.kinds, result.text)
