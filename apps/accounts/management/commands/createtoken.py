"""manage.py createtoken EMAIL: prints an API token as its last line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts import services
from apps.accounts.models import Person


class Command(BaseCommand):
    help = "Makes an API token for a person and prints it as the last line. It is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="what the token is for")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(email=options["email"].strip().lower()).first()
        if person is None:
            raise CommandError(f"Nobody here has the e-mail {options['email']}.")
        self.stdout.write(services.create_token(person=person, name=options["name"]))
