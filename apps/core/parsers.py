"""How a body becomes data."""

import io
import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser

LARGEST_FORM_BYTES = 16_000_000  # of all files in one form: a person's picture; videos come in parts, not by forms


class LimitedFiles(TemporaryFileUploadHandler):
    """Files of a form go to the disk up to a limit; the rest is read and dropped, whoever sends it.

    A file's `size` is what was sent, so that a view can say what was too large: Django reads the whole form before
    any view, or even the check of its CSRF token, could refuse it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept_bytes = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self._kept_bytes + len(raw_data) <= LARGEST_FORM_BYTES:
            self._kept_bytes += len(raw_data)
            return super().receive_data_chunk(raw_data, start)
        self._kept_bytes = LARGEST_FORM_BYTES  # nothing behind the first gap either
        return None


class PictureParser(BaseParser):
    """A body that is a picture, whatever it says it is."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return what came as a BytesIO; of what is larger than a form may be, just so much that this is seen."""
        return io.BytesIO(stream.read(LARGEST_FORM_BYTES + 1))


class JsonParser(JSONParser):
    """JSON that can be read and written down again; anything else is the caller's mistake, never our crash."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return what the body says. Raises ParseError, also for what nests too deep or holds half a character."""
        try:
            parsed = super().parse(stream, media_type, parser_context)
            # Half a surrogate pair is a Python string that no answer can carry, not even the one that refuses it.
            json.dumps(parsed, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deeply.")) from error
        except UnicodeEncodeError as error:
            raise ParseError(_("This JSON holds half a character.")) from error
        return parsed
