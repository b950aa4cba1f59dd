"""The object store of this installation: one for each process, made at first use."""

from functools import lru_cache

from django.conf import settings

from media.store import ObjectStore, open_store
from media.store.local import LocalStore

LOCAL_STORE_PATH = "/store/"  # where apps/core/urls.py answers the local store's signed addresses

# No part takes that long: what is older was left behind by a process that was killed while it wrote.
LEFTOVERS_OLDER_THAN_S = 6 * 3600


@lru_cache(maxsize=1)
def get_store() -> ObjectStore:
    """Return the store that STORE_URL names, else the local one below VIDEOSHARE_DATA.

    Making an S3 client costs 230 ms, so there is one a process.
    """
    return open_store(
        settings.STORE_URL,
        settings.STORE_PUBLIC_URL,
        folder=settings.STORE_FOLDER,
        secret=settings.SECRET_KEY,
        local_url=LOCAL_STORE_PATH,
    )


def clear_leftovers() -> None:
    """Remove what killed processes left half written in the local store; other stores see to that themselves."""
    store = get_store()
    if isinstance(store, LocalStore):
        store.remove_leftovers(older_than_s=LEFTOVERS_OLDER_THAN_S)
