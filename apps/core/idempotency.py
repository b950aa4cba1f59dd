"""A POST that creates carries a client_id; the same again answers with what the first one made."""

import json
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from apps.core.errors import ClientIdReused, NotFound
from apps.core.models import CarriedOut

Made = TypeVar("Made")


def fingerprint_of(request: dict[str, Any]) -> str:
    """Return an HMAC-SHA-256, in hex, of what a request asks for; client_id itself does not count.

    It is keyed because a request may hold a password, which who reads the rows could otherwise guess.
    """
    asked = {name: value for name, value in request.items() if name != "client_id"}
    text = json.dumps(asked, sort_keys=True, default=str)
    return salted_hmac("videoshare.carried_out", text, algorithm="sha256").hexdigest()


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
    ClientIdReused when the same client_id asks for something else, and NotFound when what the first one made is no
    longer there: a late repetition does not bring back what was deleted. Without a client_id nothing is remembered.
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
    if first.fingerprint not in ("", fingerprint):
        raise ClientIdReused
    try:
        return find(first.result), False
    except ObjectDoesNotExist as error:
        raise NotFound from error
