"""Rows that belong to no feature: jobs, the ledger of stored objects, and requests that were carried out once."""

from django.db import models
from django.utils import timezone

from apps.core.ids import PUBLIC_ID_LENGTH, new_public_id


class PublicRow(models.Model):
    """A row that people and programs name by an opaque id."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class Job(models.Model):
    """A piece of work that must end, whatever is killed meanwhile. Its life is told in apps/core/jobs.py."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    UNFINISHED = (State.QUEUED, State.RUNNING)

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)  # what must not be wanted twice at once, "publish:<source>"
    subject = models.CharField(max_length=PUBLIC_ID_LENGTH, db_index=True)  # whose work it is, by public id
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    waits = models.PositiveSmallIntegerField(default=0)  # how often it was put off for want of a store or a disk
    run_after = models.DateTimeField(default=timezone.now)
    turn_at = models.DateTimeField(default=timezone.now)  # of those that are due, the earliest is done first
    takes_long = models.BooleanField(default=False)  # of such ones on its queue, a machine does one at a time
    rung_at = models.DateTimeField(null=True)  # when the broker was last told; a sweep rings again after a while
    owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    progress = models.FloatField(default=0)  # 0 to 1
    failure_code = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_unfinished_job_a_key",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "run_after"],
                condition=models.Q(state__in=["queued", "running"]),
                name="unfinished_jobs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"


class StoredObject(models.Model):
    """One object in the store, written down before its bytes are put there, for quotas, deleting and reconciling.

    `video_id` is a plain number: this app knows no videos. None for what belongs to no video: people's pictures.
    """

    key = models.CharField(max_length=255, unique=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    video_id = models.BigIntegerField(null=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.key


class CarriedOut(models.Model):
    """A creating request that was carried out, so that the same again answers with the first result.

    `scope` says who asked ("person:7", "guest:3"); `fingerprint` is a keyed hash of what was asked, "" where it
    was asked of a release that kept another one: then the client_id alone decides.
    """

    scope = models.CharField(max_length=60)
    client_id = models.UUIDField()
    fingerprint = models.CharField(max_length=64)
    result = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "client_id"], name="carried_out_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.client_id}"
