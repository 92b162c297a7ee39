"""Readers of CEF, LEEF and syslog, written from the formats' documents; and what a text becomes.

Nothing here calls the program under test.
"""

import hashlib
import re
import sys
import pathlib
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

UNSEEN = {"Cc", "Cf", "Zl", "Zp"}
BLANKS = " \t\r\n"


def read_cef(line):
    """The seven header fields, and the extension as a dict."""
    fields, rest, field = [], line, ""
    while len(fields) < 7:
        match = re.match(r"((?:[^|\\]|\\[|\\])*)\|", rest)
        if not match:
            raise ValueError(f"a header of CEF ends early: {line!r}")
        field = re.sub(r"\\([|\\])", r"\1", match[1])
        fields.append(field)
        rest = rest[match.end() :]
    if not fields[0].startswith("CEF:"):
        raise ValueError("no CEF")
    return fields, read_extension(rest)


def read_extension(text):
    """key=value with blanks between: a '=' that is not escaped ends a key."""
    places = [m.start() for m in re.finditer(r"(?<!\\)(?:\\\\)*=", text)]
    places = [text.index("=", place) for place in places]
    values = {}
    for i, place in enumerate(places):
        begin = text.rfind(" ", 0, place) + 1
        key = text[begin:place]
        end = len(text) if i + 1 == len(places) else text.rfind(" ", 0, places[i + 1])
        if not re.fullmatch(r"[A-Za-z0-9]+", key) or key in values:
            raise ValueError(f"a key of CEF is none, or there twice: {key!r}")
        values[key] = unescape(text[place + 1 : end], {"\\": "\\", "=": "=", "n": "\n", "r": "\r"})
    return values


def unescape(text, known):
    def one(match):
        if match[1] not in known:
            raise ValueError(f"an escape that is none: {match[0]!r}")
        return known[match[1]]

    return re.sub(r"\\(.)", one, text, flags=re.S)


def read_leef(line):
    fields = line.split("|", 6)
    if fields[0] != "LEEF:2.0" or fields[5] != "x09":
        raise ValueError(f"no LEEF: {line!r}")
    values = {}
    for pair in fields[6].split("\t"):
        key, _, value = pair.partition("=")
        if not re.fullmatch(r"[A-Za-z0-9]+", key) or key in values:
            raise ValueError(f"a key of LEEF is none, or there twice: {key!r}")
        values[key] = value
    return fields[:6], values


SYSLOG = re.compile(
    r"<(?P<pri>0|[1-9]\d{0,2})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) "
    r"(?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<proc>[!-~]{1,128}) (?P<msgid>[!-~]{1,32}) "
    r"(?P<data>(?:\[[^ =\]\"]{1,32}(?: [^ =\]\"]{1,32}=\"(?:[^\"\\\]]|\\[\"\\\]])*\")*\])+)"
    "(?: \ufeff(?P<text>.*))?",
    re.S,
)


def read_syslog(line):
    """The header's parts, the elements as dicts, the message."""
    match = SYSLOG.fullmatch(line)
    if not match:
        raise ValueError(f"no RFC 5424: {line!r}")
    elements = {}
    for element in re.finditer(r"\[([^ \]]+)((?: [^=]+=\"(?:[^\"\\\]]|\\.)*\")*)\]", match["data"], re.S):
        values = re.findall(r" ([^=]+)=\"((?:[^\"\\\]]|\\.)*)\"", element[2], re.S)
        elements[element[1]] = {key: unescape(value, {c: c for c in '"\\]'}) for key, value in values}
    return match, elements


def visible(text, keep=""):
    """Spells out what cannot be seen, but for the characters in `keep`."""
    out = []
    for c in text:
        code = ord(c)
        if c in keep or not (unicodedata.category(c) in UNSEEN or code & 0xFFFE == 0xFFFE):
            out.append(c)
        elif c in "\n\r\t":
            out.append({"\n": "\\n", "\r": "\\r", "\t": "\\t"}[c])
        elif code < 0x80:
            out.append(f"\\x{code:02x}")
        else:
            out.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return "".join(out)


def cut(text, limit, original):
    """As audit-siem(5) says: between characters, with the digest of all of it."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    digest = hashlib.sha256(original.encode()).hexdigest()
    mark = f"\u2026[sha256:{digest if limit >= 256 else digest[:16]}]"
    return raw[: limit - len(mark.encode())].decode(errors="ignore") + mark


def in_cef(text, limit):
    shown = cut(visible(text.strip(BLANKS), keep="\n\r\t"), limit, text)
    return shown.replace("\r\n", "\n")


def in_csv(text):
    """Nothing is cut; what a spreadsheet might run gets an apostrophe."""
    shown = visible(text, keep="\n\t\r")
    first = shown.lstrip(" ")
    is_number = re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", first, re.A)
    runs = first and (first[0] in "=@\t\r\n\uff1d\uff0b\uff0d\uff20" or (first[0] in "+-" and not is_number))
    return "'" + shown if runs else shown


def in_leef(text, limit):
    shown = cut(visible(text, keep="\n\r\t"), limit, text)
    return re.sub("[\t\r\n]", " ", shown)


def in_syslog(text, limit):
    return cut(visible(text), limit, text)
