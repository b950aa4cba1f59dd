"""The upload protocol against a model of it: any order, repeats, losses and restarts (see test_protocol.py).

A step does the same to the product, over HTTP or as the clock does it, and to the model (protocol_model.py). After
each step rows, store and ledger must be what the model says.

A step may be given trouble: the process dies at a call of the store or just before the commit, the store is away or
full, or has done its work and the answer got lost. What was confirmed before is confirmed after that, and what is
promised or confirmed since is what this step was about; then the same step again does the rest.
"""

import hashlib
import sys
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from apps.core import jobs
from apps.core.models import Job, StoredObject
from apps.core.store import get_store
from apps.uploads import abandoned, clearing, services
from apps.uploads.models import Upload
from apps.uploads.reconcile import objects
from apps.videos import services as videos
from apps.videos.models import Source
from media.store.errors import StoreFull, StoreUnavailable
from media.store.local import LocalStore
from tests.store_calls import Fault, StoreCalls
from tests.uploads.driver import Uploader, plan
from tests.uploads.protocol_model import CLOSED, FILE_BYTES, FILE_PARTS, PART_BYTES, Model, Part, bytes_of
from tests.uploads.rows import Killed, row_of

SILENCES = (timedelta(minutes=31), timedelta(days=8))

NUMBERS = st.integers(1, 4)
VARIANTS = st.integers(0, 1)
SELDOM = st.booleans()  # what ends an upload: few examples would come far if it came each time
TROUBLES = st.none() | st.tuples(
    st.sampled_from(["killed", "away", "full", "killed before commit"]), st.integers(1, 4), st.booleans()
)


@dataclass(frozen=True)
class Ground:
    """What the machine runs on: a signed-in browser, a way to begin, and a store whose calls are watched."""

    start: Callable[..., Uploader]
    client: Callable[[], Client]
    fresh_store: Callable[[], None]
    calls: StoreCalls


class Protocol(RuleBasedStateMachine):
    """One upload from its beginning to its end, and beyond."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.rolled_back = ExitStack()
        for alias in connections:
            self.rolled_back.enter_context(_rolled_back(alias))
        cache.clear()
        self.ground.fresh_store()
        self.addresses: list[tuple[int, bytes, dict[str, Any]]] = []
        self.was_cleared = False

    @initialize(
        kind=st.sampled_from(["recording", "file"]),
        came=st.lists(st.sampled_from(["confirmed", "confirmed", "sent", "promised", "nothing"]), max_size=4),
    )
    def begin(self, kind: str, came: list[str]) -> None:
        """Begin, and let some parts come: few examples would get to the endings otherwise."""
        self.uploader = self.ground.start(FILE_BYTES if kind == "file" else None)
        self.model = Model(kind, overwrites=not isinstance(get_store(), LocalStore))
        for number, how in enumerate(came[: 4 if kind == "recording" else FILE_PARTS], start=1):
            if how != "nothing":
                self._exchange([], {number: 0}, None)
            if how in {"confirmed", "sent"}:
                self._put_whole(*self.addresses[-1])
            if how == "confirmed":
                self._exchange([number], {}, None)

    # --- what a sender does ------------------------------------------------------------------------

    @rule(
        stored=st.lists(NUMBERS, max_size=2, unique=True),
        promised=st.dictionaries(NUMBERS, VARIANTS, max_size=3),
        trouble=TROUBLES,
    )
    def exchange(self, stored: list[int], promised: dict[int, int], trouble: Any) -> None:
        """Report parts as stored, also some that were never sent, and promise others."""
        self._exchange(stored, promised, trouble)

    def _exchange(self, stored: list[int], promised: dict[int, int], trouble: Any) -> None:
        promises = {number: bytes_of(self.model.kind, number, variant) for number, variant in promised.items()}
        plans = [plan(number, data) for number, data in promises.items()]
        answer = self._ask(lambda: self.uploader.exchange(plans, stored), trouble, promises)
        expected = self.model.confirm(stored)
        if expected[0] == 200 and promises:
            expected = self.model.promise(promises)
        assert told(answer) == expected
        if answer.status_code == 200:
            for shown in answer.json()["parts"]:
                number = shown["number"]
                assert (shown["state"] == "confirmed") == self.model.is_confirmed(number)
                if "url" in shown:
                    self.addresses.append((number, promises[number], shown))

    @precondition(lambda self: self.model.status == "open")
    @rule(number=st.none() | NUMBERS, variant=VARIANTS, reported=st.booleans(), trouble=TROUBLES)
    def send(self, number: int | None, variant: int, reported: bool, trouble: Any) -> None:
        """Bring a part all the way, as senders mostly do: by default the first one that does not count yet."""
        missing = [number for number in range(1, 5) if not self.model.is_confirmed(number)]
        number = number or (missing[0] if missing else 4)
        known = len(self.addresses)
        self._exchange([], {number: variant}, None)
        if len(self.addresses) > known:
            self._put_whole(*self.addresses[-1])
        if reported:
            self._exchange([number], {}, trouble)

    @precondition(lambda self: self.addresses and not (self.was_cleared and self.model.overwrites))
    @rule(which=st.integers(0, 30), how=st.sampled_from(["whole", "whole", "whole", "cut", "other", "killed"]))
    def put(self, which: int, how: str) -> None:
        """Send to an address that was given at any time before; it holds for what was promised then."""
        number, data, address = self.addresses[-1 - which % len(self.addresses)]
        if how == "whole" or (how == "killed" and not self._killed_while_it_arrives(data, address)):
            self._put_whole(number, data, address)
        elif how != "killed":
            wrong = data[:-1] if how == "cut" else bytes(len(data))
            assert self._is_refused(self.uploader.put(address, wrong))

    def _killed_while_it_arrives(self, data: bytes, address: dict[str, Any]) -> bool:
        """Send, and let the local store's process die before the bytes are in their place."""
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr("media.store.files.rename_into_place", kill)
            broken.setattr("media.store.files.copy_range", kill)
            try:
                self.uploader.put(address, data)
            except Killed:
                return True
        return False

    def _put_whole(self, number: int, data: bytes, address: dict[str, Any]) -> None:
        status = self.uploader.put(address, data)
        if self.was_cleared:
            is_needed = self.model.source[number - 1 : number] == [data]  # the same bytes again change nothing
            assert status == 409 or (is_needed and status < 300)
        elif not self.model.is_recording and self.model.status == "complete":
            assert self._is_refused(status)  # the store's own upload has ended
        elif not self.model.is_recording and self.model.status != "open":
            pass  # the store's own upload ends with the clearing, and takes with it what came until then
        else:
            assert (status < 300) == (self.model.put(number, data) < 300)

    def _is_refused(self, status: int) -> bool:
        """Whether the store took nothing. S3 has 404 for a part of an upload that has ended; moto stumbles over it."""
        has_ended = not self.model.is_recording and self.model.status != "open"
        return 400 <= status < 500 or (status == 500 and has_ended and self.model.overwrites)

    @rule()
    def alive(self) -> None:
        assert told(self.uploader.post("alive")) == ((204, "") if self.model.status == "open" else CLOSED)

    @rule(last=st.integers(0, 4), wrong=st.sampled_from([0, 0, 0, 1, 2]), trouble=TROUBLES)
    def complete(self, last: int, wrong: int, trouble: Any) -> None:
        """Call it whole, right or wrong: too few parts, too many, one of another size."""
        self._complete(last, wrong, trouble)

    @rule(trouble=TROUBLES)
    def complete_rightly(self, trouble: Any) -> None:
        last = max(self.model.parts, default=0) if self.model.is_recording else FILE_PARTS
        self._complete(last, 0, trouble)

    def _complete(self, last: int, wrong: int, trouble: Any) -> None:
        sizes = [
            len(self.model.parts[number].data) if number in self.model.parts else 5 for number in range(1, last + 1)
        ]
        if 0 < wrong <= last:
            sizes[wrong - 1] += 1
        answer = self._ask(lambda: self.uploader.complete(*sizes), trouble)
        status, code, missing = self.model.complete(sizes)
        assert told(answer) == (status, code)
        if missing:
            assert answer.json()["missing"] == missing

    @rule()
    def reopen(self) -> None:
        is_open = self.model.reopen()
        assert told(self.uploader.post("reopen")) == ((200, "") if is_open else CLOSED)

    @rule(sure=SELDOM)
    def discard(self, sure: bool) -> None:
        if sure:
            assert told(self.uploader.delete()) == self.model.abort()

    # --- what happens without one --------------------------------------------------------------------

    @rule(silence=st.sampled_from(SILENCES), trouble=TROUBLES, sure=SELDOM)
    def fall_silent(self, silence: timedelta, trouble: Any, sure: bool) -> None:
        """Let the sender say nothing for so long, and the clock come by."""
        if not sure:
            return

        def come_by() -> None:
            Upload.objects.update(alive_at=timezone.now() - silence)
            abandoned.end_silent_recordings()
            abandoned.end_silent_files()

        self._ask(come_by, trouble)
        if self.model.status == "open":
            if self.model.is_recording:
                self.model.end_recording()
            else:
                self.model.end_file(forgotten=silence == SILENCES[1])

    @precondition(lambda self: self.model.rest_may_come)
    @rule(sure=SELDOM)
    def thirty_days_pass(self, sure: bool) -> None:
        if sure:
            self._let_the_rest_be_late()

    def _let_the_rest_be_late(self) -> None:
        Source.objects.update(rest_until=timezone.now() - timedelta(minutes=1))
        if self.model.status == "complete":
            assert self.uploader.post("reopen").status_code == 409
            assert abandoned.close_what_waited() == self.model.rest_may_come
            self.model.abort()
        else:
            assert abandoned.close_what_waited() == 0
            Source.objects.update(rest_until=timezone.now() + abandoned.REST_MAY_COME)  # it was reopened in time

    @rule(trouble=TROUBLES)
    def clear(self, trouble: Any) -> None:
        """Let a worker delete what nobody needs any more."""
        wanted = Job.objects.filter(kind=clearing.CLEAR_UPLOAD, state__in=Job.UNFINISHED)
        is_over = self.model.status != "open" and not self.model.rest_may_come

        def work() -> None:
            wanted.update(state="queued", run_after=timezone.now(), attempts=0)
            for job in wanted.all():
                jobs.run(job.pk)

        was_wanted = wanted.exists()
        self._ask(work, trouble)
        assert not wanted.exists()
        self.was_cleared = self.was_cleared or (is_over and was_wanted)

    @rule()
    def restart(self) -> None:
        """Let every process begin anew, and the browser be another one."""
        get_store.cache_clear()
        cache.clear()
        self.uploader = Uploader(self.ground.client(), self.uploader.upload)
        shown = self.uploader.get()
        assert (shown["status"], shown["parts"]) == (self.model.status, self._parts_to_be_shown())

    # --- trouble ------------------------------------------------------------------------------------

    def _ask(self, do: Callable[[], Any], trouble: Any, promises: dict[int, bytes] | None = None) -> Any:
        """Do it in trouble, if there is any, look what has become of it, and do the same again."""
        if trouble is None:
            return do()
        what, number, after = trouble
        if what == "killed before commit":
            return self._ask_and_die_before_the_commit(do, promises or {})
        errors = {"killed": Killed(), "away": StoreUnavailable("away"), "full": StoreFull("full")}
        calls, answer = self.ground.calls, None
        with calls.fail(Fault(number, errors[what], after)):
            try:
                answer = do()
            except Killed:
                assert what == "killed"
        if not calls.struck:
            return answer
        if answer is not None:
            assert told(answer)[0] == {"away": 503, "full": 507}[what]
        self._agree(promises or {})
        return do()

    def _ask_and_die_before_the_commit(self, do: Callable[[], Any], promises: dict[int, bytes]) -> Any:
        accept = videos.accept_source

        def accept_and_die(**named: Any) -> None:
            accept(**named)
            raise Killed

        with pytest.MonkeyPatch.context() as broken:
            broken.setattr(videos, "accept_source", accept_and_die)
            try:
                return do()
            except Killed:
                pass
        self._agree(promises)
        return do()

    def _agree(self, promises: dict[int, bytes]) -> None:
        """Compare what a cut-off step has left with what it may leave, and let the model know how far it came."""
        row, model = row_of(self.uploader), self.model
        if row.status != model.status:
            assert row.status == "open"
            assert model.rest_may_come
            model.reopen()
        if model.is_recording:
            model.last_named = row.last_named
            if row.source.video.status == "uploading" and model.video_status == "recording":
                model.video_status = "uploading"
        variants = {
            hashlib.sha256(data).hexdigest(): data
            for number in range(1, 5)
            for variant in (0, 1)
            if (data := bytes_of(model.kind, number, variant))
        }
        for part in row.parts.all():
            data, before = variants[part.sha256], model.parts.get(part.number)
            if before is None or before.data != data:
                assert promises.get(part.number) == data
                assert before is None or not before.confirmed
                before = model.parts[part.number] = Part(data)
            if part.is_confirmed != before.confirmed:
                assert model.has_arrived(part.number) == part.is_confirmed
                assert part.is_confirmed or model.overwrites, "what was confirmed is lost"
                before.confirmed = part.is_confirmed

    # --- what always holds ----------------------------------------------------------------------------

    @invariant()
    def the_upload_is_as_the_model_says(self) -> None:
        row, model = row_of(self.uploader), self.model
        assert (row.status, row.source.rest_until is not None) == (model.status, model.rest_may_come)
        assert list(row.parts.values("number", "size_bytes", "sha256", "state")) == self._parts_to_be_shown()
        assert row.source.video.status == model.video_status

    def _parts_to_be_shown(self) -> list[dict[str, Any]]:
        return [
            {**plan(number, part.data), "state": "confirmed" if part.confirmed else "promised"}
            for number, part in sorted(self.model.parts.items())
        ]

    @invariant()
    def the_source_is_what_was_confirmed_in_order(self) -> None:
        source, store = Source.objects.get(), get_store()
        stored = [b"".join(store.iter_bytes(item["key"])) for item in source.stored]
        assert b"".join(stored) == b"".join(self.model.source)
        assert [item["size_bytes"] for item in source.stored] == [len(data) for data in stored]
        assert (source.revision, source.ends_early) == (self.model.revision, self.model.ends_early)
        asked = set(Job.objects.filter(kind="publish").values_list("payload__revision", flat=True))
        assert asked == (set(range(1, self.model.revision + 1)) if self.model.source else set())

    @invariant()
    def what_was_confirmed_is_there_unchanged(self) -> None:
        row, store = row_of(self.uploader), get_store()
        if self.model.is_recording and (self.model.status == "open" or self.model.rest_may_come):
            for part in row.parts.filter(state="confirmed"):
                found = b"".join(store.iter_bytes(row.part_key(part.number, part.sha256)))
                assert found == self.model.parts[part.number].data
        elif not self.model.overwrites and self.model.status == "open" and row.store_upload_id:
            listed = store.list_parts(row.file_key, row.store_upload_id)
            for part in row.parts.filter(state="confirmed"):
                assert (listed[part.number].size_bytes, listed[part.number].sha256) == (part.size_bytes, part.sha256)

    @invariant()
    def the_ledger_knows_every_object(self) -> None:
        stored = dict(get_store().list("videos/"))
        ledger = dict(StoredObject.objects.values_list("key", "size_bytes"))
        assert {key: ledger.get(key) for key in stored} == stored
        if self.was_cleared:
            assert set(stored) == set(ledger) == {item["key"] for item in Source.objects.get().stored}

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None and hasattr(self, "model"):
                self._nothing_is_left_behind()
        finally:
            self.rolled_back.close()

    def _nothing_is_left_behind(self) -> None:
        """End it, sweep, and find in the store what the source needs, and nothing else."""
        Upload.objects.update(alive_at=timezone.now() - SILENCES[1])
        abandoned.end_silent_recordings()
        for _time in range(2):  # of a file whose confirmed part was written over, the first round learns that
            abandoned.end_silent_files()
        Source.objects.filter(rest_until__isnull=False).update(rest_until=timezone.now() - timedelta(minutes=1))
        abandoned.close_what_waited()
        assert not Upload.objects.filter(status="open").exists()
        for job in Job.objects.filter(kind=clearing.CLEAR_UPLOAD, state="queued"):
            Job.objects.filter(pk=job.pk).update(run_after=timezone.now())
            jobs.run(job.pk)
        before = timezone.now() + timedelta(minutes=1)
        for finding in [*objects.check_videos(before), *objects.check_begun_uploads(before)]:
            assert finding.mend is not None, finding
            finding.mend()
        needed = {item["key"] for item in Source.objects.get().stored}
        assert set(dict(get_store().list("videos/"))) == needed
        assert set(StoredObject.objects.values_list("key", flat=True)) == needed
        assert list(get_store().multiparts("videos/")) == []


def told(answer: Any) -> tuple[int, str]:
    """Return status and code of an answer."""
    if answer.status_code < 300:
        return answer.status_code, ""
    return answer.status_code, answer.json()["code"]


def kill(*_: object, **__: object) -> None:
    raise Killed


@contextmanager
def _rolled_back(alias: str) -> Any:
    with transaction.atomic(using=alias):
        yield
        transaction.set_rollback(True, using=alias)


def use_small_parts(patched: pytest.MonkeyPatch) -> None:
    """Cut files into parts of a few bytes; moto must be told not to refuse them."""
    patched.setattr(services, "part_size_for", lambda _size_bytes: PART_BYTES)
    patched.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)
