"""What the store has lost of a publication is made again, while its source is whole: by manage.py reconcile --mend."""

import io

import pytest
from django.core.management import call_command

from apps.core.store import get_store
from apps.videos.models import Publication, Video

pytestmark = pytest.mark.django_db

H264_OPUS = (
    "-f lavfi -i testsrc2=size=320x180:rate=30:duration=1 -f lavfi -i sine=frequency=440:duration=1 "
    "-c:v libx264 -preset ultrafast -g 15 -pix_fmt yuv420p -c:a libopus -shortest -f mp4"
)


def reconcile() -> str:
    output = io.StringIO()
    call_command("reconcile", "--mend", stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("what", ["a rendition", "the poster", "pictures", "everything"])
def test_what_is_missing_is_made_again_and_the_rest_plays_meanwhile(published, run_jobs, illustrate, what: str) -> None:
    video = published(H264_OPUS)
    illustrate()
    publication = Publication.objects.select_related("storyboard").get(pk=video.current_publication.pk)
    before = {rendition.name: rendition.key for rendition in publication.renditions.all()}
    pictures = [publication.storyboard.key, publication.preview_key]
    lost = {"a rendition": [before["copy-aac"]], "the poster": [publication.poster_key], "pictures": pictures}.get(
        what, [*before.values(), publication.poster_key, *pictures]
    )
    get_store().delete(lost)
    assert f"{len(lost)} objects that are needed and missing, {len(lost)} mended" in reconcile()
    video = Video.objects.select_related("current_publication").get(pk=video.pk)
    assert (video.status, video.current_publication) == (Video.Status.PROCESSING, publication)
    run_jobs()
    illustrate()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.READY, "")
    assert video.current_publication is not None
    renditions = {rendition.name: rendition.key for rendition in video.current_publication.renditions.all()}
    assert set(renditions) == set(before)
    assert {name for name in before if renditions[name] == before[name]} == {
        name for name in before if before[name] not in lost
    }
    remade = video.current_publication
    for key in (*renditions.values(), remade.poster_key, remade.preview_key, remade.storyboard.key):
        assert get_store().size_bytes(key)
