"""Two small charts as SVG, drawn here: no script, no library, no picture from elsewhere. Pure.

They are drawn as wide as a phone, so that their words can be read there; pages hold them to a moderate width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

INK, SOFT, BRAND = "#17212b", "#4a5663", "#12507b"
TYPE = 16
"""Size of the words, of which a phone of 360 px shows four fifths."""
WIDTH = 360
_ROW, _NUMBER = 56, 48
_HEIGHT, _BASE = 190, 160


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows: horizontal bars, or columns of days side by side."""

    title: str
    values: Sequence[tuple[str, int]]
    columns: bool = False

    @property
    def svg(self) -> str:
        return (draw_columns if self.columns else draw_bars)(self.title, self.values)


def draw_bars(title: str, values: Sequence[tuple[str, int]]) -> str:
    """Horizontal bars, one below the other, each with its label and number. Empty for no values."""
    if not values:
        return ""
    most = max(number for _, number in values)
    rows = []
    for at, (label, number) in enumerate(values):
        y = at * _ROW
        length = max(2, round((WIDTH - _NUMBER) * number / most)) if most else 2
        rows.append(
            f'<text x="0" y="{y + 18}" fill="{INK}">{escape(_short(label, 20))}</text>'
            f'<rect x="0" y="{y + 27}" width="{length}" height="16" rx="3" fill="{BRAND}"/>'
            f'<text x="{length + 8}" y="{y + 41}" fill="{SOFT}">{number}</text>'
        )
    said = f"{title}：" + "，".join(f"{label}{number}项" for label, number in values)
    return _svg(said, len(values) * _ROW, "".join(rows))


def draw_columns(title: str, values: Sequence[tuple[str, int]]) -> str:
    """Columns side by side; every fifth is labelled, the highest says its number. Empty for no values."""
    if not values:
        return ""
    most = max(number for _, number in values) or 1
    highest = max(range(len(values)), key=lambda at: values[at][1])
    step = WIDTH / len(values)
    shapes = []
    for at, (label, number) in enumerate(values):
        x, height = at * step, round((_BASE - 24) * number / most)
        shapes.append(
            f'<rect x="{x + 1:.1f}" y="{_BASE - height}" width="{max(1.0, step - 2):.1f}" height="{height}" '
            f'fill="{BRAND}"/>'
        )
        if at == highest:
            anchor = min(max(x + step / 2, 40), WIDTH - 40)
            shapes.append(_label(anchor, _BASE - height - 8, f"最多{number}"))
        if at % 5 == 0:
            shapes.append(_label(x + step / 2, _BASE + 22, label))
    line = f'<line x1="0" y1="{_BASE}" x2="{WIDTH}" y2="{_BASE}" stroke="{SOFT}"/>'
    said = f"{title}：" + "，".join(f"{label}日{number}项" for label, number in values if number)
    return _svg(said, _HEIGHT, "".join(shapes) + line)


def _svg(said: str, height: int, shapes: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(said)}" font-size="{TYPE}" width="100%">{shapes}</svg>'
    )


def _label(x: float, y: int, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="middle" fill="{SOFT}">{escape(words)}</text>'


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
