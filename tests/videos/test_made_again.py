"""What the store has lost of a publication is made again, while its source is whole: by manage.py reconcile --mend."""

import io

import pytest
from django.core.management import call_command

from apps.core.store import get_store
from apps.videos.models import Video

pytestmark = pytest.mark.django_db

H264_OPUS = (
    "-f lavfi -i testsrc2=size=320x180:rate=30:duration=1 -f lavfi -i sine=frequency=440:duration=1 "
    "-c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p -c:a libopus -shortest -f mp4"
)


def reconcile() -> str:
    output = io.StringIO()
    call_command("reconcile", "--mend", stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("what", ["a rendition", "the poster", "everything"])
def test_what_is_missing_is_made_again_and_the_rest_plays_meanwhile(published, run_jobs, what: str) -> None:
    video = published(H264_OPUS)
    publication = video.current_publication
    before = {rendition.name: rendition.key for rendition in publication.renditions.all()}
    lost = {"a rendition": [before["copy-aac"]], "the poster": [publication.poster_key]}.get(
        what, [*before.values(), publication.poster_key]
    )
    get_store().delete(lost)
    assert f"{len(lost)} objects that are needed and missing, {len(lost)} mended" in reconcile()
    video = Video.objects.select_related("current_publication").get(pk=video.pk)
    assert (video.status, video.current_publication) == (Video.Status.PROCESSING, publication)
    run_jobs()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.READY, "")
    assert video.current_publication is not None
    renditions = {rendition.name: rendition.key for rendition in video.current_publication.renditions.all()}
    assert set(renditions) == set(before)
    assert {name for name in before if renditions[name] == before[name]} == {
        name for name in before if before[name] not in lost
    }
    for key in (*renditions.values(), video.current_publication.poster_key):
        assert get_store().size_bytes(key)
