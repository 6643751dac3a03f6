"""Charts as SVG: drawn for paper first  (SVG 1.1).

Every bar bears its number, so that nothing depends on colour or on a pointer; late and in time differ by a pattern as
well. The shapes are plain elements without script, style sheet or reference to anything outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

WIDTH = 720
_LABELS = 168
"""The width kept for the names at the left; the longest is “withdrawal of consent”."""
_ROW, _BAR = 26, 16
_INK, _PALE, _RULE, _ALARM = "#1f5f8b", "#9cc3de", "#c9ced6", "#b3261e"
_HATCH = "late"

Bar = tuple[str, int]


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """A name and a bar a row, with its number behind it."""
    most = max((value for _, value in rows), default=0)
    shapes = [_rule(_LABELS, 0, _LABELS, _ROW * len(rows))]
    for number, (name, value) in enumerate(rows):
        shapes += _row(name, value, str(value), number * _ROW, most)
    return _svg(title, _ROW * len(rows) + 4, shapes)


def shares(title: str, rows: Sequence[tuple[str, float | None, str]]) -> Markup:
    """A share of one a row; behind the bar what it is a share of, and nothing where there was nothing to share."""
    shapes = [_rule(_LABELS, 0, _LABELS, _ROW * len(rows))]
    for number, (name, share, said) in enumerate(rows):
        shapes += _row(name, round(1000 * (share or 0)), said, number * _ROW, 1000)
    return _svg(title, _ROW * len(rows) + 4, shapes)


def columns_by_row(title: str, labels: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]) -> Markup:
    """A row of small columns a name, all on one scale, so that rows and columns can be compared."""
    step, height = _step(labels), 34
    most = max((value for _, values in rows for value in values), default=0)
    shapes: list[Markup] = []
    for number, (name, values) in enumerate(rows):
        foot = number * (height + 16) + height + 12
        shapes += [_name(name, foot - 2), _rule(_LABELS, foot, WIDTH, foot)]
        shapes += [
            _column(_LABELS + place * step, step, foot, value, most, height) for place, value in _present(values)
        ]
    foot = len(rows) * (height + 16) + 14
    return _svg(title, foot + 6, [*shapes, *_axis(labels, step, foot)])


def stacked(title: str, labels: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Markup:
    """Columns of two parts: what was in time below, what was late above it and hatched."""
    step, height, foot = _step(labels), 110, 128
    most = max((sum(pair) for pair in pairs), default=0)
    shapes = [
        _rule(_LABELS, foot, WIDTH, foot),
        _name("answered in time", foot - 2),
        _name("late (hatched)", foot - 24),
    ]
    for place, (in_time, late) in enumerate(pairs):
        left = _LABELS + place * step
        if in_time:
            shapes.append(_column(left, step, foot, in_time, most, height, label=not late))
        if late:
            shapes.append(_late(left, step, foot, (in_time, late), most, height))
    return _svg(title, foot + 22, [*shapes, *_axis(labels, step, foot + 15)])


def _step(labels: Sequence[str]) -> float:
    return (WIDTH - _LABELS) / max(len(labels), 1)


def _present(values: Iterable[int]) -> list[tuple[int, int]]:
    return [(place, value) for place, value in enumerate(values) if value]


def _row(name: str, value: int, said: str, top: int, most: int) -> list[Markup]:
    room = WIDTH - _LABELS - 190
    width = _scaled(value, most, room)
    return [
        _name(name, top + _BAR),
        _rectangle(_LABELS, top + 3, width, _BAR, _INK) if value else Markup(""),
        _text(_LABELS + width + 6, top + _BAR, said),
    ]


def _column(left: float, step: float, foot: float, value: int, most: int, room: int, *, label: bool = True) -> Markup:
    height, width = _scaled(value, most, room), min(step * 0.7, 40)
    shape = _rectangle(left + (step - width) / 2, foot - height, width, height, _INK)
    return shape + _text(left + step / 2, foot - height - 3, str(value), "middle") if label else shape


def _late(left: float, step: float, foot: float, pair: tuple[int, int], most: int, room: int) -> Markup:
    below, height = _scaled(pair[0], most, room) if pair[0] else 0, _scaled(pair[1], most, room)
    width = min(step * 0.7, 40)
    top = foot - below - height
    shape = _rectangle(left + (step - width) / 2, top, width, height, f"url(#{_HATCH})", _ALARM)
    return shape + _text(left + step / 2, top - 3, f"{pair[0]}+{pair[1]}", "middle")


def _axis(labels: Sequence[str], step: float, foot: float) -> list[Markup]:
    return [_text(_LABELS + (place + 0.5) * step, foot, label, "middle") for place, label in enumerate(labels)]


def _scaled(value: int, most: int, room: float) -> float:
    """What is there is seen, however little it is."""
    return max(1.5, room * value / most) if most and value else 0.0


def _name(name: str, foot: float) -> Markup:
    return _text(_LABELS - 8, foot, name, "end")


def _rule(left: float, top: float, right: float, bottom: float) -> Markup:
    return Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}"/>').format(
        left, top, right, bottom, _RULE
    )


def _rectangle(left: float, top: float, width: float, height: float, fill: str, stroke: str = "none") -> Markup:
    shape = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}" stroke="{}"/>')
    return shape.format(left, top, width, height, fill, stroke)


def _text(left: float, foot: float, words: str, anchor: str = "start") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(left, foot, anchor, words)


def _svg(title: str, height: float, shapes: Iterable[Markup]) -> Markup:
    opening = Markup('<svg viewBox="0 0 {} {:.0f}" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">')
    hatch = Markup(
        '<defs><pattern id="{}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="5" height="5" fill="white"/><rect width="2.4" height="5" fill="{}"/></pattern></defs>'
    ).format(_HATCH, _ALARM)
    return opening.format(WIDTH, height, title) + hatch + Markup("").join(shapes) + Markup("</svg>")
