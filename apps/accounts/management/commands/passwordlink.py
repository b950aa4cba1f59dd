"""manage.py passwordlink EMAIL: prints, as its last line, a link at which a person sets a new password."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts import services
from apps.accounts.models import Person


class Command(BaseCommand):
    help = "Prints a link at which a person sets a new password: good once, for three days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(email=options["email"].strip().lower()).first()
        if person is None:
            raise CommandError(f"Nobody here has the e-mail {options['email']}.")
        self.stdout.write(services.password_link(person=person))
