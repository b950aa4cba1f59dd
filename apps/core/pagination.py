"""Lists are pages behind opaque cursors, so that they stay right while rows come and go."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Pages of 50, newest first; `?page_size=` up to 100. The envelope is {"next", "previous", "results"}."""

    page_size = 50
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = ("-created_at", "-id")
