"""Where a reader of a conversation stands, as a text that tells them nothing.

A cursor holds the number of the last change that was read. Counters of a video go up with every change, those that
a guest may not see among them; read in the open, 41 and then 44 would say that the team has talked. So the number is
enciphered: the tag is made of the content, the key stream of the tag (as in AES-SIV), which needs no random and gives
the same cursor for the same place. With the number goes a digest of what its reader may see: when that has changed,
what was read before is no longer what there is, and reading begins anew.
"""

import base64
import binascii
import hashlib
import struct

from django.utils.crypto import constant_time_compare, salted_hmac

TAG_BYTES = 12
CONTENT = struct.Struct(">Q8s")  # the change's number, the digest of the reader's rights


class NotACursor(Exception):
    """A text that we have not made, or not for this video."""


def rights_digest(*rights: object) -> bytes:
    """Return 8 bytes that stand for these rights."""
    return hashlib.sha256(repr(rights).encode()).digest()[:8]


def cursor_for(*, video_id: int, change: int, rights: bytes) -> str:
    """Return the cursor of a reader with these rights who has read up to `change`."""
    content = CONTENT.pack(change, rights)
    tag = _tag(video_id, content)
    return base64.urlsafe_b64encode(tag + _enciphered(tag, content)).decode().rstrip("=")


def read_cursor(cursor: str, *, video_id: int) -> tuple[int, bytes]:
    """Return the change and the rights of a cursor of this video. Raises NotACursor."""
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotACursor from error
    if len(data) != TAG_BYTES + CONTENT.size:
        raise NotACursor
    tag, content = data[:TAG_BYTES], _enciphered(data[:TAG_BYTES], data[TAG_BYTES:])
    if not constant_time_compare(tag, _tag(video_id, content)):
        raise NotACursor
    change, rights = CONTENT.unpack(content)
    return change, rights


def _tag(video_id: int, content: bytes) -> bytes:
    value = struct.pack(">Q", video_id) + content
    return salted_hmac("videoshare.cursor.tag", value, algorithm="sha256").digest()[:TAG_BYTES]


def _enciphered(tag: bytes, content: bytes) -> bytes:
    """Return the content under the key stream of the tag; of an enciphered one, what it was."""
    stream = salted_hmac("videoshare.cursor.stream", tag, algorithm="sha256").digest()
    return bytes(byte ^ key for byte, key in zip(content, stream, strict=False))
