#!/usr/bin/env python3
"""audit-events(5) lists the names that libaudit/src/source/synonyms.cpp reads, in its order."""

import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
MANUAL = "man/audit-events.5"


def same(name):
    """Names compare without case, '_' and '-'."""
    return re.sub("[-_]", "", name.lower())


def words(text):
    return list(dict.fromkeys(same(word) for word in re.split(r"[,\s]+", text) if word))


def table():
    source = (ROOT / "libaudit/src/source/synonyms.cpp").read_text(encoding="utf-8")
    fields = {}
    for name, field in re.findall(r'^\s*\{"([^"]+)",\s*Field::(\w+),', source, re.M):
        fields.setdefault(field.removesuffix("_nano"), []).append(same(name))
    transparent = re.search(r"kTransparent\[\] = \{(.*?)\};", source, re.S).group(1)
    return fields, [same(name) for name in re.findall(r'"([^"]+)"', transparent)]


def manual():
    text = (ROOT / MANUAL).read_text(encoding="utf-8")
    fields = {}
    for item in re.split(r"^\.It Va ", text, flags=re.M)[1:]:
        if not re.match(r"\w+ Pq No \d+", item):
            continue
        names = re.search(r"Read from: (.*?)\.(?:\n|$)", item, re.S)
        if names:
            fields[item.split(maxsplit=1)[0].removesuffix("_nano")] = words(names.group(1))
    objects = re.search(r"really does: (.*?)\.\n", text, re.S).group(1)
    return fields, words(objects)


def main():
    (known, objects), (said, said_objects) = table(), manual()
    faults = []
    for field in sorted(known.keys() | said.keys()):
        missing = [name for name in known.get(field, []) if name not in said.get(field, [])]
        extra = [name for name in said.get(field, []) if name not in known.get(field, [])]
        if missing or extra:
            faults.append(f"{field}: the manual lacks {missing}, and has {extra} besides")
        elif known[field] != said[field]:
            faults.append(f"{field}: the order is {known[field]}, in the manual {said[field]}")
    if set(objects) != set(said_objects):
        faults.append(f"objects whose members count: {sorted(set(objects) ^ set(said_objects))}")
    if len(known) < 40:
        faults.append(f"only {len(known)} fields were found in the table")
    for fault in faults:
        print(f"{MANUAL}: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
