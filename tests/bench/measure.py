#!/usr/bin/env python3
"""Measures audit against its peers on this machine and prints one table. Run by scripts/bench.sh.

usage: measure.py --audit PROGRAM --generate PROGRAM --work FOLDER [--events N] [--runs N]
                  [--only I,O,V,S,E,Z,M,C,G,P] [--no-large]

Both sides of a comparison run by turns, the medians are compared, and what each side found is
compared first: a fast wrong answer is not measured. Rows that need ten times the events are left
out where the disk is too small. Python's standard library only.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PEERS = HERE / "peers.py"
OTLP = HERE / "otlp.py"
TEXT_COLUMNS = "messages input output reason comment goal summary".split()
CSV_FIELDS = "event_id,time,type,agent,tool,status"
CSV_COLUMNS = "id ts type agent_id tool status".split()
PER_EVENT = 2000
DURABLE = 2000
MOST_PDF_ENTRIES = 100_000
MOST_OTLP_EVENTS = 200_000
PROOFS = 50
MIB = 1 << 20


def say(text):
    print(text, file=sys.stderr, flush=True)


class Times:
    """What one run of a command cost."""

    def __init__(self, wall, cpu):
        self.wall = wall
        self.cpu = cpu


def shell(command):
    return ["bash", "-c", "set -o pipefail; " + command]


def run(command, wanted=(0,), output="/dev/null"):
    """Runs a command to its end, its output into a file; returns Times."""
    command = [str(word) for word in command]
    program = shutil.which(command[0]) or command[0]
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
    ]
    start = time.perf_counter()
    child = os.posix_spawn(program, command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    if code not in wanted:
        sys.exit(f"bench: '{' '.join(command)}' ended with {code}, want {wanted}")
    return Times(wall, usage.ru_utime + usage.ru_stime)


def text_of(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def peak_bytes(command):
    """The peak memory of a command. A small parent: a child starts with its parent's peak."""
    wrapped = ["/usr/bin/time", "-f", "%M", *[str(word) for word in command]]
    result = subprocess.run(
        wrapped, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True
    )
    return int(result.stderr.split()[-1]) * 1024


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def rate(count, wall):
    return f"{count / wall:,.0f}/s"


class Table:
    HEAD = ("#", "what", "audit", "peer", "ratio", "target", "met")

    def __init__(self):
        self.rows = []

    def add(self, name, what, ours, peer, ratio, compare, target, unit="x"):
        """compare: '>=' or '<='. ratio None: not measured, `ours` says why."""
        if ratio is None:
            row = (name, what, ours, peer, "-", f"{compare} {target:g}{unit}", "-")
        else:
            met = ratio >= target if compare == ">=" else ratio <= target
            shown = f"{ratio:.3g}{unit}" if ratio < 100 else f"{ratio:,.0f}{unit}"
            row = (name, what, ours, peer, shown, f"{compare} {target:,g}{unit}", "yes" if met else "NO")
        self.rows.append(row)
        say("  " + "  ".join(row))

    def note(self, name, what):
        self.rows.append((name, what, "", "", "", "", ""))

    def not_yet(self, name, what, why="not yet"):
        self.rows.append((name, what, why, "", "-", "", "-"))

    def text(self):
        rows = [self.HEAD, *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.HEAD))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join(lines) + "\n"


class Bench:
    def __init__(self, options):
        self.audit = options.audit
        self.generate = options.generate
        self.work = pathlib.Path(options.work)
        self.count = options.events
        self.runs = options.runs
        self.only = set(options.only.split(","))
        self.large_wanted = not options.no_large
        self.table = Table()
        self.samples = {}
        self.flags = self.known_flags()
        self.events = self.work / "events.jsonl"
        self.ledger = self.work / "bench.ledger"
        self.large = None
        self.own_search = {}

    # --- helpers

    def known_flags(self):
        cli = json.loads(text_of([self.audit, "--describe-cli"]))
        return {
            command["name"]: {name for flag in command["flags"] for name in flag["names"]}
            for command in cli["commands"]
        }

    def has(self, command, flag):
        return flag in self.flags.get(command, ())

    def turns(self, name, sides, runs=None):
        """Runs the sides by turns; returns the median wall time of each."""
        walls = [[] for _ in sides]
        for number in range(runs or self.runs):
            for side, function in enumerate(sides):
                os.sync()
                walls[side].append(function().wall)
            if not runs:
                say(f"  {name} run {number + 1}: " + " | ".join(seconds(w[-1]) for w in walls))
        self.samples[name] = walls
        return [statistics.median(side) for side in walls]

    def remove(self, *names):
        for name in names:
            for path in self.work.glob(name + "*"):
                path.unlink()

    def new_ledger(self, ledger):
        self.remove(ledger.name)
        run([self.audit, "init", "-q", ledger, "--origin", "example.com/bench"])

    def ingest(self, ledger, events, *flags):
        """Times one ingest into a new ledger, and checks that everything was stored."""
        self.new_ledger(ledger)
        summary = self.work / "summary.json"
        times = run([self.audit, "ingest", "--json", "-l", ledger, *flags, events], output=summary)
        counts = json.loads(summary.read_text())
        if counts["stored"] != counts["read"]:
            sys.exit(f"bench: the ingest went wrong: {counts}")
        self.head = counts["size"]
        return times

    def watermark(self, ledger):
        """How many entries the index beside a ledger holds."""
        last = "SELECT ifnull(max(last), 0) FROM segment"
        return int(text_of(["sqlite3", "-readonly", index_of(ledger), last]))

    def peer(self, database, *words):
        self.remove(database.name)
        return run([sys.executable, PEERS, *words])

    def need_ledger(self):
        if not index_of(self.ledger).exists():
            say("  making the ledger")
            self.ingest(self.ledger, self.events)

    # --- the rows

    def prepare(self):
        self.work.mkdir(parents=True, exist_ok=True)
        say(f"making {self.count:,} events")
        run([self.generate, self.count], output=self.events)
        with self.events.open("rb") as lines:
            self.sample = [next(lines) for _ in range(min(self.count, max(PER_EVENT, DURABLE)))]
        (self.work / "few.jsonl").write_bytes(b"".join(self.sample[:DURABLE]))
        self.raw = self.events.stat().st_size
        say(f"  {self.raw / MIB:,.0f} MiB, {self.raw / self.count:,.0f} bytes each")

    def ingest_rows(self):
        batch, few = self.work / "batch.db", self.work / "few.jsonl"
        python, made = self.work / "class.db", self.work / "utils.db"

        def utils():
            self.remove(made.name)
            return run(shell(
                f"sqlite-utils insert '{made}' ev '{self.events}' --nl --alter --batch-size 1000 && "
                f"sqlite-utils enable-fts '{made}' ev {' '.join(TEXT_COLUMNS)} --fts5"))

        n = self.count
        few_count = min(n, PER_EVENT)
        ours, fts, class_wall, utils_wall = self.turns("I1 I3 I4", [
            lambda: self.ingest(self.ledger, self.events),
            lambda: self.peer(batch, "batch-fts", self.events, batch),
            lambda: self.peer(python, "per-event", self.events, python, few_count),
            utils,
        ])
        self.own_rate = n / ours
        class_rate = few_count / class_wall
        self.table.add("I1", "ingest: chain, tree, signed, idempotent, indexed; Python batch + chain + FTS5",
                       rate(n, ours), rate(n, fts), fts / ours, ">=", 8)
        self.table.note("I1", f"it ends with the index at {self.watermark(self.ledger):,} of "
                              f"{self.head:,} entries")
        later, plain = self.turns("I2", [
            lambda: self.ingest(self.work / "later.ledger", self.events, "--index", "later"),
            lambda: self.peer(batch, "batch", self.events, batch),
        ])
        self.table.add("I2", "ingest with the index deferred; Python batch + chain",
                       rate(n, later), rate(n, plain), plain / later, ">=", 3)
        self.table.add("I3", "as I1; sqlite-utils insert + enable-fts",
                       rate(n, ours), rate(n, utils_wall), utils_wall / ours, ">=", 8)
        self.table.add("I4", "as I1; a Python class that opens and commits per event",
                       rate(n, ours), f"{class_rate:,.0f}/s", self.own_rate / class_rate, ">=", 80)
        single, again = self.turns("I5", [
            lambda: self.ingest(self.work / "single.ledger", few, "--batch", "1"),
            lambda: self.peer(python, "per-event", few, python, DURABLE),
        ])
        self.table.add("I5", "one event per commit, durable; that class",
                       rate(DURABLE, single), rate(DURABLE, again), again / single, ">=", 4)
        self.remove("later.ledger", "single.ledger", batch.name, python.name)

    def otlp_rows(self):
        """The same events as requests of OpenTelemetry, in both encodings, per byte."""
        plain, requests, folder = self.work / "plain.jsonl", self.work / "otlp.jsonl", self.work / "pb"
        count = min(self.count, MOST_OTLP_EVENTS)
        with self.events.open("rb") as lines:
            plain.write_bytes(b"".join(line for _, line in zip(range(count), lines)))
        say(f"  making requests of {count:,} events")
        spans = int(text_of([sys.executable, OTLP, plain, requests, folder]))
        ledger = self.work / "otlp.ledger"
        sizes = [plain.stat().st_size, requests.stat().st_size,
                 sum(file.stat().st_size for file in folder.iterdir())]
        entries = []

        def ingest(events):
            times = self.ingest(ledger, events)
            entries.append(self.head)
            return times

        walls = self.turns("O1 O2", [lambda events=events: ingest(events)
                                     for events in (plain, requests, folder)])
        if min(entries[1:3]) <= spans or entries[1] != entries[2]:
            sys.exit(f"bench: {spans:,} spans became entries {entries[:3]}")
        own, *rates = [size / wall for size, wall in zip(sizes, walls)]
        for name, what, rate_per_byte, size in (("O1", "JSON", rates[0], sizes[1]),
                                                ("O2", "protobuf", rates[1], sizes[2])):
            self.table.add(name, f"ingest of OpenTelemetry ({what}, {size / count:,.0f} bytes an event), per "
                                 f"byte; the same events as JSON lines ({sizes[0] / count:,.0f})",
                           f"{rate_per_byte / MIB:.1f} MiB/s", f"{own / MIB:.1f} MiB/s",
                           rate_per_byte / own, ">=", 0.5)
        shutil.rmtree(folder)
        self.remove("plain.jsonl", "otlp.jsonl", ledger.name)

    def large_rows(self):
        """The same at ten times the size: rate of ingest (I6); the ledger is kept for S5, C1, M1."""
        needed = self.raw * 10 * 3
        free = shutil.disk_usage(self.work).free
        if not self.large_wanted or free < needed:
            why = "left out" if not self.large_wanted else f"disk: {needed >> 30} GiB needed"
            self.table.not_yet("I6", "rate at ten times the events", why)
            return
        if not hasattr(self, "own_rate"):
            self.own_rate = self.count / self.ingest(self.ledger, self.events).wall
        many = self.work / "many.jsonl"
        say(f"making {self.count * 10:,} events")
        run([self.generate, self.count * 10], output=many)
        self.large = self.work / "large.ledger"
        wall = self.ingest(self.large, many).wall
        many.unlink()
        large_rate = self.count * 10 / wall
        self.table.add("I6", f"rate at {self.count * 10:,} events; own rate at {self.count:,}",
                       f"{large_rate:,.0f}/s", f"{self.own_rate:,.0f}/s", large_rate / self.own_rate,
                       ">=", 0.8)

    def verify_rows(self):
        self.need_ledger()
        verdict = json.loads(text_of([self.audit, "verify", "--json", self.ledger]))
        if verdict["verdict"] != "intact" or verdict["entries_checked"] <= self.count:
            sys.exit(f"bench: verify says {verdict}")
        quick, full, digest = self.turns("V1 V2", [
            lambda: run([self.audit, "verify", "--quick", self.ledger]),
            lambda: run([self.audit, "verify", self.ledger]),
            lambda: run(["openssl", "dgst", "-sha256", self.ledger]),
        ])
        self.table.add("V1", "verify --quick; openssl dgst -sha256 of the same file",
                       seconds(quick), seconds(digest), quick / digest, "<=", 1.2)
        self.table.add("V2", "verify, index and SQLite checks included; the same",
                       seconds(full), seconds(digest), full / digest, "<=", 2.5)
        known = self.work / "known.checkpoint"
        size = self.count - max(10_000, self.count // 100)
        known.write_text(text_of(["sqlite3", "-readonly", self.ledger,
                                  f"SELECT note FROM checkpoint WHERE size = {size}"]).rstrip("\n") + "\n")
        new, full = self.turns("V3", [
            lambda: run([self.audit, "verify", "--since-known", "--known", known, self.ledger]),
            lambda: run([self.audit, "verify", "--known", known, self.ledger]),
        ])
        self.table.add("V3", f"verify --since-known, {self.count - size:,} new; verify", seconds(new),
                       seconds(full), new / full, "<=", 0.05)

    def queries(self):
        """S1, S2, S3 as words for 'audit search'."""
        middle, late = self.time_at(0.5), self.time_at(0.75)
        narrow = f"quarterly agent:agent-003 type:tool.result since:{middle} until:{late}"
        return {
            "S1": ["-n", "0", "zanzibarite"],
            "S2": ["-n", "50", "quarterly"],
            "S3": ["-n", "50", narrow],
        }

    def time_at(self, share):
        with self.events.open("rb") as lines:
            lines.seek(int(self.raw * share))
            lines.readline()
            return json.loads(lines.readline())["ts"]

    def search(self, ledger, words):
        return run([self.audit, "search", "--json", "-l", ledger, *words], wanted=(0, 1))

    def search_rows(self):
        self.need_ledger()
        rare = int(text_of(["rg", "-c", "zanzibarite", self.events]))
        common = int(text_of(["rg", "-c", "quarterly", self.events]))
        for word, want in (("zanzibarite", rare), ("quarterly", common)):
            got = int(text_of([self.audit, "search", "-l", self.ledger, "--count", word]))
            if got != want:
                sys.exit(f"bench: search finds {got:,} entries with '{word}', rg {want:,}")
        targets = {"S1": 0.04, "S2": 0.04, "S3": 0.1}
        what = {"S1": "rare word, all hits with bodies; rg -c over the raw file",
                "S2": "word in 10 % of all events, newest 50; rg -c",
                "S3": "word, agent, type and time range, newest 50; rg -c"}
        for name, words in self.queries().items():
            word = "zanzibarite" if name == "S1" else "quarterly"
            ours, peer = self.turns(name, [
                lambda words=words: self.search(self.ledger, words),
                lambda word=word: run(["rg", "-c", word, self.events]),
            ], runs=max(self.runs, 31))
            self.own_search[name] = ours
            self.table.add(name, what[name], seconds(ours), seconds(peer), ours / peer, "<=", targets[name])
        self.count_rows()
        self.large_search_row()

    def count_rows(self):
        group = "SELECT agent, count(*) FROM entry GROUP BY agent"
        ours, peer = self.turns("S4", [
            lambda: run([self.audit, "search", "-l", self.ledger, "--count", "quarterly"]),
            lambda: run(["sqlite3", "-readonly", self.ledger, group]),
        ], runs=max(self.runs, 5))
        self.table.add("S4", "count of a common word; SQL GROUP BY on the same table",
                       seconds(ours), seconds(peer), ours / peer, "<=", 0.2)
        if not self.has("search", "--by"):
            self.table.not_yet("S4", "facet by any field over everything")
            return
        ours, peer = self.turns("S4 facet", [
            lambda: run([self.audit, "search", "-l", self.ledger, "--by", "agent"]),
            lambda: run(["sqlite3", "-readonly", self.ledger, group]),
        ], runs=max(self.runs, 5))
        self.table.add("S4", "facet by agent over everything; the same",
                       seconds(ours), seconds(peer), ours / peer, "<=", 0.2)

    def large_search_row(self):
        if self.large is None:
            self.table.not_yet("S5", "S1 to S3 at ten times the events", "see I6")
            return
        worst, name = 0, ""
        for query, words in self.queries().items():
            (wall,) = self.turns(f"S5 {query}", [lambda words=words: self.search(self.large, words)],
                                 runs=max(self.runs, 31))
            if wall / self.own_search[query] > worst:
                worst, name, slowest = wall / self.own_search[query], query, wall
        self.table.add("S5", f"S1 to S3 at {self.count * 10:,}, the worst ({name}); own at {self.count:,}",
                       seconds(slowest), seconds(self.own_search[name]), worst, "<=", 3)

    def export_rows(self):
        self.need_ledger()
        made = self.work / "utils.db"
        if not made.exists():
            run(["sqlite-utils", "insert", made, "ev", self.events, "--nl", "--alter", "--batch-size", "1000"])
        columns = [word for column in CSV_COLUMNS for word in ("-c", column)]
        ours, peer = self.turns("E1", [
            lambda: run([self.audit, "export", "-l", self.ledger, "--csv", "--fields", CSV_FIELDS]),
            lambda: run(["sqlite-utils", "rows", made, "ev", "--csv", *columns]),
        ])
        self.table.add("E1", "CSV of six columns; sqlite-utils rows --csv",
                       rate(self.count, ours), rate(self.count, peer), peer / ours, ">=", 5)
        select = f"sqlite3 -readonly '{self.ledger}' 'SELECT payload FROM entry' | cat"
        raw, lines, peer = self.turns("E2", [
            lambda: run(shell(f"'{self.audit}' export -l '{self.ledger}' --raw | cat")),
            lambda: run(shell(f"'{self.audit}' export -l '{self.ledger}' --jsonl | cat")),
            lambda: run(shell(select)),
        ])
        run(shell(f"'{self.audit}' export -l '{self.ledger}' --raw | cmp - '{self.events}'"))
        self.table.add("E2", "--raw into a pipe; sqlite3 FILE 'select payload'",
                       seconds(raw), seconds(peer), raw / peer, "<=", 1)
        self.table.add("E2", "--jsonl into a pipe; the same",
                       seconds(lines), seconds(peer), lines / peer, "<=", 1)
        self.pdf_row()

    def pdf_row(self):
        pdf = self.work / "table.pdf"
        number = min(self.count, MOST_PDF_ENTRIES)
        (wall,) = self.turns("E3", [
            lambda: run([self.audit, "export", "-l", self.ledger, "--pdf", "--no-verify", "-n", number,
                         "--force", "-o", pdf]),
        ])
        info = text_of(["pdfinfo", pdf])
        pages = int(next(line.split()[1] for line in info.splitlines() if line.startswith("Pages:")))
        self.table.add("E3", f"PDF table of {number:,} entries, {pages:,} pages",
                       seconds(wall), "", pages / wall, ">=", 1500, " pages/s")
        pdf.unlink()

    def size_rows(self):
        self.need_ledger()
        size = self.ledger.stat().st_size + index_of(self.ledger).stat().st_size
        self.table.add("Z1", "ledger and index; raw JSONL", f"{size / MIB:,.0f} MiB",
                       f"{self.raw / MIB:,.0f} MiB", size / self.raw, "<=", 1.5)
        if not self.has("init", "--compress"):
            self.table.not_yet("Z1", "the same with init --compress")
            return
        packed = self.work / "packed.ledger"
        self.remove(packed.name)
        run([self.audit, "init", "-q", packed, "--compress"])
        run([self.audit, "ingest", "-q", "-l", packed, self.events])
        size = packed.stat().st_size + index_of(packed).stat().st_size
        self.table.add("Z1", "the same with init --compress", f"{size / MIB:,.0f} MiB",
                       f"{self.raw / MIB:,.0f} MiB", size / self.raw, "<=", 1)
        self.remove(packed.name)

    def memory_rows(self):
        self.need_ledger()
        ledger = self.large or self.ledger
        spare = self.work / "spare.ledger"
        self.new_ledger(spare)
        rows = [
            ("ingest", 200, [self.audit, "ingest", "-q", "-l", spare, self.events]),
            ("verify", 32, [self.audit, "verify", ledger]),
            ("search", 64, [self.audit, "search", "--json", "-n", "0", "-l", ledger, "quarterly"]),
            ("CSV export", 32, [self.audit, "export", "--csv", "-l", ledger]),
            ("OCSF export", 32, [self.audit, "export", "--ocsf", "-l", ledger]),
        ]
        for name, most, command in rows:
            peak = peak_bytes(command) / MIB
            size = self.count if name == "ingest" or not self.large else self.count * 10
            self.table.add("M1", f"peak memory of {name}, {size:,} events", f"{peak:.0f} MiB", "",
                           peak, "<=", most, " MiB")
        self.remove(spare.name)

    def start_rows(self):
        self.need_ledger()
        ledger = self.large or self.ledger
        size = self.count * (10 if self.large else 1)
        times = [run([self.audit, "--version"]).wall for _ in range(50)]
        wall = statistics.median(times) * 1000
        self.table.add("C1", "audit --version", f"{wall:.1f} ms", "", wall, "<=", 5, " ms")
        times = [run([self.audit, "search", "--seq", "1", "-l", ledger]).cpu for _ in range(50)]
        cpu = statistics.median(times) * 1000
        self.table.add("C1", f"search --seq 1 on {size:,}, CPU", f"{cpu:.1f} ms", "", cpu, "<=", 15, " ms")

    def gate_rows(self):
        """How much later a line comes out of the gate than as many bytes alone are on disk."""
        ledger, pages = self.work / "gate.ledger", self.work / "pages"
        run([self.audit, "init", "-q", ledger])
        words = [self.audit, "ingest", "-", "-q", "-l", ledger, "--tee", "--batch", "1"]
        for name in text_of([self.audit, "ingest", "--rules", "list"]).splitlines():
            words += ["--rules", name.split()[0]]
        gate = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        passed, synced = [], []
        with self.events.open("rb") as lines, pages.open("ab", buffering=0) as out:
            for _, line in zip(range(DURABLE), lines):
                start = time.perf_counter()
                out.write(bytes(8 * 4096))  # what a commit of one event writes
                os.fdatasync(out.fileno())
                middle = time.perf_counter()
                gate.stdin.write(line)
                gate.stdin.flush()
                if gate.stdout.readline() != line:
                    sys.exit("bench: the gate gave another line")
                synced.append((middle - start) * 1000)
                passed.append((time.perf_counter() - middle) * 1000)
        gate.stdin.close()
        gate.wait()
        ours, sync = statistics.median(passed), statistics.median(synced)
        self.table.add("G1", "gate: one event through all shipped rules, beyond a write of 32 KiB and fdatasync",
                       f"{ours:.2f} ms", f"{sync:.2f} ms", max(ours - sync, 0), "<=", 1, " ms")
        self.remove("gate.ledger", "pages")

    def proof_rows(self):
        """One process for each proof, of entries all over the ledger; each is checked with the key."""
        self.need_ledger()
        ledger = self.large or self.ledger
        size = self.count * (10 if self.large else 1)
        key, proof = ledger.with_name(ledger.name + ".pub"), self.work / "entry.tlog-proof"
        walls, longest = [], 0
        for number in range(PROOFS):
            seq = size * (2 * number + 1) // (2 * PROOFS)
            walls.append(run([self.audit, "export", "--proof", seq, "-l", ledger], output=proof).wall)
            longest = max(longest, proof.stat().st_size)
            run([self.audit, "verify", proof, "--key", key, "--require", "signed"])
        wall = statistics.median(walls) * 1000
        self.table.add("P1", f"proof of one entry of {size:,}, whole process", f"{wall:.1f} ms", "", wall,
                       "<=", 5, " ms")
        self.table.add("P1", "the longest of these files", f"{longest:,} bytes", "", longest / 1024, "<=", 1.5,
                       " KiB")
        self.remove(proof.name)

    def all_rows(self):
        wanted = self.only.__contains__
        self.prepare()
        if wanted("I"):
            self.ingest_rows()
        if wanted("O"):
            say("O rows")
            self.otlp_rows()
        if wanted("I") or wanted("S"):
            self.large_rows()
        for letter, rows in (("V", self.verify_rows), ("S", self.search_rows), ("E", self.export_rows),
                             ("Z", self.size_rows), ("M", self.memory_rows), ("C", self.start_rows),
                             ("G", self.gate_rows), ("P", self.proof_rows)):
            if wanted(letter):
                say(f"{letter} rows")
                rows()
        self.table.not_yet("R1", "report all")


def index_of(ledger):
    return ledger.with_name(ledger.name + ".index")


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), "unknown processor")
    return f"{os.cpu_count()} x {model}, load {os.getloadavg()[0]:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audit", required=True)
    parser.add_argument("--generate", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="I,O,V,S,E,Z,M,C,G,P")
    parser.add_argument("--no-large", action="store_true")
    options = parser.parse_args()
    os.environ["AUDIT_CONFIG"] = ""
    os.environ.pop("AUDIT_LEDGER", None)
    bench = Bench(options)
    start = time.time()
    try:
        bench.all_rows()
    finally:
        heading = (f"{text_of([options.audit, '--version']).strip()}; {bench.count:,} events, medians of "
                   f"{bench.runs} runs by turns; {machine()}; {time.time() - start:,.0f} s")
        text = f"{heading}\n\n{bench.table.text()}"
        print(text, end="", flush=True)
        (bench.work / "table.txt").write_text(text)
        (bench.work / "samples.json").write_text(json.dumps(bench.samples, indent=1))
        for path in bench.work.iterdir():
            if path.is_file() and path.name not in ("table.txt", "samples.json", "generate"):
                path.unlink()


if __name__ == "__main__":
    main()
