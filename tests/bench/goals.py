"""What the bench holds its figures against: each goal, by how much it is met or missed, and what made it so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench import chromium
from tests.bench.engine import Cost
from tests.bench.memory import Memory

PLAYABLE_CPU_S = 0.01
FLAT = 1.25
"""A recorded minute of the longest clip may cost so many times one of the shortest: more grows with the length."""
MOST_CPU_S = {"screen": 20.0, "mix": 32.0, chromium.KIND: 32.0}
"""For each recorded minute. A recording of screen and camera is a mix, whoever drew it."""
LEAST_SSIM = 0.98
WORKER_MB = 200.0
DEAREST = 3


@dataclass(frozen=True)
class Verdict:
    """A goal and what was measured of it. `why` is said when it is missed."""

    goal: str
    of: str
    measured: float
    limit: float
    digits: int
    why: str = ""
    at_least: bool = False

    @property
    def missed_by(self) -> float:
        """Return how far the figure is on the wrong side of the limit; 0 or less is met."""
        return self.limit - self.measured if self.at_least else self.measured - self.limit

    @property
    def row(self) -> str:
        """Return its line in a table."""
        said = "met"
        if self.missed_by > 0:
            said = f"**missed by {self.missed_by:.{self.digits}f}** ({self.missed_by / self.limit:.1%})"
            said += f": {self.why}" if self.why else ""
        return f"| {self.goal} | {self.of} | {self.measured:.{self.digits}f} | {said} |"


def of_engine(costs: Sequence[Cost]) -> Iterator[Verdict]:
    """Yield what the costs of clips say about the goals."""
    if not costs:
        return
    slowest = max(costs, key=lambda cost: cost.clip.per_minute(cost.playable_s))
    yield Verdict(
        f"playable for at most {PLAYABLE_CPU_S} CPU s a recorded minute",
        slowest.clip.name,
        slowest.clip.per_minute(slowest.playable_s),
        PLAYABLE_CPU_S,
        digits=4,
        why=f"{slowest.playable_s * 1000:.1f} ms in all for {slowest.clip.seconds:.0f} s",
    )
    yield from _flat(costs)
    for cost in costs:
        if cost.clip.kind in MOST_CPU_S:
            most = MOST_CPU_S[cost.clip.kind]
            yield Verdict(
                f"all for at most {most:.0f} CPU s a recorded minute",
                cost.clip.name,
                cost.clip.per_minute(cost.total_s),
                most,
                digits=1,
                why=_dearest(cost) + _whatever_the_length(cost, costs),
            )
    for cost in costs:
        if cost.ssims:
            worst = min(cost.ssims, key=cost.ssims.__getitem__)
            yield Verdict(
                f"every rung at least {LEAST_SSIM} of SSIM",
                f"{cost.clip.name}, {worst}",
                cost.ssims[worst],
                LEAST_SSIM,
                digits=4,
                at_least=True,
                why=", ".join(f"{name} has {value:.4f}" for name, value in cost.ssims.items()),
            )


def of_memory(memory: Memory) -> Verdict:
    """Return what two hours say about the goal for a worker."""
    largest = max(memory.long_source.workers, key=lambda worker: worker.peak_bytes)
    return Verdict(
        f"a worker itself in at most {WORKER_MB:.0f} MB",
        f"{memory.long_source.clip.seconds / 3600:.1f} h, {largest.queue}",
        largest.peak_bytes / 1e6,
        WORKER_MB,
        digits=0,
        why=f"{largest.idle_bytes / 1e6:.0f} MB of it before it had anything to do",
    )


def _flat(costs: Sequence[Cost]) -> Iterator[Verdict]:
    """Yield how the kind does that grows most from its shortest clip to its longest; nothing for one length."""
    growths = {}
    for kind in {cost.clip.kind for cost in costs}:
        own = sorted((cost for cost in costs if cost.clip.kind == kind), key=lambda cost: cost.clip.seconds)
        shortest, longest = own[0], own[-1]
        if longest is not shortest:
            name = f"{kind}, {longest.clip.seconds:.0f} s against {shortest.clip.seconds:.0f} s"
            growths[name] = longest.clip.per_minute(longest.playable_s) / shortest.clip.per_minute(shortest.playable_s)
    if growths:
        worst = max(growths, key=growths.__getitem__)
        yield Verdict(f"and flat: at most {FLAT} times that of the shortest", worst, growths[worst], FLAT, digits=2)


def _dearest(cost: Cost) -> str:
    """Return the steps that cost most, with CPU seconds a recorded minute."""
    steps = sorted(cost.steps.items(), key=lambda step: step[1], reverse=True)[:DEAREST]
    return ", ".join(f"{name} {cost.clip.per_minute(spent):.1f}" for name, spent in steps)


def _whatever_the_length(cost: Cost, costs: Sequence[Cost]) -> str:
    """Return how much of a short clip's cost does not grow with the length, by the next longer clip of its kind."""
    longer = [other for other in costs if other.clip.kind == cost.clip.kind and other.clip.seconds > cost.clip.seconds]
    if not longer:
        return ""
    other = min(longer, key=lambda one: one.clip.seconds)
    a_second = (other.total_s - cost.total_s) / (other.clip.seconds - cost.clip.seconds)
    stays_s = cost.total_s - a_second * cost.clip.seconds
    return f"; of its {cost.total_s:.1f} CPU s, {stays_s:.1f} come whatever the length"
