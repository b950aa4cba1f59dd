"""manage.py reconcile: finds rows without objects, objects without rows and whatever is stuck; mends what is safe."""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.core.errors import DomainError
from apps.uploads.reconcile.findings import Finding, Kind
from apps.uploads.reconcile.objects import check_begun_uploads, check_people, check_videos
from apps.uploads.reconcile.rows import check_rows
from media.store.errors import StoreError

log = structlog.get_logger(__name__)

# Addresses to send bytes to live for an hour, and a worker names what it has stored within seconds.
LEAST_HOURS = 2


class Command(BaseCommand):
    help = (
        "Holds the database and the store against each other. Without --mend nothing is changed. "
        "Ends with 0 when nothing is left to do, with 1 when something is, with 2 when the store could not be asked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mend", action="store_true", help="put right what can safely be put right")
        parser.add_argument(
            "--older-than",
            type=int,
            default=24,
            metavar="HOURS",
            help=f"leave alone what was stored later than that (at least {LEAST_HOURS}; 24 unless given)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["older_than"] < LEAST_HOURS:
            raise CommandError(f"--older-than must be at least {LEAST_HOURS}: what is younger may still be arriving.")
        found: Counter[Kind] = Counter()
        left: Counter[Kind] = Counter()
        try:
            for finding in _find(options["older_than"]):
                found[finding.kind] += 1
                is_mended = options["mend"] and self._mend(finding)
                left[finding.kind] += not is_mended
                if options["verbosity"] > 1 or (options["mend"] and not is_mended):
                    self.stdout.write(f"{finding.kind.value}: {finding.what}{' (mended)' if is_mended else ''}")
        except StoreError as error:
            raise CommandError(f"The store could not be asked: {error}", returncode=2) from error
        for kind, count in sorted(found.items(), key=lambda item: item[0].value):
            mended = count - left[kind]
            told = f", {mended} mended" if options["mend"] else ""
            self.stdout.write(f"{count} {kind.value}{told}")
        self.stdout.write(_verdict(found.total(), left.total(), mends=options["mend"]))
        if left.total():
            sys.exit(1)

    def _mend(self, finding: Finding) -> bool:
        if finding.mend is None:
            return False
        try:
            finding.mend()
        except (StoreError, DomainError) as error:
            self.stderr.write(f"{finding.kind.value}: {finding.what}: {error}")
            return False
        log.info("mended", kind=finding.kind.name.lower(), what=finding.what)
        return True


def _find(older_than_hours: int) -> Iterator[Finding]:
    before = timezone.now() - timedelta(hours=older_than_hours)
    yield from check_rows()
    yield from check_videos(before)
    yield from check_people(before)
    yield from check_begun_uploads(before)


def _verdict(found: int, left: int, *, mends: bool) -> str:
    if not found:
        return "Rows and store agree."
    if not mends:
        return f"{found} found. Nothing was changed; --mend puts right what can safely be put right."
    return f"{found} found, {found - left} mended, {left} left."
