"""A fragmented MP4 cut as our recorder cuts it."""


def cut(content: bytes) -> list[bytes]:
    """Return the parts of a fragmented MP4: its head, then a fragment each; the index at its end is left out."""
    boxes, at = [], 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        boxes.append((content[at + 4 : at + 8], content[at : at + size]))
        at += size
    parts, current = [], b""
    for kind, box in boxes:
        if kind == b"moof" and current:
            parts.append(current)
            current = b""
        if kind != b"mfra":
            current += box
    return [*parts, current]
