"""The two charts drawn for paper; what they show is what `workers.digest.charts` draws for the screen."""

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor

from workers.digest.charts import BRAND, INK, SOFT, Chart
from workers.digest.sheets import FONT, SIDE, WIDTH

_WIDE = WIDTH - 2 * SIDE
_ROW, _LABEL, _HIGH = 18.0, 118.0, 96.0


def draw(chart: Chart) -> Drawing:
    """A drawing as wide as the text."""
    return _columns(chart) if chart.columns else _bars(chart)


def _bars(chart: Chart) -> Drawing:
    high = len(chart.values) * _ROW
    drawing = Drawing(_WIDE, high)
    most = max(number for _, number in chart.values) or 1
    for at, (label, number) in enumerate(chart.values):
        y = high - (at + 1) * _ROW + 4
        length = max(1.5, (_WIDE - _LABEL - 36) * number / most)
        drawing.add(_words(_LABEL - 6, y + 2.5, label, INK, "end"))
        drawing.add(Rect(_LABEL, y, length, 12, fillColor=HexColor(BRAND), strokeColor=None))
        drawing.add(_words(_LABEL + length + 5, y + 2.5, str(number), SOFT, "start"))
    return drawing


def _columns(chart: Chart) -> Drawing:
    drawing = Drawing(_WIDE, _HIGH + 30)
    most = max(number for _, number in chart.values) or 1
    step = _WIDE / len(chart.values)
    base = 16
    for at, (label, number) in enumerate(chart.values):
        x, high = at * step, _HIGH * number / most
        drawing.add(Rect(x + 1, base, max(0.5, step - 2), high, fillColor=HexColor(BRAND), strokeColor=None))
        if number:
            drawing.add(_words(x + step / 2, base + high + 3, str(number), SOFT, "middle", 7.5))
        if at % 5 == 0:
            drawing.add(_words(x + step / 2, 4, f"{label}日", SOFT, "middle"))
    drawing.add(Line(0, base, _WIDE, base, strokeColor=HexColor(SOFT), strokeWidth=0.6))
    return drawing


def _words(x: float, y: float, words: str, colour: str, anchor: str, size: float = 9.5) -> String:
    return String(x, y, words, fontName=FONT, fontSize=size, fillColor=HexColor(colour), textAnchor=anchor)
