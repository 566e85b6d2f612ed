"""Plots for the documentation as small SVG files: lines over a logarithmic number of passages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from footnoted.assistant.evaluation.reports.plots import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    circle,
    frame,
    legend,
    picture,
    scale,
    y_ticks,  # fmt: skip
)

STYLE = (
    "<style>text{font:12px system-ui,sans-serif;fill:#555}.axis{stroke:#888}.grid{stroke:#ddd}"
    ".line{fill:none;stroke-width:2}.line.c0{stroke:#2563a8}.line.c1{stroke:#b4541a}.line.c2{stroke:#3a7d44}"
    ".line.c3{stroke:#7d4fa0}.c0{fill:#2563a8}.c1{fill:#b4541a}.c2{fill:#3a7d44}.c3{fill:#7d4fa0}"
    "polyline{fill:none!important}</style><rect width='100%' height='100%' fill='#fff'/>"
)


def growth_chart(
    series: Mapping[str, Sequence[tuple[float, float]]],
    x_label: str,
    y_label: str,
    low: float = 0.0,
    high: float | None = None,
) -> str:
    """Lines over a logarithmic x axis; y from ``low`` to ``high`` (the largest value when not given)."""
    points = [point for drawn in series.values() for point in drawn]
    top = max(y for _, y in points) * 1.05 if high is None else high
    first, last = (math.log10(pick(x for x, _ in points)) for pick in (min, max))
    across = scale(first, last if last > first else first + 1, LEFT, WIDTH - RIGHT)
    down = scale(low, top, HEIGHT - BOTTOM, TOP)
    marks = [low + even(top - low) * number for number in range(9)]
    parts = [STYLE, frame(x_label, y_label), y_ticks([mark for mark in marks if mark <= top], down)]
    for power in range(math.ceil(first), math.floor(last) + 1):
        x, y = across(power), HEIGHT - BOTTOM + 15
        parts.append(f'<text class="tick" x="{x:.1f}" y="{y}" text-anchor="middle">{short(10**power)}</text>')
    for number, (name, drawn) in enumerate(series.items()):
        path = " ".join(f"{across(math.log10(x)):.1f},{down(y):.1f}" for x, y in drawn)
        parts.append(f'<polyline class="line c{number}" points="{path}"/>')
        parts.extend(circle(across(math.log10(x)), down(y), number, f"{name}: {x:,}, {y:g}") for x, y in drawn)
    svg = picture([*parts, legend(list(series))], f"{y_label} by {x_label}")
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"


def even(span: float) -> float:
    """A round step that divides a span into four parts or a few more."""
    size = 10 ** math.floor(math.log10(span / 4))
    return max(size * factor for factor in (1, 2, 2.5, 5) if size * factor <= span / 4)


def short(number: int) -> str:
    """1000 as 1k, 1000000 as 1M."""
    return f"{number // 1_000_000}M" if number >= 1_000_000 else f"{number // 1000}k" if number >= 1000 else str(number)
