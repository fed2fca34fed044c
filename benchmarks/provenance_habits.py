"""What differs from one made-up world of republished news to another, drawn at random."""

from __future__ import annotations

import random
from dataclasses import dataclass

STORY_SIZES = ((0.7, 0.5), (1.6, 0.9), (2.6, 0.8))
"""Logarithm of the pages of a story, centre and spread: worlds of pairs, of anything, of large stories."""
WORLD_SITES = (40, 80, 150)
"""A site has 4 pages of a world, or as many as 16."""
NO_PARTNERS = 0.2
"""Share of the worlds in which who takes from whom is anew for each story."""


@dataclass
class Habits:
    """What differs from world to world; shares, but for the lags (logarithm of minutes) and sizes (of pages)."""

    marks: bool
    size: tuple[float, float]
    lag: tuple[float, float]
    lag_across: tuple[float, float]
    late: float
    late_lag: tuple[float, float]
    credit: float
    inherit: float
    inherit_tag: float
    false: float
    above: float
    """Credits that name where the source was taken from."""
    backdated: float
    undated: float
    """How much more common pages without a time are than usual."""
    from_first: float
    from_agency: float
    names_resolved: float
    edits: float
    rewritten: float
    hard_cut: float
    merged: float
    retitled: float
    rewording: float
    residue: float
    uncrawled: float
    uncrawled_sites: float
    wires: float
    """Agencies of which a dump has nothing, beside other such sites: their wires are often no public pages."""
    misread: float
    recent: float
    translate: float
    decoys: float
    furniture: float
    n_sites: int
    partners: float
    """Copies taken from a partner of their site's, where one has the story."""
    aggregators: float


def make_habits(rng: random.Random) -> Habits:
    """Draw the habits of a world."""
    return Habits(
        marks=rng.random() < 0.55,
        size=rng.choice(STORY_SIZES),
        lag=(rng.uniform(3.6, 5.0), rng.uniform(1.0, 1.6)),
        lag_across=(rng.uniform(5.0, 6.2), rng.uniform(1.1, 1.5)),
        late=rng.uniform(0.05, 0.2),
        late_lag=(rng.uniform(7.8, 9.2), rng.uniform(0.7, 1.2)),
        credit=rng.uniform(0.15, 0.65),
        inherit=rng.uniform(0.15, 0.6),
        inherit_tag=rng.uniform(0.4, 0.9),
        false=rng.uniform(0.01, 0.08),
        above=rng.uniform(0.0, 0.06),
        backdated=rng.uniform(0.0, 0.06),
        undated=rng.uniform(0.3, 2.5),
        from_first=rng.uniform(0.1, 0.45),
        from_agency=rng.uniform(2.0, 6.0),
        names_resolved=rng.uniform(0.5, 0.9),
        edits=rng.uniform(0.01, 0.12),
        rewritten=rng.choice((0.0, 0.1, 0.3)) * rng.random(),
        hard_cut=rng.uniform(0.0, 0.2),
        merged=rng.uniform(0.0, 0.15),
        retitled=rng.uniform(0.1, 0.6),
        rewording=rng.uniform(0.1, 0.3),
        residue=rng.uniform(0.01, 0.04),
        uncrawled=rng.uniform(0.03, 0.18),
        uncrawled_sites=rng.uniform(0.0, 0.08),
        wires=rng.uniform(0.0, 0.3),
        misread=rng.uniform(0.0, 0.08),
        recent=rng.uniform(0.3, 1.2),
        translate=rng.uniform(0.05, 0.35),
        decoys=rng.uniform(0.08, 0.3),
        furniture=rng.uniform(0.0, 0.3),
        n_sites=rng.choice(WORLD_SITES),
        partners=0.0 if rng.random() < NO_PARTNERS else rng.uniform(0.0, 0.7),
        aggregators=rng.uniform(0.0, 0.25),
    )
