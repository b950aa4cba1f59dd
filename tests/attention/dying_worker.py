"""A worker's part in a process of its own, to be killed: `python -m tests.attention.dying_worker`.

Makes what is due and does the jobs, as beat and worker do, on the installation that the environment names.
"""

import os
import sys

import django


def main() -> None:
    """Sweep and work; a job whose worker was killed counts as abandoned at once, without waiting for its lease."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "videoshare.settings"
    django.setup()

    from django.utils import timezone

    from apps.attention import sending
    from apps.core import jobs
    from apps.core.models import Job

    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=timezone.now())
    sending.sweep()
    for job in Job.objects.filter(state__in=Job.UNFINISHED):
        jobs.run(job.pk)
    sys.stdout.write("worked\n")


if __name__ == "__main__":
    main()
