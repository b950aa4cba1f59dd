"""People who sign in, and the tokens their programs use."""

import unicodedata
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import PublicRow
from apps.core.viewer import Viewer


def display_name(person: "Person") -> str:
    """Return what other people read: the name, else what stands before the @ of the e-mail."""
    return person.name or person.email.partition("@")[0]


class PersonQuerySet(models.QuerySet["Person"]):
    """Whom of the people somebody may see."""

    def seen_by(self, viewer: Viewer) -> "PersonQuerySet":
        """Return oneself and who shares a workspace with oneself; nobody for who is not signed in."""
        if viewer.person_id is None:
            return self.none()
        colleagues = models.Q(memberships__workspace_id__in=viewer.workspace_ids)
        return self.filter(models.Q(pk=viewer.person_id) | colleagues).distinct()


class PersonManager(BaseUserManager.from_queryset(PersonQuerySet)):  # type: ignore[misc]  # made while it runs
    """Makes people; an e-mail is kept in lower case, so that one address is one person."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """Return a new person. Without a password nobody can sign in as them until one is set."""
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """Return a new person who may use /admin/."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email=(username or "").strip().lower())


class Person(PublicRow, AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in, by e-mail. What they may do in a team stands in their memberships."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)  # IANA name, "" until a browser has told it
    picture_key = models.CharField(max_length=255, blank=True)  # of the re-encoded picture in the store
    wants_digest = models.BooleanField(default=True)  # one mail a day at most, and only when something is new
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_an_email")]

    def __str__(self) -> str:
        return self.email

    @property
    def display_name(self) -> str:
        return display_name(self)

    @property
    def initial(self) -> str:
        """Return what stands in the disc while there is no picture: the first letter, digit or emoji of the name."""
        kinds = ((sign, unicodedata.category(sign)) for sign in self.display_name)
        return next((sign for sign, kind in kinds if kind[0] in "LN" or kind == "So"), "")

    @property
    def picture_url(self) -> str:
        """Return the path of the picture, "" where there is none. A new picture has a new path."""
        if not self.picture_key:
            return ""
        name = self.picture_key.rpartition("/")[2]
        return reverse("person-picture", kwargs={"public_id": self.public_id, "name": name})

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name


class ApiToken(models.Model):
    """A token that acts as its person; only its SHA-256 is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person} {self.name}".strip()
