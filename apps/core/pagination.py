"""Lists are pages behind opaque cursors, so that they stay right while rows come and go."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.address import absolute_url


class NewestFirst(CursorPagination):
    """Pages of 50, newest first; `?page_size=` up to 100. The envelope is {"next", "previous", "results"}."""

    page_size = 50
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = ("-created_at", "-id")

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return one page; the addresses of its neighbours are made of our own address, not of the request's Host."""
        page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        self.base_url = absolute_url(request._request, request.get_full_path())
        return page

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Return the request's cursor, None where there is none. Raises NotFound for one that we have not made."""
        cursor: Cursor | None = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not self.is_position(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def is_position(self, text: str) -> bool:
        """Return whether a cursor of ours can say this of the first column that the list is ordered by."""
        return _is_moment(text)


def _is_moment(text: str) -> bool:
    try:
        return parse_datetime(text) is not None
    except ValueError:  # the form of a moment, and a day that no month has
        return False
