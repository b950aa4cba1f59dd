"""manage.py setuplink: prints the link at which the first owner makes an account."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.workspaces import services


class Command(BaseCommand):
    help = "Prints the one-time setup link; fails once there is an owner."

    def handle(self, *args: Any, **options: Any) -> None:
        link = services.setup_link()
        if link is None:
            raise CommandError("There is an owner already. Use adduser to add people.")
        self.stdout.write(link)
