"""The object store of this installation: one for each process, made at first use."""

from functools import lru_cache

from django.conf import settings

from media.store import ObjectStore, store_from_settings


@lru_cache(maxsize=1)
def get_store() -> ObjectStore:
    """Return the store that STORE_URL names, else the local one below VIDEOSHARE_DATA.

    Making an S3 client costs 230 ms, so there is one a process.
    """
    return store_from_settings(
        store_url=settings.STORE_URL,
        public_url=settings.STORE_PUBLIC_URL,
        folder=settings.STORE_FOLDER,
        local_url=f"{settings.LOCAL_STORE_URL}",
        secret=settings.SECRET_KEY,
    )
