"""The source of a video as one download, for its author."""

from typing import Any

import pytest

from apps.core.store import get_store
from apps.videos import services
from apps.videos.models import Video
from media.store.errors import ObjectMissing, StoreUnavailable

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(ana, workspace) -> Video:
    made = services.create_video(author=ana, workspace=workspace, source={"kind": "recording"})
    stored = []
    for number, piece in enumerate((b"first", b"second"), start=1):
        get_store().put_bytes(piece, f"videos/source/{number}", content_type="video/mp4")
        stored.append({"key": f"videos/source/{number}", "size_bytes": len(piece)})
    services.accept_source(source=made.sources.get(), stored=stored)
    return made


def test_its_parts_come_one_after_the_other_with_their_length(client_for, ana, video) -> None:
    client = client_for(ana)
    answer = client.get(client.get(f"/api/v1/videos/{video.public_id}/source/")["Location"])
    assert b"".join(answer.streaming_content) == b"firstsecond"
    assert answer["Content-Length"] == "11"


@pytest.mark.parametrize(("error", "status"), [(StoreUnavailable("away"), 503), (ObjectMissing("gone"), 404)])
def test_what_the_store_cannot_give_is_no_empty_download(
    client_for, ana, video, monkeypatch, error: Exception, status: int
) -> None:
    def fail(*_: object, **__: object) -> Any:
        raise error

    monkeypatch.setattr(type(get_store()), "iter_bytes", fail)
    client = client_for(ana)
    answer = client.get(client.get(f"/api/v1/videos/{video.public_id}/source/")["Location"])
    assert (answer.status_code, "Retry-After" in answer) == (status, status == 503)
