"""Plots as inline SVG: lines and histograms that need no scripts, fonts or other files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 440, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 22, 12, 58
BINS = 20

Points = Sequence[tuple[float, float]]


def line_chart(
    series: Mapping[str, Points], x_label: str, y_label: str, marks: Mapping[str, Points] | None = None
) -> str:
    """Lines over (x, y) with y from 0 to 1; ``marks`` are single points. Empty if there is no data."""
    marks = marks or {}
    points = [point for drawn in (*series.values(), *marks.values()) for point in drawn]
    if not points:
        return ""
    low, high = min(x for x, _ in points), max(x for x, _ in points)
    if low >= 0 and high <= 1:  # a share
        low, high = 0.0, 1.0
    across = scale(low, high if high > low else low + 1, LEFT, WIDTH - RIGHT)
    down = scale(0.0, 1.0, HEIGHT - BOTTOM, TOP)
    parts = [frame(x_label, y_label), y_ticks([0, 0.25, 0.5, 0.75, 1], down), x_ticks(ticks(low, high), across)]
    for number, (name, drawn) in enumerate(series.items()):
        path = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in drawn)
        parts.append(f'<polyline class="line c{number}" points="{path}"/>')
        if len(drawn) <= 12:
            dots = (circle(across(x), down(y), number, f"{name}: {x:g}, {y:.3f}") for x, y in drawn)
            parts.extend(dots)
    for number, (name, drawn) in enumerate(marks.items(), start=len(series)):
        parts.extend(circle(across(x), down(y), number, f"{name}: {x:.3f}, {y:.3f}", 5) for x, y in drawn)
    return picture([*parts, legend([*series, *marks])], f"{y_label} by {x_label}")


def histogram(groups: Mapping[str, Sequence[float]], x_label: str) -> str:
    """Counts of each group's values in ``BINS`` equal bins, groups drawn over each other. Empty without values."""
    values = [value for group in groups.values() for value in group]
    if not values:
        return ""
    low, high = min(values), max(values)
    high = high if high > low else low + 1
    counts = {name: binned(group, low, high) for name, group in groups.items()}
    most = max(max(group) for group in counts.values())
    across, down = scale(low, high, LEFT, WIDTH - RIGHT), scale(0, most, HEIGHT - BOTTOM, TOP)
    parts = [
        frame(x_label, "questions"),
        y_ticks(sorted({0, most // 2, most}), down),
        x_ticks(ticks(low, high), across),
    ]
    width = (WIDTH - LEFT - RIGHT) / BINS
    for number, (name, group) in enumerate(counts.items()):
        for place, count in enumerate(group):
            if count:
                x, y = LEFT + place * width, down(count)
                size = f'x="{x:.1f}" y="{y:.1f}" width="{width - 1:.1f}" height="{HEIGHT - BOTTOM - y:.1f}"'
                parts.append(f'<rect class="bar c{number}" {size}><title>{escape(name)}: {count}</title></rect>')
    return picture([*parts, legend(list(groups))], f"Histogram of {x_label}")


def stacked_bar(parts: Sequence[tuple[str, int, str]]) -> str:
    """One bar of all parts, each given as (name, count, class) with a count above 0, with its legend below."""
    total, drawn, listed = sum(count for _, count, _ in parts), [], []
    x = 0.0
    for name, count, kind in parts:
        width = count / total * 100
        drawn.append(
            f'<rect class="{kind}" x="{x:.3f}%" y="0" width="{width:.3f}%" height="22">'
            f"<title>{escape(name)}: {count}</title></rect>"
        )
        listed.append(f'<span><u class="{kind}"></u>{escape(name)} <b>{count}</b></span>')
        x += width
    return (
        f'<svg class="whole" height="22" role="img" aria-label="Outcomes of the questions">{"".join(drawn)}</svg>'
        f'<p class="legend">{"".join(listed)}</p>'
    )


def interval_bar(value: float, low: float, high: float) -> str:
    """A small bar for a table: the interval on a line from 0 to 1 with the value as a dot."""
    across = scale(0.0, 1.0, 3, 117)
    return (
        '<svg class="interval" width="120" height="12" viewBox="0 0 120 12" aria-hidden="true">'
        '<line class="axis" x1="3" y1="6" x2="117" y2="6"/>'
        f'<line class="range" x1="{across(low):.1f}" y1="6" x2="{across(high):.1f}" y2="6"/>'
        f'<circle class="dot c0" cx="{across(value):.1f}" cy="6" r="3"/></svg>'
    )


def binned(values: Sequence[float], low: float, high: float) -> list[int]:
    """How many values fall into each of ``BINS`` equal bins from ``low`` to ``high``."""
    counts = [0] * BINS
    for value in values:
        counts[min(BINS - 1, int((value - low) / (high - low) * BINS))] += 1
    return counts


def scale(low: float, high: float, start: float, end: float):
    """A function from low..high to start..end."""
    span = (high - low) or 1
    return lambda value: start + (value - low) / span * (end - start)


def ticks(low: float, high: float) -> list[float]:
    """About five values from low to high; whole numbers if the bounds are."""
    if float(low).is_integer() and float(high).is_integer() and 1 < high - low <= 12:
        return [float(value) for value in range(int(low), int(high) + 1)]
    return [low + (high - low) * part / 4 for part in range(5)]


def tick(value: float) -> str:
    """A number in a short form."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def frame(x_label: str, y_label: str) -> str:
    """The axes with their labels."""
    middle, bottom = (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM
    return (
        f'<path class="axis" d="M{LEFT},{TOP}V{bottom}H{WIDTH - RIGHT}" fill="none"/>'
        f'<text x="{middle}" y="{bottom + 32}" text-anchor="middle">{escape(x_label)}</text>'
        f'<text x="12" y="{(TOP + bottom) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {(TOP + bottom) / 2})">{escape(y_label)}</text>'
    )


def x_ticks(values: Sequence[float], across) -> str:
    """Numbers below the x axis."""
    y = HEIGHT - BOTTOM + 15
    return "".join(
        f'<text class="tick" x="{across(v):.1f}" y="{y}" text-anchor="middle">{tick(v)}</text>' for v in values
    )


def y_ticks(values: Sequence[float], down) -> str:
    """Numbers beside the y axis, each with a thin line across."""
    return "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{down(v):.1f}" y2="{down(v):.1f}"/>'
        f'<text class="tick" x="{LEFT - 5}" y="{down(v) + 4:.1f}" text-anchor="end">{v:g}</text>'
        for v in values
    )


def legend(names: Sequence[str]) -> str:
    """The names with their colours, below the plot."""
    parts, x = [], LEFT
    for number, name in enumerate(names):
        parts.append(f'<rect class="bar c{number}" x="{x}" y="{HEIGHT - 14}" width="10" height="10"/>')
        parts.append(f'<text x="{x + 14}" y="{HEIGHT - 5}">{escape(name)}</text>')
        x += 30 + 7 * len(name)
    return "".join(parts)


def circle(x: float, y: float, colour: int, title: str, radius: int = 3) -> str:
    """A dot that shows its value when pointed at."""
    return (
        f'<circle class="dot c{colour}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"><title>{escape(title)}</title></circle>'
    )


def picture(parts: Sequence[str], name: str) -> str:
    """The whole drawing with a name for screen readers."""
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg class="plot" {size} role="img" aria-label="{escape(name)}">{"".join(parts)}</svg>'
