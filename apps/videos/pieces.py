"""Long transcodes in pieces: jobs of a minute each, done side by side by however many workers there are.

The transcode job of a long source cuts its picture (media/pieces.py), stores the pieces, and asks for a job for each of
them, and for one for the sound, which stays whole. Who makes the last piece asks for the join job. A piece whose job
was killed is done again alone. Each piece waits its turn, so that short videos never wait for the whole of a long one.

What cannot be done in pieces is done in one: by the transcode job, with `in_one` in its payload.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from apps.core import jobs, ledger
from apps.core.claims import Claim
from apps.core.store import get_store
from apps.videos import keys, renditions, sound
from apps.videos.bench import Bench, attempt, require_room
from apps.videos.models import Piece, Publication, Source
from apps.videos.renditions import Report
from apps.videos.services import JOIN, PIECE, TRANSCODE, job_key
from media import pieces as engine
from media.errors import EngineFailed, LimitExceeded
from media.publish import RenditionPlan, levelled

log = structlog.get_logger(__name__)

SOUND = 0  # the number of the piece that is the whole sound
PIECE_MS = engine.PIECE_MS
TURN = timedelta(minutes=5)
"""How much later than the one before a piece is due. What others send meanwhile comes first, as long as a core takes no
more than five minutes for a minute of video; behind a stream of it that never ends, two hours are done in ten."""


def are_wanted(bench: Bench, publication: Publication) -> bool:
    """Return whether something is still to be encoded of the source, and is to be done in pieces."""
    if bench.claim.payload.get("in_one", False) or not _wanted(bench, publication):
        return False
    return engine.is_worth_cutting(bench.info, bench.plan, piece_ms=PIECE_MS)


def begin(bench: Bench, publication: Publication, report: Report) -> None:
    """Cut the source, unless a former attempt has, and ask for what is to be done with its pieces."""
    if not publication.pieces.exists():
        started = time.monotonic()
        rows = _cut(bench, publication, report)
        with bench.writing():
            Piece.objects.bulk_create(rows)
        log.info("cut", video=bench.video.public_id, pieces=len(rows), seconds=renditions.seconds_since(started))
    with bench.writing():
        _ask(bench, publication)


def make_piece(claim: Claim) -> None:
    """Encode one piece, or the sound. Raises TryAgain for what may pass."""
    piece = (
        Piece.objects.select_related("publication")
        .filter(publication__public_id=claim.payload["publication"], number=claim.payload["number"], made__isnull=True)
        .first()
    )
    if piece is None:
        return  # made before, or nobody wants it any more
    stored = [{"key": piece.key, "size_bytes": piece.size_bytes}] if piece.number != SOUND else []
    attempt(claim, partial(_make, piece), stored=stored)


def join(claim: Claim) -> None:
    """Put the pieces together, and let the renditions be seen. Raises TryAgain for what may pass."""
    attempt(claim, _join)


def give_up(subject: str, payload: dict[str, Any], code: str) -> None:
    """Do in one what the engine could not do in pieces. Whatever else is missing is missing there, too."""
    pieces = Piece.objects.filter(publication__public_id=payload["publication"])
    if code == EngineFailed.code and _do_in_one(subject, payload):
        pieces.delete()
        return
    if code == "source_missing":
        pieces.delete()  # a Retry cuts them anew
    renditions.give_up(subject, payload, code)


def _do_in_one(subject: str, payload: dict[str, Any]) -> bool:
    """Ask for a transcode that does not cut; return whether the source is still there as it was. In a transaction."""
    source = Source.objects.filter(public_id=payload["source"], revision=payload["revision"]).first()
    if source is None:
        return False
    log.warning("pieces_given_up", video=subject)
    jobs.request(
        kind=TRANSCODE,
        key=job_key(TRANSCODE, source),
        subject=subject,
        payload={
            "source": source.public_id,
            "revision": source.revision,
            "without_copies": payload["without_copies"],
            "in_one": True,
        },
        takes_long=True,
    )
    return True


def _cut(bench: Bench, publication: Publication, report: Report) -> list[Piece]:
    """Cut the picture and store its pieces. Return their rows, to be written."""
    rows = [Piece(publication=publication, number=SOUND)] if _wanted(bench, publication)[0].audio else []
    cuts = engine.cut(
        bench.file,
        bench.info,
        folder=bench.empty_folder("cut"),
        ffmpeg_path=bench.ffmpeg_path,
        piece_ms=PIECE_MS,
        on_progress=report,
    )
    for number, cut in enumerate(cuts, start=SOUND + 1):
        bench.claim.check()
        key, size_bytes = _store(bench, publication, number, cut.path)
        rows.append(
            Piece(publication=publication, number=number, key=key, size_bytes=size_bytes, start_us=cut.start_us)
        )
    return rows


def _ask(bench: Bench, publication: Publication) -> None:
    """Ask for a job for each piece that is not made, or for the joining where all are. Call it in a transaction."""
    missing = list(publication.pieces.filter(made__isnull=True))
    pictures = [asdict(engine.picture_of(item)) for item in _wanted(bench, publication)]
    for place, piece in enumerate(missing):
        jobs.request(
            kind=PIECE,
            key=f"{PIECE}:{publication.public_id}:{piece.number}",
            subject=bench.video.public_id,
            payload=_payload(bench, publication) | {"number": piece.number, "pictures": pictures},
            turn=place * TURN,
        )
    if not missing:
        _ask_for_joining(bench, publication)


def _ask_for_joining(bench: Bench, publication: Publication) -> None:
    jobs.request(
        kind=JOIN,
        key=f"{JOIN}:{publication.public_id}",
        subject=bench.video.public_id,
        payload=_payload(bench, publication),
    )


def _payload(bench: Bench, publication: Publication) -> dict[str, Any]:
    return {
        "source": bench.source.public_id,
        "revision": bench.source.revision,
        "publication": publication.public_id,
        "without_copies": bench.claim.payload.get("without_copies", False),
    }


def _wanted(bench: Bench, publication: Publication) -> list[RenditionPlan]:
    """Return what is still to be encoded, the largest first."""
    there = set(publication.renditions.values_list("name", flat=True))
    return [item for item in (*bench.plan.slow, *bench.plan.rungs) if item.name not in there]


def _make(piece: Piece, bench: Bench) -> None:
    started = time.monotonic()
    report = renditions.reporter(bench.claim, 0, 1)
    files = _sound(bench, piece.publication, report) if piece.number == SOUND else _pictures(bench, report)
    made = {}
    for name, (path, frames) in files.items():
        key, size_bytes = _store(bench, piece.publication, piece.number, path, name=name)
        made[name] = {"key": key, "size_bytes": size_bytes, "frames": frames}
    with bench.writing():
        if not Piece.objects.filter(pk=piece.pk).update(made=made, key=""):
            return  # dropped meanwhile, since another one could not be made; the clearing takes what was stored
        if not piece.publication.pieces.filter(made__isnull=True).exists():
            _ask_for_joining(bench, piece.publication)
    if piece.key:
        ledger.delete([piece.key])
    log.info("piece_made", video=bench.video.public_id, number=piece.number, seconds=renditions.seconds_since(started))


def _pictures(bench: Bench, report: Report) -> dict[str, tuple[Path, int]]:
    """Return what was encoded of the bench's piece, and how many frames it has, by the rendition's name."""
    made = engine.encode(
        bench.file,
        bench.info,
        [engine.plan_of(item) for item in bench.claim.payload["pictures"]],
        folder=bench.empty_folder("piece"),
        ffmpeg_path=bench.ffmpeg_path,
        on_progress=report,
        threads=renditions.threads(),
    )
    return {piece.name: (piece.path, piece.frames) for piece in made}


def _sound(bench: Bench, publication: Publication, report: Report) -> dict[str, tuple[Path, int]]:
    """Return the whole sound, levelled, as _pictures returns pictures."""
    path = engine.make_sound(
        bench.file,
        bench.info,
        engine.sound_of(_levelled(bench, publication)[0]),
        folder=bench.empty_folder("sound"),
        ffmpeg_path=bench.ffmpeg_path,
        on_progress=report,
    )
    return {"sound": (path, 0)}


def _levelled(bench: Bench, publication: Publication) -> list[RenditionPlan]:
    levelling = sound.levelling_of(bench, publication)
    return [levelled(item, levelling) for item in _wanted(bench, publication)]


def _join(bench: Bench) -> None:
    publication = bench.source.publications.filter(public_id=bench.claim.payload["publication"]).first()
    pieces = list(publication.pieces.all()) if publication is not None else []
    if publication is None or not pieces:
        return  # replaced and cleared meanwhile, or dropped and done in one
    try:
        _join_all(bench, publication, pieces)
    except EngineFailed as error:
        # A limit may be a busy machine's fault: it is tried again first.
        if isinstance(error, LimitExceeded) and bench.claim.attempts < jobs.MAX_ATTEMPTS:
            raise
        log.warning("join_failed", video=bench.video.public_id, error=str(error), stderr=error.stderr_tail)
        with bench.writing():
            _do_in_one(bench.video.public_id, bench.claim.payload)
            publication.pieces.all().delete()
    else:
        with bench.writing():
            publication.pieces.all().delete()
            renditions.settle(bench, publication)
    ledger.delete(key for piece in pieces for key in piece.sizes_by_key)


def _join_all(bench: Bench, publication: Publication, pieces: Sequence[Piece]) -> None:
    """Join the renditions that are not there yet, one by one."""
    folder = bench.empty_folder("join")
    whole_sound, pictures = None, [piece for piece in pieces if piece.number != SOUND]
    items = _levelled(bench, publication)
    if items and len(pictures) < len(pieces):
        whole_sound = _fetched(pieces[SOUND], "sound", folder).path
    for number, item in enumerate(items):
        started = time.monotonic()
        require_room([(piece.made or {})[item.name] for piece in pictures], folder)
        fetched = [_fetched(piece, item.name, folder) for piece in pictures]
        made = engine.join(
            bench.file,
            bench.info,
            item,
            fetched,
            whole_sound,
            folder=folder,
            ffmpeg_path=bench.ffmpeg_path,
            on_progress=renditions.reporter(bench.claim, number, len(items)),
        )
        for piece in fetched:
            piece.path.unlink()
        renditions.keep(bench, publication, made)
        seconds = renditions.seconds_since(started)
        log.info("joined", video=bench.video.public_id, name=item.name, pieces=len(fetched), seconds=seconds)


def _store(bench: Bench, publication: Publication, number: int, path: Path, *, name: str = "") -> tuple[str, int]:
    """Store a file of a piece and take it off the disk; return its key and its size in bytes."""
    key = keys.piece_key(
        video_id=bench.video.public_id,
        publication_id=publication.public_id,
        number=number,
        attempt=bench.claim.attempt_id,
        name=name,
    )
    ledger.put_file(path, key, video_id=bench.video.pk, content_type="application/octet-stream")
    size_bytes = path.stat().st_size
    path.unlink()
    return key, size_bytes


def _fetched(piece: Piece, name: str, folder: Path) -> engine.MadePiece:
    """Return what was made of a piece for a rendition, fetched into the folder."""
    made = (piece.made or {})[name]
    path = folder / f"{name}-{piece.number}.mp4"
    get_store().get_file(made["key"], path)
    return engine.MadePiece(path, piece.start_us, made["frames"])


def register_jobs() -> None:
    """Make the kinds of job known to apps/core/jobs.py."""
    jobs.register(jobs.Kind(PIECE, queue="transcode", perform=make_piece, give_up=give_up))
    jobs.register(jobs.Kind(JOIN, queue="transcode", perform=join, give_up=give_up))
