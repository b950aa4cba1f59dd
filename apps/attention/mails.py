"""What every mail has: who it is for, how it is stopped, text beside HTML, and nothing that a name could break."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.serializers import ValidationError

from apps.core.text import clean_line

MESSAGE_SALT = "videoshare.mail"
NAME_LENGTH = 80  # of a name or title in a mail: more is no name, and pushes what was meant out of sight


class Mail(EmailMultiAlternatives):
    """A mail whose headers are not folded: an address that begins on the next line is not found by every program."""

    def message(self, **options: Any) -> Any:
        """Return the mail as the email package has it; options are Django's own."""
        built = super().message(**options)
        built.policy = built.policy.clone(max_line_length=None)
        return built


def compose(*, to: str, subject: str, template: str, context: dict[str, Any], stop_key: str, row: str) -> Mail:
    """Return a mail from attention/mail/<template>.txt and .html. `row` names the row behind it, for its Message-ID.

    The id is the same at each try, so that a server or reader that gets it twice can see that it is one. Stopping
    takes one click without opening anything (RFC 8058); Auto-Submitted keeps out-of-office notes from answering.
    """
    stop_url = f"{settings.ADDRESS.url}{reverse('stop-mail', kwargs={'key': stop_key})}"
    context = {**context, "stop_url": stop_url, "subject": subject}
    message_id = signing.Signer(salt=MESSAGE_SALT).signature(row)
    message = Mail(
        subject=line_of(subject, length=200),
        body=render_to_string(f"attention/mail/{template}.txt", context).strip() + "\n",
        to=[to],
        headers={
            "Message-ID": f"<{message_id}@{settings.ADDRESS.host}>",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    message.attach_alternative(render_to_string(f"attention/mail/{template}.html", context), "text/html")
    return message


def line_of(text: str, *, length: int = NAME_LENGTH) -> str:
    """Return what people have typed as one short line: without breaks, controls and direction overrides. May be ""."""
    try:
        line = clean_line(text)
        # Cleaned again where it was cut: an isolate may have lost its end.
        return line if len(line) <= length else f"{clean_line(line[: length - 1])}…"
    except ValidationError:
        return ""


def join_names(names: Sequence[str]) -> str:
    """Return "Ana", "Ana and Ben", or "Ana, Ben and others", whatever people call themselves."""
    lines = [line_of(name) or _("Somebody") for name in names] or [_("Somebody")]
    if len(lines) == 1:
        return lines[0]
    if len(lines) == 2:
        return _("%(first)s and %(second)s") % {"first": lines[0], "second": lines[1]}
    return _("%(first)s, %(second)s and others") % {"first": lines[0], "second": lines[1]}
