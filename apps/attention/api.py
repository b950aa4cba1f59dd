"""A guest's wish to hear of answers by mail. For everybody else, and while mail is not configured, it is not there."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.attention import services
from apps.attention.models import AnswerSubscription
from apps.attention.serializers import AnswerMailAskSerializer, AnswerMailSerializer
from apps.core import mail
from apps.core.api import ApiView
from apps.core.errors import NotFound
from apps.core.throttles import address_of
from apps.sharing.api_personal import speaking_guest


class AnswerMailView(ApiView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not mail.is_configured():
            raise NotFound

    @extend_schema(responses=AnswerMailSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Whether this guest hears of answers on this video by mail."""
        video, guest, _link = speaking_guest(self, public_id)
        return _answer(services.subscription_of(guest=guest, video=video))

    @extend_schema(request=AnswerMailAskSerializer, responses=AnswerMailSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Ask for it; the address gets one mail with a button to confirm, at most one in a day.

        Whether that mail was sent is not told: the address may be somebody else's.
        """
        video, guest, link = speaking_guest(self, public_id)
        data = AnswerMailAskSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        subscription = services.subscribe(
            guest=guest, video=video, share_link=link, address=address_of(request._request), **data.validated_data
        )
        return Response({"state": "asked"}) if subscription is None else _answer(subscription)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Stop it."""
        video, guest, _link = speaking_guest(self, public_id)
        subscription = services.subscription_of(guest=guest, video=video)
        if subscription is not None:
            services.stop(subscription=subscription)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _answer(subscription: AnswerSubscription | None) -> Response:
    state = "off" if subscription is None else "asked" if subscription.confirmed_at is None else "on"
    return Response(AnswerMailSerializer({"state": state}).data)
