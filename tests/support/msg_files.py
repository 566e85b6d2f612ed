"""Writes Outlook's .msg files, which are compound files of streams: enough of the format for a message as we read it.

The format is described in Microsoft's open specifications [MS-CFB] and [MS-OXMSG].
"""

from __future__ import annotations

import struct

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF
Tree = dict[str, "bytes | Tree"]


def make_msg(texts: dict[int, str | bytes], attachments: list[dict[int, str | bytes]] = ()) -> bytes:  # type: ignore[assignment]
    """A message with these properties: number -> text (PtypString) or bytes (PtypBinary)."""
    tree = _storage(texts, 32)
    for number, attachment in enumerate(attachments):
        tree[f"__attach_version1.0_#{number:08X}"] = _storage(attachment, 8)
    return _compound(tree)


def _storage(properties: dict[int, str | bytes], head: int) -> Tree:
    """The streams of one object: a list of its properties, and the value of each."""
    tree: Tree = {}
    listed = bytes(head)
    for number, value in properties.items():
        kind = 0x001F if isinstance(value, str) else 0x0102
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        tree[f"__substg1.0_{number:04X}{kind:04X}"] = data
        listed += struct.pack("<HHIII", kind, number, 6, len(data), 0)
    tree["__properties_version1.0"] = listed
    return tree


class _Sectors:
    """Sectors of one size, and for each the number of the one that goes on with its stream."""

    def __init__(self, size: int) -> None:
        self.size, self.data, self.chains = size, b"", list[int]()

    def store(self, data: bytes) -> int:
        """The first sector of a stream."""
        first, count = len(self.chains), -(-len(data) // self.size)
        self.data += data.ljust(count * self.size, b"\0")
        self.chains += [*range(first + 1, first + count), _END][:count]
        return first if count else _END


def _compound(tree: Tree) -> bytes:
    """A compound file: streams shorter than 4096 bytes lie in a stream of small sectors."""
    entries: list[list] = [["Root Entry", 5, _NONE, _NONE, _NONE, _END, 0]]
    sectors, small = _Sectors(512), _Sectors(64)

    def add(folder: Tree, parent: int) -> None:
        numbers = []
        for name, inside in folder.items():
            numbers.append(len(entries))
            if isinstance(inside, dict):
                entries.append([name, 1, _NONE, _NONE, _NONE, 0, 0])
                add(inside, numbers[-1])
            else:
                place = (small if len(inside) < 4096 else sectors).store(inside)
                entries.append([name, 2, _NONE, _NONE, _NONE, place, len(inside)])
        entries[parent][4] = numbers[0] if numbers else _NONE
        for number, following in zip(numbers, numbers[1:], strict=False):
            entries[number][3] = following  # a tree that only leans to the right

    add(tree, 0)
    entries[0][5:] = [sectors.store(small.data), len(small.data)]
    small_table = small.chains + [_FREE] * (-len(small.chains) % 128)
    first_small = sectors.store(struct.pack(f"<{len(small_table)}I", *small_table))
    directory = b""
    for name, kind, left, right, child, start, size in entries:
        raw = f"{name}\0".encode("utf-16-le")
        directory += raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, left, right, child)
        directory += bytes(36) + struct.pack("<IQ", start, size)
    first_directory = sectors.store(directory)
    fats = 1
    while len(sectors.chains) + fats > fats * 128:
        fats += 1
    table = sectors.chains + [_FAT] * fats
    table += [_FREE] * (fats * 128 - len(table))
    places = [len(sectors.chains) + number for number in range(fats)]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, fats, first_directory, 0, 4096, first_small, len(small_table) // 128, _END, 0)
    head += struct.pack("<109I", *places, *[_FREE] * (109 - fats))
    return head + sectors.data + struct.pack(f"<{len(table)}I", *table)
