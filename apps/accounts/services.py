"""What changes about people: making one, tokens for programs, a link that sets a password, and the end of access."""

import hashlib
import zoneinfo
from datetime import timedelta
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from apps.accounts.errors import TooManyTokens
from apps.accounts.models import ApiToken, Person
from apps.core.ids import new_token

MAX_TOKENS = 50
LAST_USED_STEP = timedelta(minutes=5)  # a row is not written at every request


def create_person(*, email: str, name: str = "", password: str | None = None, time_zone: str = "") -> Person:
    """Return a new person. Raises IntegrityError when the e-mail is taken."""
    return Person.objects.create_user(email, password, name=name.strip(), time_zone=known_zone(time_zone))


def edit_profile(*, person: Person, **fields: Any) -> None:
    """Change a person's own name, time zone, or wish for the digest; only what is given is written."""
    for name, value in fields.items():
        setattr(person, name, value)
    person.save(update_fields=list(fields))


def learn_zone(*, person: Person, time_zone: str) -> None:
    """Keep the browser's time zone for a person who has none yet; one that was chosen stays."""
    zone = known_zone(time_zone)
    if zone:
        Person.objects.filter(pk=person.pk, time_zone="").update(time_zone=zone)


def known_zone(name: str) -> str:
    """Return the IANA name of a time zone, "" for any other text."""
    return name if name in zoneinfo.available_timezones() else ""


def password_link(*, person: Person) -> str:
    """Return the address at which this person sets a password: good once, for PASSWORD_RESET_TIMEOUT."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)},
    )
    return f"{settings.ADDRESS.url}{path}"


def end_password_links(*, person: Person) -> None:
    """Make every link that sets this person's password worthless: each names the second of the last sign-in."""
    # Were it this very second, the links would hold; a moment ahead of the clock is nobody's last sign-in.
    Person.objects.filter(pk=person.pk).update(last_login=timezone.now() + timedelta(seconds=1))


def end_access(*, person: Person) -> None:
    """End all that lets somebody go on without signing in anew: API tokens and sessions, in every browser."""
    ApiToken.objects.filter(person=person).delete()
    end_sessions(person=person)


def end_sessions(*, person: Person) -> None:
    """Sign the person out of every browser. A session's row names nobody outside its data, so each is read."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            session.delete()


def make_token(*, person: Person, name: str) -> str:
    """Return a new API token as create_token does, while the person has fewer than 50. Raises TooManyTokens."""
    if ApiToken.objects.filter(person=person).count() >= MAX_TOKENS:
        raise TooManyTokens
    return create_token(person=person, name=name)


def create_token(*, person: Person, name: str = "") -> str:
    """Return a new API token of this person; it is shown this once and kept as a hash."""
    token = new_token()
    ApiToken.objects.create(person=person, name=name, digest=digest_of(token))
    return token


def revoke_token(*, token: ApiToken) -> None:
    """End an API token: the next request with it is refused."""
    ApiToken.objects.filter(pk=token.pk).delete()


def person_of_token(token: str) -> Person | None:
    """Return the active person whose token this is, None for any other text."""
    found = ApiToken.objects.select_related("person").filter(digest=digest_of(token), person__is_active=True).first()
    if found is None:
        return None
    now = timezone.now()
    if found.last_used_at is None or now - found.last_used_at > LAST_USED_STEP:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found.person


def digest_of(token: str) -> str:
    """Return the SHA-256 of a token, in hex: a token has 192 random bits, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
