"""One JSON document: the verdict, the first difference, the causes; every digit of it."""

from __future__ import annotations

from typing import IO, Any

from rnncalc.checking.comparison import Difference
from rnncalc.checking.verdict import Checked, Claim, Matched
from rnncalc.writers.numbers import dumps, json_array, json_number
from rnncalc.writers.style import Style


def write(checked: Checked, style: Style, out: IO[bytes]) -> None:
    """Write the document, as ``documents.Check`` describes it."""
    few = checked.comparison.decimals
    decimals = {"decimals": few[0]} if few else {}  # 0 is said, too
    more = {key: said for key, said in _more(checked, style).items() if said}
    out.write(dumps(_always(checked, style) | decimals | more))


def _always(checked: Checked, style: Style) -> dict[str, Any]:
    """What every document has."""
    found, diagnosis = checked.comparison, checked.diagnosis
    return {
        "format": "rnncalc.check",
        "version": 1,
        "verdict": "agrees" if checked.agrees else "differs",
        "against": found.against,
        "quantity": found.quantity,
        "compared": found.compared,
        "differ": found.differ,
        "rtol": found.tolerance.rtol,
        "atol": found.tolerance.atol,
        "max_abs": _plain(found.max_abs, style),
        "roundings": _plain(found.roundings, style),
        "precision": found.dtype,
        "size": found.size,
        "shape": [list(shape) for shape in found.shapes],
        "first": None if found.first is None else _first(found.first, style),
        "growth": json_array(found.growth, style.non_finite) if found.growth.size else None,
        "causes": [_claim(one, style) for one in diagnosis.causes],
        "nearest": [_claim(one, style) for one in diagnosis.nearest],
        "pattern": diagnosis.pattern or None,
    }


def _more(checked: Checked, style: Style) -> dict[str, Any]:
    """What stands there where there is something to say."""
    found, layers = checked.comparison, checked.layers
    part, start = found.part, checked.trace.start + 1
    return {
        "of": ".".join(filter(None, [part.layer, part.direction])),
        "sequence": [*(part.sequences or ())],
        "t": [start + row for row in part.rows or ()],
        "units": [*(part.units or ())],
        "layout": found.layout,
        "how": checked.how,
        "apart": checked.diagnosis.apart,
        "layers": [_layer(one, style) for one in layers],
        "cut": list(checked.diagnosis.cut),
        "truncated": found.cut,
    }


def _layer(one: Matched, style: Style) -> dict[str, Any]:
    """A layer of two models; its course over time is for pictures."""
    fields = {name: value for name, value in one._asdict().items() if name != "apart"}
    return fields | {"max_abs": _plain(one.max_abs, style)}


def _plain(value: float | None, style: Style) -> Any:
    return None if value is None else json_number(float(value), style.non_finite)


def _first(place: Difference, style: Style) -> dict[str, Any]:
    numbers = {
        key: json_number(getattr(place, key), style.non_finite) for key in ("ours", "theirs")
    }
    return place._asdict() | numbers


def _claim(one: Claim, style: Style) -> dict[str, Any]:
    others = {"with": list(one.others)} if one.others else {}
    left = json_number(one.left, style.non_finite)
    thin = {"thin": True} if one.thin else {}
    return {"id": one.id, "say": one.say, "left": left, "remedy": one.remedy, **others, **thin}
