"""Which bytes of a SQLite file say something: https://sqlite.org/fileformat2.html, sections 1.3 to 1.6.

    used, quiet = map_used(data, roots)     # used[i] is true where byte i says something

`quiet` are bytes that are read, and may still change without a change of any row: the numbers of the
rows of sqlite_schema, and the place kept in a record for the number of its row.
"""

import struct

# Of the file header: settings a copy may have otherwise (18, 44 to 51, 56 to 59), change counters,
# sizes SQLite keeps for itself, the bytes reserved for later, the version of the library. Those at 52
# and 64 say whether the file has pages of pointers for auto-vacuum: none has.
HEADER_SAYS_NOTHING = (
    18, *range(24, 28), *range(40, 47), *range(48, 52), *range(56, 60), *range(72, 100),
)
TABLE_INTERIOR, TABLE_LEAF, INDEX_INTERIOR, INDEX_LEAF = 5, 13, 2, 10


def varint(data, at):
    """(value, offset behind it)."""
    value = 0
    for i in range(8):
        value = value << 7 | data[at + i] & 0x7F
        if data[at + i] < 0x80:
            return value, at + i + 1
    return value << 8 | data[at + 8], at + 9


class Pages:
    def __init__(self, data):
        self.data = data
        (size,) = struct.unpack_from(">H", data, 16)
        self.page_bytes = 65536 if size == 1 else size
        self.usable = self.page_bytes - data[20]
        self.used = bytearray(len(data))
        self.quiet = set()

    def mark(self, first, last):
        self.used[first:last] = b"\1" * (last - first)

    def start(self, number):
        return (number - 1) * self.page_bytes

    def local_bytes(self, payload, is_table_leaf):
        """How much of a payload stands in its cell; the rest is on overflow pages."""
        u = self.usable
        most = u - 35 if is_table_leaf else (u - 12) * 64 // 255 - 23
        if payload <= most:
            return payload
        least = (u - 12) * 32 // 255 - 23
        fitting = least + (payload - least) % (u - 4)
        return fitting if fitting <= most else least

    def overflow(self, number, left):
        while left > 0:
            at = self.start(number)
            here = min(left, self.usable - 4)
            self.mark(at, at + 4 + here)
            left -= here
            (number,) = struct.unpack_from(">I", self.data, at)

    def cell(self, at, kind, is_schema):
        """Marks one cell; returns the page of its child or nothing."""
        begin, child = at, None
        if kind in (TABLE_INTERIOR, INDEX_INTERIOR):
            (child,) = struct.unpack_from(">I", self.data, at)
            at += 4
        if kind == TABLE_INTERIOR:
            _, at = varint(self.data, at)
            self.mark(begin, at)
            return child
        payload, at = varint(self.data, at)
        if kind == TABLE_LEAF:
            rowid_at = at
            _, at = varint(self.data, at)
            if is_schema:
                self.quiet.update(range(rowid_at, at))
            else:
                _, types_at = varint(self.data, at)
                self.quiet.add(types_at)  # the first column is the row's number
        local = self.local_bytes(payload, kind == TABLE_LEAF)
        at += local
        if local < payload:
            (page,) = struct.unpack_from(">I", self.data, at)
            at += 4
            self.overflow(page, payload - local)
        self.mark(begin, at)
        return child

    def tree(self, number, is_schema=False):
        page = self.start(number)
        head = page + (100 if number == 1 else 0)
        kind, freeblock, cells = struct.unpack_from(">BHH", self.data, head)
        is_interior = kind in (TABLE_INTERIOR, INDEX_INTERIOR)
        pointers = head + (12 if is_interior else 8)
        self.mark(head, pointers + 2 * cells)
        while freeblock:
            self.mark(page + freeblock, page + freeblock + 4)
            (freeblock,) = struct.unpack_from(">H", self.data, page + freeblock)
        children = []
        for (offset,) in struct.iter_unpack(">H", self.data[pointers : pointers + 2 * cells]):
            children.append(self.cell(page + offset, kind, is_schema))
        if is_interior:
            children.append(struct.unpack_from(">I", self.data, head + 8)[0])
            for child in children:
                self.tree(child, is_schema)

    def freelist(self):
        (trunk,) = struct.unpack_from(">I", self.data, 32)
        while trunk:
            at = self.start(trunk)
            trunk, leaves = struct.unpack_from(">II", self.data, at)
            self.mark(at, at + 8 + 4 * leaves)


def map_used(data, roots):
    """`roots` are the root pages of all tables."""
    pages = Pages(data)
    pages.mark(0, 100)
    for offset in HEADER_SAYS_NOTHING:
        pages.used[offset] = 0
    pages.tree(1, is_schema=True)
    for root in roots:
        pages.tree(root)
    pages.freelist()
    return pages.used, pages.quiet
