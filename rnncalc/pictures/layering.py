"""Where the boxes of a graph stand: in ranks, those that are read above those that read them.

An arrow over several ranks bends in each of them; within a rank, boxes and bends are ordered so
that few arrows cross (the barycenters of what they are joined with), and stand where arrows are
straight. Everything here is numbers; who draws knows how wide a box is.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from rnncalc.data import dataclass

SWEEPS = 12
"""So often ranks are ordered, downwards and upwards."""

PLACINGS = 80
"""So often ranks are placed, downwards and upwards."""

STRAIGHT = 20
"""So much more an arrow between two boxes is to be straight than one around others."""

Link = tuple[int, int]


@dataclass(frozen=True)
class Layering:
    """Boxes and bends in ranks.

    Attributes:
        ranks: from the top, each from the left; boxes by their numbers, bends by those behind.
        paths: for each arrow what it runs through, from box to box.
    """

    ranks: list[list[int]]
    paths: list[list[int]]

    @property
    def links(self) -> list[Link]:
        """The pieces of the arrows, from one rank to the next."""
        return [link for path in self.paths for link in pairwise(path)]

    @property
    def crossings(self) -> int:
        """How often two arrows cross."""
        place = {item: i for rank in self.ranks for i, item in enumerate(rank)}
        rank_of = {item: i for i, rank in enumerate(self.ranks) for item in rank}
        between: dict[int, list[Link]] = {}
        for above, below in self.links:
            between.setdefault(rank_of[above], []).append((place[above], place[below]))
        return sum(map(_inversions, between.values()))


def _inversions(links: Iterable[Link]) -> int:
    seen: list[int] = []
    count = 0
    for _, below in sorted(links):
        count += len(seen) - bisect_right(seen, below)
        insort(seen, below)
    return count


def bends(depth: Sequence[int], arrows: Sequence[Link]) -> int:
    """How many bends arrows have."""
    return sum(depth[below] - depth[above] - 1 for above, below in arrows)


def depths(count: int, arrows: Sequence[Link]) -> list[int]:
    """The rank of each box: one below the lowest that it reads; what reads nothing stands just
    above the first that reads it. Boxes are numbered so that each stands behind what it reads."""
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for source, target in arrows:
        above.setdefault(target, []).append(source)
        below.setdefault(source, []).append(target)
    depth = [0] * count
    for box in range(count):
        depth[box] = max((depth[one] + 1 for one in above.get(box, ())), default=0)
    for box in range(count):
        if box not in above and box in below:
            depth[box] = min(depth[one] for one in below[box]) - 1
    return depth


def layered(depth: Sequence[int], arrows: Sequence[Link]) -> Layering:
    """Boxes of these ranks and their arrows, with few crossings."""
    ranks: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
    for box, rank in enumerate(depth):
        ranks[rank].append(box)
    paths, free = [], len(depth)
    for above, below in arrows:
        inner = range(depth[above] + 1, depth[below])
        path = [above, *range(free, free + len(inner)), below]
        for rank, bend in zip(inner, path[1:], strict=False):
            ranks[rank].append(bend)
        free += len(inner)
        paths.append(path)
    best = made = Layering(ranks, paths)
    for sweep in range(SWEEPS):
        made = Layering(_ordered(made, downwards=sweep % 2 == 0), paths)
        best = min(best, made, key=lambda one: one.crossings)
    return best


def _ordered(now: Layering, *, downwards: bool) -> list[list[int]]:
    """Each rank in the order of the middles of what it is joined with in the one before."""
    joined = _joined(now.links, downwards=downwards)
    place: dict[int, float] = {}
    ranks = []
    for rank in now.ranks if downwards else now.ranks[::-1]:
        middle = {
            item: sum(place[one] for one in joined[item]) / len(joined[item])
            if joined.get(item)
            else i
            for i, item in enumerate(rank)
        }
        ranks.append(sorted(rank, key=lambda item: middle[item]))
        place |= {item: i for i, item in enumerate(ranks[-1])}
    return ranks if downwards else ranks[::-1]


def _joined(links: Iterable[Link], *, downwards: bool) -> dict[int, list[int]]:
    """What each is joined with in the rank above it, or below."""
    joined: dict[int, list[int]] = {}
    for above, below in links:
        item, other = (below, above) if downwards else (above, below)
        joined.setdefault(item, []).append(other)
    return joined


def placed(layering: Layering, wide: Mapping[int, float], gap: float) -> dict[int, float]:
    """The middle of each box and bend, from 0 on, of these widths; bends have none."""
    x: dict[int, float] = {}
    for rank in layering.ranks:
        x |= zip(rank, _apart([0.0] * len(rank), rank, wide, gap), strict=True)
    above, below = (_joined(layering.links, downwards=way) for way in (True, False))
    for sweep in range(PLACINGS):
        for rank in layering.ranks[:: 1 if sweep % 2 == 0 else -1]:
            others = ([*above.get(item, ()), *below.get(item, ())] for item in rank)
            wanted = [_middle(item, joined, x, wide)
                      for item, joined in zip(rank, others, strict=True)]  # fmt: skip
            x |= zip(rank, _apart(wanted, rank, wide, gap), strict=True)
    for rank in layering.ranks:  # what alone reads the only thing that it reads stands below it
        over = (above.get(item, ()) for item in rank)
        wanted = [x[one[0]] if len(one) == 1 and len(below[one[0]]) == 1 else x[item]
                  for item, one in zip(rank, over, strict=True)]  # fmt: skip
        x |= zip(rank, _apart(wanted, rank, wide, gap), strict=True)
    left = min((x[item] - wide.get(item, 0) / 2 for item in x), default=0.0)
    return {item: place - left for item, place in x.items()}


def _middle(
    item: int, others: Sequence[int], x: Mapping[int, float], wide: Mapping[int, float]
) -> float:
    """The middle of what it is joined with: rather below its like than where an arrow bends."""
    if not others:
        return x[item]
    weights = [STRAIGHT if (one in wide) == (item in wide) else 1 for one in others]
    return sum(w * x[one] for w, one in zip(weights, others, strict=True)) / sum(weights)


def _apart(
    wanted: Sequence[float], rank: Sequence[int], wide: Mapping[int, float], gap: float
) -> list[float]:
    """Places as near as can be to those that are wanted, in this order and a gap apart.

    Neighbours that want to overlap stand together at their common middle (least squares).
    """
    offsets = [0.0]
    for one, other in pairwise(rank):
        offsets.append(offsets[-1] + (wide.get(one, 0) + wide.get(other, 0)) / 2 + gap)
    groups: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=False):
        total, count = place - offset, 1
        while groups and groups[-1][0] / groups[-1][1] > total / count:
            more, others = groups.pop()
            total, count = total + more, count + others
        groups.append((total, count))
    starts = [total / count for total, count in groups for _ in range(count)]
    return [start + offset for start, offset in zip(starts, offsets, strict=False)]
