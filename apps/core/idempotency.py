"""A POST that creates carries a client_id; the same again answers with what the first one made."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.core.errors import ClientIdReused
from apps.core.models import CarriedOut

Made = TypeVar("Made")


def fingerprint_of(request: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of what a request asks for; client_id itself does not count."""
    asked = {name: value for name, value in request.items() if name != "client_id"}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def carry_out_once(
    *,
    scope: str,
    client_id: UUID | None,
    request: dict[str, Any],
    create: Callable[[], Made],
    result_of: Callable[[Made], str],
    find: Callable[[str], Made],
) -> tuple[Made, bool]:
    """Return what `create` makes and True, or what the same request made before and False.

    `scope` says who asks, so that two people's client_ids never meet. `result_of` names what was made in at
    most 255 characters and `find` fetches it again. Making and remembering are one transaction: of two equal
    requests at once, the second waits, or loses on the unique key and finds the first's result. Raises
    ClientIdReused when the same client_id asks for something else. Without a client_id nothing is remembered.
    """
    if client_id is None:
        return create(), True
    fingerprint = fingerprint_of(request)
    first = CarriedOut.objects.filter(scope=scope, client_id=client_id).first()
    if first is None:
        try:
            with transaction.atomic():
                made = create()
                CarriedOut.objects.create(
                    scope=scope, client_id=client_id, fingerprint=fingerprint, result=result_of(made)
                )
                return made, True
        except IntegrityError:
            first = CarriedOut.objects.filter(scope=scope, client_id=client_id).first()
            if first is None:
                raise  # another constraint than ours
    if first.fingerprint != fingerprint:
        raise ClientIdReused
    return find(first.result), False
