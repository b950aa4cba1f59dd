"""Lengths as a player shows them."""

from django import template

register = template.Library()


@register.filter
def clock(milliseconds: int) -> str:
    """Return 0:42, 12:05 or 1:02:03; what is left of a second is left out."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
