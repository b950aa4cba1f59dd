"""Sending mail: plain text, to one person, and never a reason for a request to fail."""

import smtplib

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

log = structlog.get_logger(__name__)


def is_configured() -> bool:
    """Return whether mails leave this machine; without EMAIL_URL they only become files for whoever looks after it."""
    return bool(settings.EMAIL_URL)


def send_text(*, to: str, subject: str, body: str, headers: dict[str, str] | None = None) -> bool:
    """Send one mail and return whether the mail server took it. Not in a transaction: it may take 20 s."""
    one_line = " ".join(subject.split())
    return deliver(EmailMessage(one_line, body, settings.DEFAULT_FROM_EMAIL, [to], headers=headers or {}))


def send_template(*, to: str, subject: str, template: str, context: dict[str, object]) -> bool:
    """Send one mail whose body is a text template, as send_text does."""
    return send_text(to=to, subject=subject, body=render_to_string(template, context).strip() + "\n")


def deliver(message: EmailMessage) -> bool:
    """Hand a message to the mail server and return whether it took it; a refusal or a dead server is logged."""
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:  # OSError: nobody listens, no such host, no answer in time
        log.warning("mail_not_sent", reason=str(error)[:200])
        return False
    return True
