"""The product's own settings, and one app more: the steps at which a test can hold a process (see steps.py).

Named by DJANGO_SETTINGS_MODULE in the environment of an installation under test, and by nothing else. The product
knows nothing of it, so that there is no hook to leave switched on.
"""

from videoshare.settings import *  # noqa: F403
from videoshare.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.steps.Steps"]
MIDDLEWARE = ["tests.faults.steps.named_by_header", *MIDDLEWARE]
