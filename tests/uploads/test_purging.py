"""A video that is deleted for good while its parts still arrive leaves nothing behind."""

import pytest

from apps.core.models import StoredObject
from apps.uploads.models import Upload
from apps.videos import clearing
from media.store.local import LocalStore

pytestmark = pytest.mark.django_db


def test_a_part_that_arrives_in_the_midst_of_deleting_for_good_is_not_kept(local_store, start, monkeypatch) -> None:
    uploader = start()
    promised = uploader.promise(1, b"the end")
    video = Upload.objects.get().source.video
    real = LocalStore.delete_prefix
    answers: list[int] = []

    def delete_slowly(self: LocalStore, prefix: str) -> int:
        gone = real(self, prefix)
        if not answers:  # before the ledger forgets: the address still looks good
            answers.append(uploader.put(promised, b"the end"))
        return gone

    monkeypatch.setattr(LocalStore, "delete_prefix", delete_slowly)
    clearing.purge(video)
    assert answers == [204]
    assert uploader.put(promised, b"the end") == 409
    assert list(local_store.list("videos/")) == []
    assert not StoredObject.objects.exists()
