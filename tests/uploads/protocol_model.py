"""What the contract of uploads (docs/openapi.yaml) promises, as a model without a store or rows, for protocol.py.

It knows which numbers were promised with which bytes, which of them have arrived and were confirmed, and what the
source is. Each method does what one request, or the clock, does, and returns status and code of the answer.
"""

from dataclasses import dataclass, field

PART_BYTES = 16  # of a file here: stores of tests take parts that small
FILE_BYTES = 2 * PART_BYTES + 7
FILE_PARTS = 3
CLOSED = (409, "upload_closed")


def bytes_of(kind: str, number: int, variant: int) -> bytes:
    """Return one of the contents that a part may have; those of a file have the size of their place."""
    if kind == "recording":
        return f"part {number} ".encode() * (variant + 1)
    return f"{number}{'ab'[variant]}".encode().ljust(PART_BYTES if number < FILE_PARTS else 7, b".")


@dataclass
class Part:
    """What was promised for a number, and whether it counts."""

    data: bytes
    confirmed: bool = False


@dataclass
class Model:
    """An upload and its source, as the contract has them."""

    kind: str
    overwrites: bool  # whether the store has one place a number of a file, where the last PUT stays
    status: str = "open"
    video_status: str = ""
    parts: dict[int, Part] = field(default_factory=dict)
    sent: set[tuple[int, bytes]] = field(default_factory=set)  # of a recording: each promise has its own place
    places: dict[int, bytes] = field(default_factory=dict)  # of a file
    source: list[bytes] = field(default_factory=list)
    revision: int = 1
    ends_early: bool = False
    rest_may_come: bool = False
    last_named: int | None = None

    def __post_init__(self) -> None:
        self.video_status = "recording" if self.is_recording else "uploading"

    @property
    def is_recording(self) -> bool:
        return self.kind == "recording"

    def has_arrived(self, number: int) -> bool:
        data = self.parts[number].data
        return (number, data) in self.sent if self.is_recording else self.places.get(number) == data

    def is_confirmed(self, number: int) -> bool:
        return number in self.parts and self.parts[number].confirmed

    def put(self, number: int, data: bytes) -> int:
        """Take whole bytes as promised once, and return the status."""
        if self.is_recording:
            self.sent.add((number, data))
        elif self.status != "open":
            return 409
        elif not self.overwrites and self.places.get(number, data) != data:
            return 409  # another promise of this number has arrived since
        else:
            self.places[number] = data
        return 204

    def confirm(self, numbers: list[int]) -> tuple[int, str]:
        known = [number for number in numbers if number in self.parts]
        if self.status != "open" and any(not self.is_confirmed(number) for number in known):
            return CLOSED
        for number in known:
            self.parts[number].confirmed |= self.has_arrived(number)
        return (200, "") if len(known) == len(numbers) else (400, "invalid")

    def promise(self, promises: dict[int, bytes]) -> tuple[int, str]:
        if not self.is_recording and any(number > FILE_PARTS for number in promises):
            return 400, "invalid"
        if self.status != "open":
            return CLOSED
        if any(self.is_confirmed(number) and self.parts[number].data != data for number, data in promises.items()):
            return 409, "part_conflict"
        for number, data in promises.items():
            if not self.is_confirmed(number):
                self.parts[number] = Part(data)
                if not self.overwrites and self.places.get(number) != data:
                    self.places.pop(number, None)
        return 200, ""

    def complete(self, sizes: list[int]) -> tuple[int, str, list[int]]:
        """Return status, code and missing numbers."""
        last = len(sizes)
        if self.status != "open":
            if self.status == "complete" and not self.ends_early:
                return 200, "", []
            if not self.reopen():
                return *CLOSED, []
        if self.is_recording:
            self.last_named = last
            if self.video_status == "recording":
                self.video_status = "uploading"
            if any(number > last and part.confirmed for number, part in self.parts.items()):
                return 400, "invalid", []
        else:
            if last > FILE_PARTS:
                return 400, "invalid", []
            last = FILE_PARTS
        self.confirm([number for number in self.parts if number <= last])
        missing = [
            number
            for number in range(1, last + 1)
            if not self.is_confirmed(number)
            or (number <= len(sizes) and sizes[number - 1] != len(self.parts[number].data))
        ]
        missing = missing or self.withdraw(last)
        if missing:
            return 409, "parts_missing", missing
        self.accept([self.parts[number].data for number in range(1, last + 1)])
        return 200, "", []

    def withdraw(self, last: int) -> list[int]:
        """Find the parts of a file that were written over since they were confirmed: they count no more."""
        lost = [number for number in range(1, last + 1) if not self.is_recording and not self.has_arrived(number)]
        for number in lost:
            self.parts[number].confirmed = False
        return lost

    def accept(self, stored: list[bytes], *, ends_early: bool = False) -> None:
        self.revision += bool(self.source) and self.source != stored
        self.status, self.source = "complete", stored
        self.ends_early = self.rest_may_come = ends_early
        self.video_status = "processing" if stored else "failed"

    def end_recording(self) -> None:
        """Let the server end it: what it has from 1 on without a gap, parts that were not reported included."""
        run = next(number for number in range(1, len(self.parts) + 2) if number not in self.parts) - 1
        self.confirm(list(range(1, run + 1)))
        last = next(number for number in range(1, run + 2) if not self.is_confirmed(number)) - 1
        self.accept([self.parts[number].data for number in range(1, last + 1)], ends_early=self.last_named != last)

    def end_file(self, *, forgotten: bool) -> None:
        """Let the server complete a file that is all there, drop one that nobody goes on with, else leave it alone."""
        if not forgotten and sum(part.confirmed for part in self.parts.values()) < FILE_PARTS:
            return
        if len(self.parts) == FILE_PARTS:
            self.confirm([1, 2, 3])
            if all(part.confirmed for part in self.parts.values()):
                if not self.withdraw(FILE_PARTS):
                    self.accept([self.parts[number].data for number in (1, 2, 3)])
                return
        if forgotten:
            self.abort()

    def reopen(self) -> bool:
        if self.status == "complete" and self.rest_may_come:
            self.status, self.last_named = "open", None
            if self.video_status == "failed":
                self.video_status = "uploading"
        return self.status == "open"

    def abort(self) -> tuple[int, str]:
        if self.status == "aborted":
            return 204, ""
        if self.rest_may_come:
            if self.status == "open":
                self.accept(self.source, ends_early=True)
            self.status, self.rest_may_come = "complete", False
        elif self.status == "open":
            self.status, self.video_status = "aborted", "failed"
        else:
            return CLOSED
        return 204, ""
