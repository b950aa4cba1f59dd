"""Reads the box structure of MP4 files (ISO 14496-12) without trusting a single size in them.

Only headers are read; what a box holds is loaded when it is asked for, up to a limit. A box that claims to reach past
its parent is given as `torn`, and nothing after it is read.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from media.errors import MediaError, NotMedia

MAX_BOXES = 2_000_000
"""Boxes at one level: three hours of fragments at 30 a second are 648,000 boxes; more is an attack."""

MAX_BODY_BYTES = 64 * 1024 * 1024
"""The largest box body that is loaded: a classic `moov` of three hours has about 10 MB."""


@dataclass(frozen=True)
class Box:
    """One box: its four-letter kind, where it starts, where its body starts and where it ends, in bytes."""

    kind: str
    offset: int
    body: int
    end: int
    torn: bool = False

    @property
    def size_bytes(self) -> int:
        """Return the length with the header."""
        return self.end - self.offset


def file_boxes(file: BinaryIO) -> Iterator[Box]:
    """Yield the top-level boxes of an open file."""
    end = os.fstat(file.fileno()).st_size
    at = 0
    for _ in range(MAX_BOXES):
        if at + 8 > end:
            return
        file.seek(at)
        box = _box(file.read(16), at, end)
        if box is None:
            return
        yield box
        if box.torn:
            return
        at = box.end
    raise NotMedia(f"The file has more than {MAX_BOXES} boxes at its top.")


def child_boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes in `data[start:end]`; offsets count from the start of `data`."""
    stop = len(data) if end is None else min(end, len(data))
    at = start
    while at + 8 <= stop:
        box = _box(data[at : at + 16], at, stop)
        if box is None:
            return
        yield box
        if box.torn:
            return
        at = box.end


def load(file: BinaryIO, box: Box) -> bytes:
    """Return the body of a box. NotMedia when it is larger than anything real."""
    if box.end - box.body > MAX_BODY_BYTES:
        raise NotMedia(f"The box {box.kind} has {box.end - box.body} bytes.")
    file.seek(box.body)
    return file.read(box.end - box.body)


def find(data: bytes, *path: str, start: int = 0, end: int | None = None) -> bytes | None:
    """Return the body of the first box at that path of kinds, such as `find(moov, "trak", "mdia")`; None if missing."""
    for box in child_boxes(data, start, end):
        if box.kind == path[0] and not box.torn:
            body = data[box.body : box.end]
            return body if len(path) == 1 else find(body, *path[1:])
    return None


def find_all(data: bytes, kind: str) -> list[bytes]:
    """Return the bodies of all boxes of that kind directly in `data`."""
    return [data[box.body : box.end] for box in child_boxes(data) if box.kind == kind and not box.torn]


def rotations(path: Path) -> dict[int, int]:
    """Return the clockwise rotation in degrees (0, 90, 180, 270) that each track id of an MP4 asks for.

    Empty where the file has no readable `moov`. Source: the matrix of `tkhd`, ISO 14496-12 section 8.3.2.
    """
    with path.open("rb") as file:
        try:
            for box in file_boxes(file):
                if box.kind == "moov" and not box.torn:
                    tracks = (find(trak, "tkhd") for trak in find_all(load(file, box), "trak"))
                    return dict(_rotation(tkhd) for tkhd in tracks if tkhd and len(tkhd) >= 84)
        except (MediaError, struct.error):
            return {}
    return {}


def _rotation(tkhd: bytes) -> tuple[int, int]:
    wide = tkhd[0] == 1 and len(tkhd) >= 96
    track_id = int.from_bytes(tkhd[20:24] if wide else tkhd[12:16], "big")
    a, b, _, c, d = struct.unpack_from(">5i", tkhd, 52 if wide else 40)
    quarter = {(0, 1): 90, (-1, 0): 180, (0, -1): 270}
    return track_id, quarter.get((_sign(a), _sign(b)), 0) if (c, d) != (0, 0) else 0


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _box(header: bytes, at: int, end: int) -> Box | None:
    """Return the box whose header stands at `at`, None where no box can stand."""
    if len(header) < 8:
        return None
    size = int.from_bytes(header[:4], "big")
    kind = header[4:8].decode("latin-1")
    head = 8
    if size == 1:
        if len(header) < 16:
            return None
        size, head = int.from_bytes(header[8:16], "big"), 16
    elif size == 0:
        size = end - at
    if size < head:
        return None
    return Box(kind, at, at + head, min(at + size, end), torn=at + size > end)
