"""manage.py adduser EMAIL: makes a person, and the workspace where there is none."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from apps.accounts import services as accounts
from apps.core.errors import DomainError
from apps.workspaces import services


class Command(BaseCommand):
    help = (
        "Makes a person: the owner of a new workspace where there is none, else a member. "
        "Without --password it prints, as the last line, a link at which the person sets one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="what colleagues read")
        parser.add_argument("--password", default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        email, password = options["email"], options["password"]
        try:
            validate_email(email)
            if password is not None:
                password_validation.validate_password(password)
            person, membership = services.add_person(email=email, name=options["name"], password=password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write(f"{person.email} is {membership.role} of {membership.workspace.name}.")
        if password is None:
            self.stdout.write(accounts.password_link(person=person))
