#!/usr/bin/env python3
"""What people write today instead: the Python peers that scripts/bench.sh measures audit against.

usage: peers.py batch EVENTS.jsonl DATABASE           sqlite3 in batches, with a SHA-256 chain
       peers.py batch-fts EVENTS.jsonl DATABASE       the same, and an FTS5 index of the text
       peers.py per-event EVENTS.jsonl DATABASE N     the usual class: one connection per event
Prints the number of events written.
"""

import hashlib
import json
import sqlite3
import sys

COLUMNS = (
    "id ts type agent_id session_id trace_id span_id parent_span_id model tool status decision "
    "policy duration_ms tokens_in tokens_out cost_usd"
).split()
BATCH = 1000


def batch(events, database, with_index):
    """Reads lines, chains them, inserts a thousand at a time: what a careful person writes."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(
        f"CREATE TABLE event (seq INTEGER PRIMARY KEY, {', '.join(COLUMNS)}, prev, hash, body)"
    )
    if with_index:
        connection.execute(
            "CREATE VIRTUAL TABLE word USING fts5(body, content='event', content_rowid='seq')"
        )
    insert = f"INSERT INTO event VALUES ({', '.join('?' * (len(COLUMNS) + 4))})"
    rows = []

    def flush():
        connection.executemany(insert, rows)
        if with_index:
            connection.executemany(
                "INSERT INTO word (rowid, body) VALUES (?, ?)", ((row[0], row[-1]) for row in rows)
            )
        connection.commit()
        rows.clear()

    seq = 0
    previous = bytes(32)
    with open(events, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            seq += 1
            digest = hashlib.sha256(previous + line.encode()).digest()
            rows.append((seq, *(event.get(name) for name in COLUMNS), previous, digest, line))
            previous = digest
            if len(rows) == BATCH:
                flush()
    flush()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return seq


class AuditLog:
    """The class found in most code bases: every event opens, reads the last hash, inserts, commits."""

    def __init__(self, database):
        self.database = database
        connection = sqlite3.connect(database)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY AUTOINCREMENT, ts TEXT,"
            " type TEXT, agent TEXT, session TEXT, body TEXT, prev TEXT, hash TEXT)"
        )
        connection.commit()
        connection.close()

    def append(self, event):
        connection = sqlite3.connect(self.database)
        last = connection.execute("SELECT hash FROM event ORDER BY id DESC LIMIT 1").fetchone()
        previous = last[0] if last else "0" * 64
        body = json.dumps(event, sort_keys=True)
        digest = hashlib.sha256((previous + body).encode()).hexdigest()
        connection.execute(
            "INSERT INTO event (ts, type, agent, session, body, prev, hash) VALUES (?,?,?,?,?,?,?)",
            (event["ts"], event["type"], event["agent_id"], event["session_id"], body, previous, digest),
        )
        connection.commit()
        connection.close()


def per_event(events, database, count):
    log = AuditLog(database)
    written = 0
    with open(events, encoding="utf-8") as lines:
        for line in lines:
            if written == count:
                break
            log.append(json.loads(line))
            written += 1
    return written


def main(arguments):
    if len(arguments) == 3 and arguments[0] in ("batch", "batch-fts"):
        print(batch(arguments[1], arguments[2], arguments[0] == "batch-fts"))
    elif len(arguments) == 4 and arguments[0] == "per-event":
        print(per_event(arguments[1], arguments[2], int(arguments[3])))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
