"""Bytes that are broken as disks, networks and attackers break them, by chance from a seed."""

import random
import struct

EXTREMES = (0, 1, 7, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""What sizes, counts and times are at their worst, as 32 bits."""

HEAD_BYTES = 4096
"""Most of what a demuxer believes stands here: half of the changes are made in it."""


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return the bytes with one to four changes of any kind."""
    broken = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        chance.choice(_CHANGES)(broken, chance)
    return bytes(broken)


def _place(broken: bytearray, chance: random.Random) -> int:
    limit = min(HEAD_BYTES, len(broken)) if chance.random() < 0.5 else len(broken)
    return chance.randrange(max(limit, 1))


def _flip(broken: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 32)):
        if broken:
            broken[_place(broken, chance)] ^= 1 << chance.randrange(8)


def _overwrite(broken: bytearray, chance: random.Random) -> None:
    at = _place(broken, chance)
    broken[at : at + 64] = chance.randbytes(min(64, len(broken) - at))


def _claim(broken: bytearray, chance: random.Random) -> None:
    at = _place(broken, chance)
    broken[at : at + 4] = struct.pack(">I", chance.choice(EXTREMES))


def _cut_off(broken: bytearray, chance: random.Random) -> None:
    del broken[chance.randrange(len(broken) + 1) :]


def _leave_out(broken: bytearray, chance: random.Random) -> None:
    at = _place(broken, chance)
    del broken[at : at + chance.randint(1, 8192)]


def _repeat(broken: bytearray, chance: random.Random) -> None:
    at = _place(broken, chance)
    piece = broken[at : at + chance.randint(1, 8192)]
    broken[at:at] = piece * chance.randint(1, 8)


def _put_elsewhere(broken: bytearray, chance: random.Random) -> None:
    at, other = _place(broken, chance), _place(broken, chance)
    piece = broken[at : at + 2048]
    broken[other : other + len(piece)] = piece


_CHANGES = (_flip, _overwrite, _claim, _cut_off, _leave_out, _repeat, _put_elsewhere)
