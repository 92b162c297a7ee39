"""A page as `audit export --html` makes it, made anew: slow and obvious, from the documents alone.

The tests compare it with the program's, byte for byte, and make pages with it that the program would
never write: other content, other keys, another order.
"""

import base64
import datetime
import hashlib
import json
import pathlib
import re

import ledger_format
from ledger_format import BY_TAG, H, Book

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "libaudit" / "data" / "page"
SCRIPTS = (
    "bytes sha256 fields entry tree note members check given dom words details table timeline verdict "
    "archive frame main"
).split()

# What cannot be seen or reorders what can.
INVISIBLE = "\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"


SECONDS = 1_782_864_000  # the time of the members: 2026-07-01


def b64(data):
    return base64.b64encode(data).decode()


def quoted(text):
    """A JSON string in the one spelling of the members."""
    out = re.sub(r'["\\]', lambda found: "\\" + found[0], text)
    return '"' + re.sub(f"[<{INVISIBLE}]", lambda found: f"\\u{ord(found[0]):04x}", out) + '"'


def json_text(value):
    """JSON in that spelling."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{quoted(key)}:{json_text(one)}" for key, one in value.items()) + "}"
    return json.dumps(value)


# --- The members ---


def parts_of(row, words):
    """What an entry has to show: (shown fields, s0, own parts), or E alone."""
    kept = ledger_format.parse_kept(row["kept"]) if row["kept"] is not None else {}
    if "E" in kept:
        return None, kept
    values = ledger_format.field_values(row, words)
    if "s0" in kept:
        return (values, kept["s0"], [(tag, bool(kind), held) for tag, kind, held in kept["own"]]), kept
    s0, _, parts = ledger_format.envelope_parts(values, row["salt_e"])
    return (values, s0, [(tag, False, salt) for tag, _, salt in parts]), kept


def field_value(tag, kind, value):
    field = {"name": BY_TAG[tag].name, "tag": tag}
    if kind == ledger_format.TEXT:
        return {**field, "text": value.decode()}
    if kind == ledger_format.INTEGER:
        return {**field, "int": str(int.from_bytes(value, "big", signed=True))}
    return {**field, "bytes": b64(value)}


def shown_envelope(shown, hide, erased, hidden):
    """"fields", "s0" and "own"; adds what is not shown to `erased` and `hidden`."""
    values, s0, own = shown
    hits = [BY_TAG[tag].name for tag, gone, _ in own if not gone and BY_TAG[tag].name in hide]
    present = {tag: (kind, value) for tag, kind, value in values if tag < 0x80}
    parts, lost = [], set()
    for tag, gone, held in own:
        field = BY_TAG[tag]
        if gone:
            erased.append(field.name)
            parts.append({"tag": tag, "digest": b64(held)})
        elif field.name in hits or ((hits or "payload" in hide) and field.content):
            hidden.append(field.name)
            lost.add(tag)
            parts.append({"tag": tag, "digest": b64(ledger_format.field_hash(held, tag, *present[tag]))})
        else:
            parts.append({"tag": tag, "salt": b64(held)})
    fields = [field_value(*value) for value in values if value[0] not in lost]
    return {"fields": fields, "s0": b64(s0), "own": parts}, bool(hits) or "payload" in hide


def entry_line(row, previous, words, hide=()):
    """The line of an entry. hide: "payload" and names of own fields (looked for nowhere else)."""
    shown, kept = parts_of(row, words)
    entry = {
        "seq": row["seq"],
        "received": str(row["received"]),
        "prev": previous.hex(),
        "hash": row["hash"].hex(),
    }
    erased, hidden, no_payload = [], [], "payload" in hide
    if shown is None:
        entry["E"] = b64(kept["E"])
        erased.append("entry")
    else:
        envelope, no_payload = shown_envelope(shown, hide, erased, hidden)
        entry.update(envelope)
    if "P" in kept:
        entry["P"] = b64(kept["P"])
        erased.append("payload")
    elif no_payload and row["stored"]:
        entry["P"] = b64(ledger_format.payload_hash(row, kept))
        hidden.append("payload")
    else:
        entry["salt_p"] = b64(row["salt_p"])
        if row["stored"]:
            try:
                entry["payload"] = bytes(row["payload"]).decode()
            except UnicodeDecodeError:
                entry["payload_base64"] = b64(row["payload"])
    entry.update({key: words for key, words in (("erased", erased), ("hidden", hidden)) if words})
    return json_text(entry)


def needed_nodes(hashes, shown):
    """[(level, index, digest)] of the maximal complete subtrees without a shown leaf, left to right."""
    nodes = []

    def walk(begin, count):
        if count == 0:
            return
        complete = count & (count - 1) == 0
        if complete and not any(begin <= leaf < begin + count for leaf in shown):
            digest = ledger_format.root(hashes[begin : begin + count])
            nodes.append((count.bit_length() - 1, begin // count, digest))
        elif count > 1:
            half = 1 << (count - 1).bit_length() - 1
            walk(begin, half)
            walk(begin + half, count - half)

    walk(0, len(hashes))
    return nodes


def members_of(ledger, seqs, query="", hide=(), keys=None):
    """{name: text} of a ledger whose key never changed; `seqs` are the entries to show."""
    with Book.open(ledger) as book:
        rows, words, head, created = book.rows(), book.words, book.head, book.created
    hashes = [row["hash"] for row in rows]

    def line(seq, hide=()):
        return entry_line(rows[seq], hashes[seq - 1] if seq else bytes(32), words, hide)

    lines = [line(seq, hide) for seq in seqs]
    nodes = needed_nodes(hashes, {0, *seqs})
    return seal({
        "README.txt": "Made for a test.\n",
        "checkpoint": head,
        "keys.txt": "".join(f"{key}\n" for key in keys or [created["key"]]),
        "history.jsonl": line(0) + "\n",
        "entries.jsonl": "".join(one + "\n" for one in lines),
        "nodes.txt": "".join(f"{level} {index} {b64(digest)}\n" for level, index, digest in nodes),
    }, query, hide, created)


def seal(members, query="", hide=(), created=None, seconds=SECONDS):
    """Adds the manifest of `members`."""
    origin, size, root = members["checkpoint"].split("\n")[:3]
    if created is None:
        created = json.loads(json.loads(members["history.jsonl"].split("\n")[0])["payload"])
    entries = []
    for line in members["entries.jsonl"].splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:
            entries.append({})
    seqs = [entry.get("seq") for entry in entries]
    manifest = {
        "schema": "audit.bundle/1",
        "origin": origin,
        "ledger": created["ledger"],
        "query": None if hide else query,
        "time": seconds,
        "entries": len(entries),
        "first": seqs[0],
        "last": seqs[-1],
        "hidden": list(hide),
        "withheld": sum("hidden" in entry for entry in entries),
        "erased": sum("erased" in entry for entry in entries),
        "size": int(size),
        "root": root,
        "members": [
            {
                "name": name,
                "bytes": len(text.encode("utf-8", "surrogatepass")),
                "sha256": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
            }
            for name, text in members.items()
        ],
    }
    return {**members, "manifest.json": json_text(manifest) + "\n"}


# --- The page ---

def carried(name, text):
    """A member as it stands in the page."""
    attribute = 'id="about"' if name == "about" else f'data-member="{name}"'
    lines = Lines(text).splitlines_lf()
    if not name.endswith((".json", ".jsonl")):
        lines = map(quoted, lines)
    body = "".join(line + "\n" for line in lines)
    return f'<script type="application/json" {attribute}>\n{body}</script>\n'


def read_members(page):
    """{name: text} of a page, as carried() put them there."""
    members = {}
    for name, body in re.findall(r'data-member="([^"]*)">\n(.*?)</script>', page, re.DOTALL):
        lines = body[:-1].split("\n") if body else []
        members[name] = "".join((one if name.endswith((".json", ".jsonl")) else json.loads(one)) + "\n" for one in lines)
    return members


class Lines(str):
    """A text whose lines end at line feeds only."""

    def splitlines_lf(self):
        return self[:-1].split("\n") if self else []


def visible(character):
    """As audit::escape_controls spells it."""
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    code = ord(character)
    return short.get(character) or (f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}")


def escaped(text):
    text = re.sub(f"[{INVISIBLE}]", lambda found: visible(found[0]), text)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(character, entity)
    return text


CELL = 200
COLUMNS = ("No.", "Time (UTC)", "Agent", "Type", "What", "Decision", "Outcome")
PLAIN_WORDS = (
    '<p class="fault">Scripts are off, so nothing below was checked. This is a plain list of the entries; '
    "what they say in full, and what proves it, stands in the source of this page. To check it, ask its "
    "sender for the bundle, and use audit verify or reverify.py.</p>\n"
)


def time_text(nanoseconds):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=nanoseconds // 1_000_000)
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03}"


def plain_table(entries_jsonl):
    rows = []
    for line in Lines(entries_jsonl).splitlines_lf():
        entry = json.loads(line)
        fields = {}
        for field in entry.get("fields", []):
            fields.setdefault(field["name"], field.get("text", field.get("int", field.get("bytes"))))
        what = next((fields[n] for n in ("tool", "model", "action", "policy", "resource") if n in fields), "")
        cells = [
            str(entry["seq"]),
            time_text(int(fields.get("time", entry["received"]))),
            *(fields.get(name, "") for name in ("agent", "type")),
            what,
            *(fields.get(name, "") for name in ("decision", "status")),
        ]
        rows.append("<tr>" + "".join(f"<td>{escaped(cell[:CELL])}</td>" for cell in cells) + "</tr>\n")
    heads = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    return f"{PLAIN_WORDS}<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table>\n"


def script_text():
    files = "".join((SOURCES / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{files}}})();\n'


def source_hash(text):
    return "'sha256-" + b64(H(text.encode())) + "'"


def page_of(members, title, made="2026-07-01T00:00:00Z", plain=None):
    plain = plain_table(members["entries.jsonl"]) if plain is None else plain
    style, script = (SOURCES / "page.css").read_text("utf-8"), script_text()
    policy = (
        f"default-src 'none'; script-src {source_hash(script)}; style-src {source_hash(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    )
    about = json_text({
        "format": "audit.page/1",
        "title": title,
        "made": made,
        "policy": policy,
        "manifest": H(members["manifest.json"].encode()).hex(),
        "plain": H(plain.encode()).hex(),
    })
    texts = {"about": f"{about}\n{H(about.encode()).hex()}\n", **members}
    values = {
        "POLICY": policy,
        "TITLE": escaped(title),
        "STYLE": style,
        "PLAIN": plain,
        "MEMBERS": "".join(carried(name, text) for name, text in texts.items()),
        "SCRIPT": script,
    }
    template = (SOURCES / "page.html").read_text("utf-8")
    return re.sub("@([A-Z]+)@", lambda found: values[found[1]], template)
