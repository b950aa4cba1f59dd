"""A chart of CPU seconds over the length of a recording, in plain SVG that reads in light and dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.engine import Cost

PANEL_WIDTH, PANEL_HEIGHT = 230, 260
LEFT, TOP, BOTTOM, GAP = 62, 54, 74, 22
LEAST, MOST = 0.001, 1000.0
SHORTEST_S, LONGEST_S = 6.0, 900.0  # with some room beside 10 s and 600 s
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 } .small { font-size: 11px; fill: #555 }
path { fill: none; stroke-width: 2 } .axis { stroke: #888; stroke-width: 1 } .grid { stroke: #8884; stroke-width: 1 }
path.usual { stroke: #c8643c } path.ours { stroke: #2f7fc1 } path.floor { stroke: #8a8a8a }
path.playable { stroke: #3c9a5f }
circle.usual { fill: #c8643c } circle.ours { fill: #2f7fc1 } circle.floor { fill: #8a8a8a }
circle.playable { fill: #3c9a5f }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .small { fill: #bbb } }
"""
ABOVE, BELOW = -7, 15  # from a point to its figure, in pixels


@dataclass(frozen=True)
class Line:
    """What a line is called, and its points: seconds of recording, CPU seconds a recorded minute."""

    name: str
    words: str
    points: list[tuple[float, float]]
    figures_at: int = ABOVE


def lines_of(costs: Sequence[Cost]) -> list[Line]:
    """Return the lines for one kind of clip; a point that was not measured is left out."""

    def points(amount: str) -> list[tuple[float, float]]:
        measured = [(cost.clip, getattr(cost, amount)) for cost in costs]
        return [(clip.seconds, clip.per_minute(value)) for clip, value in measured if value is not None]

    return [
        Line("usual", "usual: three rungs, veryfast", points("usual_s")),
        Line("ours", "Videoshare, everything", points("total_s"), BELOW),
        Line("floor", "floor: ffmpeg -c copy", points("floor_s")),
        Line("playable", "Videoshare, until it plays", points("playable_s")),
    ]


def draw(costs: Sequence[Cost]) -> str:
    """Return the chart: a panel for each kind of clip of which there are several lengths, both axes logarithmic."""
    kinds: dict[str, list[Cost]] = {}
    for cost in costs:
        kinds.setdefault(cost.clip.kind, []).append(cost)
    panels = {kind: lines_of(own) for kind, own in kinds.items() if len(own) > 1}
    width = LEFT + len(panels) * (PANEL_WIDTH + GAP)
    height = TOP + PANEL_HEIGHT + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-labelledby="title">',
        '<title id="title">CPU seconds for each recorded minute, by the length of the recording</title>',
        f"<style>{STYLE}</style>",
        f'<text x="{LEFT}" y="18">CPU seconds for each recorded minute, by the length of the recording</text>',
    ]
    for number, (kind, lines) in enumerate(panels.items()):
        parts += _panel(LEFT + number * (PANEL_WIDTH + GAP), kind, lines, with_scale=number == 0)
    across = max(panels.values(), key=len, default=[])
    for number, line in enumerate(across):
        x, y = LEFT + number % 2 * 260, height - 24 + number // 2 * 16
        parts.append(f'<path class="{line.name}" d="M{x} {y - 4}h22"/><text x="{x + 28}" y="{y}">{line.words}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _panel(left: float, kind: str, lines: Sequence[Line], *, with_scale: bool) -> list[str]:
    bottom = TOP + PANEL_HEIGHT
    parts = [
        f'<text x="{left}" y="{TOP - 10}">{kind}</text>',
        f'<path class="axis" d="M{left} {TOP}V{bottom}H{left + PANEL_WIDTH}"/>',
    ]
    for power in range(round(math.log10(LEAST)), round(math.log10(MOST)) + 1):
        y = _y(10.0**power)
        parts.append(f'<path class="grid" d="M{left} {y:.1f}h{PANEL_WIDTH}"/>')
        if with_scale:
            parts.append(
                f'<text class="small" x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>'
            )
    for seconds in sorted({seconds for line in lines for seconds, _cpu in line.points}):
        x = _x(left, seconds)
        says = f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"
        parts.append(f'<text class="small" x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{says}</text>')
    for line in lines:
        places = [(_x(left, seconds), _y(cpu), cpu) for seconds, cpu in line.points]
        if not places:
            continue
        parts.append(f'<path class="{line.name}" d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y, _cpu in places)}"/>')
        for x, y, cpu in places:
            parts.append(f'<circle class="{line.name}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
            figure = f'x="{x:.1f}" y="{y + line.figures_at:.1f}" text-anchor="middle">{_figure(cpu)}'
            parts.append(f'<text class="small" {figure}</text>')
    return parts


def _x(left: float, seconds: float) -> float:
    return left + PANEL_WIDTH * math.log(seconds / SHORTEST_S) / math.log(LONGEST_S / SHORTEST_S)


def _y(cpu_s: float) -> float:
    """Return the height of so many CPU seconds; what is outside the scale lies on its edge."""
    share = math.log(min(max(cpu_s, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return TOP + PANEL_HEIGHT * (1 - share)


def _figure(cpu_s: float) -> str:
    return f"{cpu_s:.0f}" if cpu_s >= 10 else f"{cpu_s:.2g}"
