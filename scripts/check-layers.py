#!/usr/bin/env python3
"""Checks who includes whom: the layer table of libaudit/README.md, held against every #include.

usage: check-layers.py [ROOT]        exit 0: the table holds; 1: it does not, one line per breach
       check-layers.py --self-test   exit 0: every kind of breach is noticed, and nothing else
       check-layers.py --table       prints the table

Python's standard library only.
"""

import pathlib
import re
import sys
import tempfile

# What a layer of libaudit/src may include, beside itself, the standard library and its packages.
LAYERS = {
    "base": [],
    "crypto": ["base"],
    "proof": ["base", "crypto"],
    "event": ["base", "crypto"],
    "source": ["base", "event"],
    "redact": ["base", "event", "source"],
    "match": ["base", "event"],
    "rule": ["base", "crypto", "event", "match"],
    "schema": ["base", "event"],
    "ledger": ["base", "crypto", "proof", "event"],
    "http": ["base", "crypto"],
    # ingest hashes lines too long to store
    "ingest": ["base", "crypto", "event", "match", "rule", "schema", "source", "redact", "ledger", "http"],
    "verify": ["base", "crypto", "proof", "event", "ledger"],
    "query": ["base", "proof", "event", "match", "ledger"],
    "erasure": ["base", "crypto", "proof", "event", "match", "ledger", "query"],
    "document": ["base"],
    "siem": ["base", "crypto", "event", "ledger"],
    # export hashes the members of bundles
    "export": ["base", "crypto", "proof", "event", "ledger", "query", "document", "siem"],
    "report": ["base", "proof", "event", "ledger", "query", "verify", "document"],
}

# The layer that each public header belongs to.
PUBLIC = {
    "digest": "base",
    "error": "base",
    "text": "base",
    "time": "base",
    "checkpoint": "proof",
    "key": "proof",
    "proof": "proof",
    "tlog_proof": "proof",
    "event": "event",
    "field": "event",
    "rules": "rule",
    "source": "source",
    "ledger": "ledger",
    "rotate": "ledger",
    "ingest": "ingest",
    "continuation": "verify",
    "copy": "verify",
    "prover": "verify",
    "fork": "proof",
    "policy": "proof",
    "timestamp": "proof",
    "witness": "verify",
    "verify": "verify",
    "facet": "query",
    "merged_search": "query",
    "query": "query",
    "runs": "query",
    "schemas": "schema",
    "trace": "query",
    "why": "query",
    "erase": "erasure",
    "retention": "erasure",
    "bundle": "export",
    "export": "export",
    "forward": "siem",
    "page": "export",
    "tiles": "export",
    "report": "report",
}

# Public headers that a layer below them may include all the same.
ALSO = {
    ("match", "ledger"): "declares Entry, which a predicate is asked about",
    ("match", "query"): "declares Query, whose text match parses",
}

# A foreign library is wrapped by one layer, or by each of several; the rest see our types.
FOREIGN = {
    "simdjson.h": "base",
    "utf8proc.h": "base",
    "openssl/": "crypto",
    "cpuid.h": "crypto",
    "immintrin.h": "crypto",
    "sqlite3.h": "ledger",
    "zstd.h": "base",
    "zlib.h": "base",
    "hpdf.h": "document",
    "xlsxwriter.h": "export",
    "dlfcn.h": "base",
    "re2/": ("redact", "schema"),
    "CLI/": "apps",
}
ANYWHERE = ("fmt/", "tl/")
PUBLIC_FOREIGN = ("tl/expected.hpp",)

SYSTEM = re.compile(
    r"(sys/\w+|net/\w+|netinet/\w+|arpa/\w+|linux/\w+|dirent|fcntl|fnmatch|langinfo|malloc|netdb|poll|pthread|pwd"
    r"|sched|signal|spawn|stdlib|string|termios|unistd|grp|ftw)\.h"
)
STANDARD = re.compile(r"[a-z_]+")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s"  # as prose these are lower case
    r"|(?i:insert\s+into\s|(create|drop|alter)\s+(table|view|index|trigger|virtual)\s|pragma\s+\w+"
    r"|begin\s+(immediate|exclusive|transaction)|attach\s+database))"
)
# Functions of std::filesystem that throw what is no audit::Error, which the program tells as a bug of its
# own (exit 70), unless their last argument takes what went wrong.
THROWING = re.compile(
    r"\b(?:std::filesystem|fs)::(exists|is_\w+|status|symlink_status|file_size|canonical|weakly_canonical|absolute|relative"
    r"|proximate|equivalent|temp_directory_path|current_path|create_\w+|remove|remove_all|rename|copy|copy_file|copy_symlink"
    r"|read_symlink|resize_file|last_write_time|permissions|space|hard_link_count)\s*\("
)
# What is asked of a status that is there already throws nothing.
ASKS_STATUS = re.compile(r"(?:status|(?:std::filesystem|fs)::(?:symlink_)?status\(.*\))")
TAKES_ERROR = re.compile(r"(?:error|failed|ignored|missing|no_link)")
SUFFIXES = (".cpp", ".hpp", ".h", ".cc", ".hh", ".inc")


def sources(folder):
    return sorted(f for f in folder.rglob("*") if f.is_file() and f.suffix in SUFFIXES)


def includes(file):
    """Yields (line number, '<' or '"', what is included)."""
    for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1], match[2]


def arguments(text, at):
    """The arguments of a call, `at` being behind its '('."""
    found, depth = [""], 0
    for char in text[at:]:
        if char == ")" and depth == 0:
            break
        depth += {"(": 1, ")": -1, "{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            found.append("")
        else:
            found[-1] += char
    return [" ".join(one.split()) for one in found]


class Checker:
    def __init__(self, root):
        self.root = root
        self.src = root / "libaudit" / "src"
        self.public = root / "libaudit" / "include" / "audit"
        self.apps = root / "apps" / "audit"
        self.breaches = []
        self.files = 0

    def breach(self, file, line, text):
        self.breaches.append(f"{file.relative_to(self.root)}:{line}: {text}")

    def run(self):
        for file in sources(self.src) + sources(self.apps):
            self.check_throwing(file)
        for file in sources(self.src):
            self.check_private(file)
        for file in sources(self.public):
            self.check_public(file)
        for file in sources(self.apps):
            self.check_program(file)
        if self.files == 0:
            self.breaches.append(f"{self.root}: no source file was found: wrong folder?")
        return self.breaches

    def check_throwing(self, file):
        text = file.read_text(errors="replace")
        for call in THROWING.finditer(text):
            given = arguments(text, call.end())
            asks_status = call[1].startswith(("exists", "is_")) and len(given) == 1 and ASKS_STATUS.fullmatch(given[0])
            if not asks_status and not TAKES_ERROR.fullmatch(given[-1]):
                line = text.count("\n", 0, call.start()) + 1
                self.breach(file, line, f"{call[1]}() throws what is no Error: give it an error_code, or ask exists() of ours")

    # libaudit/src/<layer>/...
    def check_private(self, file):
        self.files += 1
        layer = file.relative_to(self.src).parts[0]
        if layer not in LAYERS:
            self.breach(file, 1, f"'{layer}' is not a layer: a file belongs to one of {', '.join(LAYERS)}")
            return
        for line, kind, name in includes(file):
            if kind == '"':
                self.check_quoted(file, line, layer, name)
            elif name.startswith("audit/"):
                self.check_public_name(file, line, layer, name)
            else:
                self.check_foreign(file, line, layer, name)

    def check_quoted(self, file, line, layer, name):
        if not (self.src / name).is_file():
            self.breach(file, line, f'"{name}" is not in libaudit/src: private headers are included as "layer/name.hpp"')
            return
        self.check_layer(file, line, layer, name.split("/")[0], f'"{name}"')

    def check_layer(self, file, line, layer, other, what):
        if other != layer and other not in LAYERS[layer]:
            allowed = " ".join(LAYERS[layer]) or "nothing of ours"
            self.breach(file, line, f"{layer} may not include {other} ({what}); it may include {allowed}")

    def check_public_name(self, file, line, layer, name):
        noun = name[len("audit/"):].removesuffix(".hpp")
        if noun not in PUBLIC:
            self.breach(file, line, f"<{name}> is in no layer: add it to the table PUBLIC of check-layers.py")
        elif (layer, noun) not in ALSO:
            self.check_layer(file, line, layer, PUBLIC[noun], f"<{name}>")

    def check_foreign(self, file, line, layer, name):
        if STANDARD.fullmatch(name) or SYSTEM.fullmatch(name) or name.startswith(ANYWHERE):
            return
        for prefix, owner in FOREIGN.items():
            if name == prefix or (prefix.endswith("/") and name.startswith(prefix)):
                owners = (owner,) if isinstance(owner, str) else owner
                if layer not in owners:
                    self.breach(file, line, f"<{name}> is wrapped by {' and '.join(owners)}; {layer} sees our types only")
                return
        self.breach(file, line, f"<{name}> is not known: a new library needs a layer (FOREIGN in check-layers.py) and a decision")

    # libaudit/include/audit/*.hpp
    def check_public(self, file):
        self.files += 1
        noun = file.stem
        if noun not in PUBLIC:
            self.breach(file, 1, "in no layer: add it to the table PUBLIC of check-layers.py")
            return
        for line, kind, name in includes(file):
            if kind == '"':
                self.breach(file, line, f'"{name}": a public header includes <audit/...> and std only')
            elif name.startswith("audit/"):
                self.check_public_name(file, line, PUBLIC[noun], name)
            elif not STANDARD.fullmatch(name) and name not in PUBLIC_FOREIGN:
                self.breach(file, line, f"<{name}>: a public header shows no foreign type")

    # apps/audit/...
    def check_program(self, file):
        self.files += 1
        for line, kind, name in includes(file):
            if kind == '"':
                if not (self.apps / name).is_file() and not (file.parent / name).is_file():
                    self.breach(file, line, f'"{name}" is not in apps/audit: the program sees <audit/...> only')
            elif name.startswith("audit/"):
                if not (self.public / name[len("audit/"):]).is_file():
                    self.breach(file, line, f"<{name}> is not a public header")
            else:
                self.check_foreign(file, line, "apps", name)
        for line, text in enumerate(file.read_text(errors="replace").splitlines(), 1):
            for literal in LITERAL.findall(text):
                if SQL.search(literal):
                    self.breach(file, line, f'the program knows no SQL: "{literal}"')


def print_table():
    for layer, below in LAYERS.items():
        wraps = [name.rstrip("/").removesuffix(".h") for name, owner in FOREIGN.items() if layer in ((owner,) if isinstance(owner, str) else owner)]
        print(f"{layer:<10} {' '.join(below) or '-':<50} {' '.join(wraps)}".rstrip())


# Breaches planted one by one in a small tree that keeps every rule: (file, line added, what must be
# said about it).
PLANTED = [
    ("libaudit/src/base/a.cpp", '#include "crypto/c.hpp"', "base may not include crypto"),
    ("libaudit/src/proof/p.cpp", '#include "ledger/l.hpp"', "proof may not include ledger"),
    ("libaudit/src/proof/p.cpp", "#include <audit/verify.hpp>", "proof may not include verify"),
    ("libaudit/src/source/s.cpp", '  #  include "match/m.hpp"', "source may not include match"),
    ("libaudit/src/query/q.cpp", '#include "export/e.hpp"', "query may not include export"),
    ("libaudit/src/match/m.hpp", '#include "ledger/l.hpp"', "match may not include ledger"),
    ("libaudit/src/ledger/l.cpp", "#include <simdjson.h>", "<simdjson.h> is wrapped by base"),
    ("libaudit/src/base/a.cpp", "#include <openssl/evp.h>", "<openssl/evp.h> is wrapped by crypto"),
    ("libaudit/src/query/q.cpp", "#include <sqlite3.h>", "<sqlite3.h> is wrapped by ledger"),
    ("libaudit/src/export/e.cpp", "#include <hpdf.h>", "<hpdf.h> is wrapped by document"),
    ("libaudit/src/base/a.cpp", "#include <boost/json.hpp>", "<boost/json.hpp> is not known"),
    ("libaudit/src/base/a.cpp", '#include "a.hpp"', '"a.hpp" is not in libaudit/src'),
    ("libaudit/src/base/a.cpp", "#include <audit/nothing.hpp>", "<audit/nothing.hpp> is in no layer"),
    ("libaudit/src/helpers/h.cpp", "int h;", "'helpers' is not a layer"),
    ("libaudit/include/audit/time.hpp", '#include "base/a.hpp"', "a public header includes <audit/...>"),
    ("libaudit/include/audit/time.hpp", "#include <audit/ledger.hpp>", "base may not include ledger"),
    ("libaudit/include/audit/ledger.hpp", "#include <fmt/format.h>", "a public header shows no foreign type"),
    ("libaudit/include/audit/novel.hpp", "int n;", "in no layer"),
    ("libaudit/src/base/a.cpp", "bool b = std::filesystem::exists(file);", "exists() throws"),
    ("libaudit/src/base/a.cpp", "auto p = fs::canonical(a(b, c) / d);", "canonical() throws"),
    ("apps/audit/commands/c.cpp", "auto p = fs::temp_directory_path();", "temp_directory_path() throws"),
    ("apps/audit/commands/c.cpp", "bool b = fs::equivalent(one, other);", "equivalent() throws"),
    ("apps/audit/commands/c.cpp", '#include "ledger/l.hpp"', "is not in apps/audit"),
    ("apps/audit/commands/c.cpp", "#include <audit/novel.hpp>", "is not a public header"),
    ("apps/audit/commands/c.cpp", "#include <sqlite3.h>", "<sqlite3.h> is wrapped by ledger"),
    ("apps/audit/commands/c.cpp", 'auto s = "SELECT seq FROM entry";', "the program knows no SQL"),
    ("apps/audit/commands/c.cpp", 'auto s = "pragma user_version";', "the program knows no SQL"),
]

# Each keeps the rules and must pass, though something in it looks like a breach.
SOUND = {
    "libaudit/src/base/a.hpp": "#pragma once\n#include <string>\n#include <sys/stat.h>\n",
    "libaudit/src/base/a.cpp": '#include "base/a.hpp"\n#include <fmt/format.h>\n#include <simdjson.h>\n',
    "libaudit/src/crypto/c.hpp": '#include "base/a.hpp"\n#include <openssl/evp.h>\n',
    "libaudit/src/proof/p.cpp": "#include <audit/time.hpp>\n// a comment about #include <sqlite3.h>\n",
    "libaudit/src/source/s.cpp": '#include "base/a.hpp"\n',
    "libaudit/src/match/m.hpp": "#include <audit/ledger.hpp>\n#include <audit/query.hpp>\n",
    "libaudit/src/ledger/l.hpp": '#include "crypto/c.hpp"\n#include <audit/ledger.hpp>\n',
    "libaudit/src/ledger/l.cpp": '#include "ledger/l.hpp"\n#include <sqlite3.h>\nauto s = "SELECT a FROM b";\n',
    "libaudit/src/query/q.cpp": '#include "match/m.hpp"\n#include "ledger/l.hpp"\n',
    "libaudit/src/export/e.hpp": "#include <audit/query.hpp>\n",
    "libaudit/src/export/e.cpp": '#include "export/e.hpp"\n',
    "libaudit/include/audit/time.hpp": "#include <tl/expected.hpp>\n#include <string>\n",
    "libaudit/include/audit/ledger.hpp": "#include <audit/time.hpp>\n",
    "libaudit/include/audit/query.hpp": "#include <audit/ledger.hpp>\n",
    "libaudit/include/audit/verify.hpp": "#include <audit/ledger.hpp>\n",
    "apps/audit/context.hpp": "#include <audit/verify.hpp>\n",
    "apps/audit/state.cpp": "bool b = fs::exists(file,\n  failed) && fs::is_directory(status) && exists(file);\n"
    "bool c = fs::exists(fs::symlink_status(file, ignored));\n",
    "apps/audit/commands/c.cpp": '#include "context.hpp"\n#include <CLI/CLI.hpp>\n'
    'auto help = "select the entries to update; delete from view";\n',
}


def plant(root, extra=None):
    for name, text in SOUND.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    if extra:
        file = root / extra[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as out:
            out.write(extra[1] + "\n")
        return len(file.read_text().splitlines())
    return 0


def self_test():
    failures = []
    for layer, below in LAYERS.items():
        for other in below:
            if layer in LAYERS[other]:
                failures.append(f"the table lets {layer} and {other} include each other")
    with tempfile.TemporaryDirectory() as folder:
        plant(pathlib.Path(folder))
        failures += [f"a sound tree was blamed: {b}" for b in Checker(pathlib.Path(folder)).run()]
    with tempfile.TemporaryDirectory() as folder:
        if not Checker(pathlib.Path(folder)).run():
            failures.append("an empty folder passed")
    for file, text, want in PLANTED:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            line = plant(root, (file, text))
            got = Checker(root).run()
            if len(got) != 1 or not got[0].startswith(f"{file}:{line}: ") or want not in got[0]:
                failures.append(f"planted {text!r} in {file}: want one breach '{want}', got {got}")
    for failure in failures:
        print(f"self-test: {failure}", file=sys.stderr)
    if not failures:
        print(f"self-test: {len(PLANTED)} planted breaches noticed")
    return 1 if failures else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if arguments == ["--table"]:
        print_table()
        return 0
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parent.parent).resolve()
    checker = Checker(root)
    breaches = checker.run()
    for breach in breaches:
        print(breach, file=sys.stderr)
    if not breaches:
        print(f"layers: {checker.files} files keep the table")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
