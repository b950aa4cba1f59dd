"""The settings tests run with: the product's own, in a folder of their own, with a quick password hasher.

This is a settings module, and not a fixture, because pytest-django reads the settings before any conftest.
Variables that a developer has set in the shell do not reach the tests; those that name a server do, so that
`make test-services` runs the same suites on PostgreSQL, Redis and RabbitMQ.
"""

import os
import tempfile
from pathlib import Path

from videoshare.environment import VARIABLES

SERVERS = frozenset({"DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL"})

for name in VARIABLES - SERVERS:
    os.environ.pop(name, None)

# One folder a test run, one below it for each process that pytest-xdist starts: they inherit the variable.
if "TESTS_DATA" not in os.environ:
    os.environ["TESTS_DATA"] = tempfile.mkdtemp(prefix="videoshare-tests-")
TESTS_DATA = Path(os.environ["TESTS_DATA"])
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["VIDEOSHARE_DATA"] = str(TESTS_DATA / WORKER)
# The same with Redis: gw0 takes the database that is named, gw1 the one after it.
for name in ("CACHE_URL", "CELERY_BROKER_URL"):
    if name in os.environ and WORKER.startswith("gw"):
        server, _, number = os.environ[name].rpartition("/")
        os.environ[name] = f"{server}/{int(number) + int(WORKER.removeprefix('gw'))}"

from videoshare.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Pages are tested without a build of the front end, and so without the manifest that a build makes. Where there is a
# build, WhiteNoise would read its whole folder for each test client anew.
STATIC_ROOT = None  # type: ignore[assignment]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
