"""How a body becomes data."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


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
