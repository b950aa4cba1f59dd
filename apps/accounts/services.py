"""What changes about people: making one, giving a program a token, a link that sets a password."""

import hashlib
from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import ApiToken, Person
from apps.core.ids import new_token

LAST_USED_STEP = timedelta(minutes=5)  # a row is not written at every request


def create_person(*, email: str, name: str = "", password: str | None = None) -> Person:
    """Return a new person. Raises IntegrityError when the e-mail is taken."""
    return Person.objects.create_user(email, password, name=name.strip())


def password_link(*, person: Person) -> str:
    """Return the address at which this person sets a password: good once, for PASSWORD_RESET_TIMEOUT."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)},
    )
    return f"{settings.ADDRESS.url}{path}"


def create_token(*, person: Person, name: str = "") -> str:
    """Return a new API token of this person; it is shown this once and kept as a hash."""
    token = new_token()
    ApiToken.objects.create(person=person, name=name, digest=digest_of(token))
    return token


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
