"""What a made-up crawl is like: one number for every kind of noise, and the conditions of the robustness table."""

from __future__ import annotations

from dataclasses import dataclass, replace

MODES = ("jsonld_tz", "meta_tz", "meta_naive", "visible_local", "day_only", "url_date", "none")
"""How a page states its time: with a zone, without, for readers only, a day in JSON-LD, a day in its address, not."""


@dataclass(frozen=True)
class Noise:
    """Shares, unless said otherwise: of the copies, sentences, pages or sites that the name says."""

    story_size: tuple[float, float] = (2.4, 0.7)
    """Pages of a story: centre and spread of the logarithm."""
    largest_story: int = 60
    languages: int = 14
    """Languages of a crawl."""
    translated: float = 0.3
    """Copies into another language."""
    recent: float = 0.5
    """How much likelier an early page of a story is copied than a late one: weight (1 + place) ** -recent."""
    lag: tuple[float, float] = (4.2, 1.4)
    """Minutes to a copy in the same language: centre and spread of the logarithm."""
    lag_across: tuple[float, float] = (5.6, 1.3)
    late: float = 0.06
    """Copies made days or weeks later."""

    excerpts: float = 0.22
    exact: float = 0.2
    """Copies that change nothing; what is neither exact nor an excerpt nor a translation is a near-duplicate."""
    dropped: float = 0.06
    """Sentences left out of near-duplicates, and of what is kept of excerpts and translations."""
    edited: float = 0.12
    """Sentences of a near-duplicate in which words are dropped or swapped."""
    typos: float = 0.02
    numbers: float = 0.03
    """Sentences with a number of which a digit is changed."""
    merged: float = 0.05
    local: float = 0.25
    """Copies that get a paragraph from elsewhere."""
    retitled: float = 0.3
    machine: float = 0.4
    """Translations by a machine, which leaves words of the source behind."""
    leftovers: float = 0.025
    """Words that a machine leaves untranslated."""
    rewording: float = 0.15
    """Words that a translator drops or puts elsewhere than another one."""

    credited: float = 0.5
    """Copies that give their source away."""
    tags: float = 0.6
    """Copies of agencies' pages that keep or set its tag."""
    inherited: float = 0.35
    """Lines of the source page that a copy carries along."""
    grandparent: float = 0.08
    """Credits that name the source's source instead."""
    false: float = 0.02
    """Pages with a line that names a site it is not taken from."""
    own_footer: float = 0.06
    """Sites whose pages end in a line that names the site itself, which copies may keep."""
    cites: float = 0.2
    photos: float = 0.3
    decoys: float = 0.2
    """Pages that link to pages, of the story or not, that they are not taken from."""
    own_phrases: float = 0.5
    """Lines worded as phrases.tsv has them; the rest as the examples of syndetect/data/attribution_phrases.tsv."""
    hosts: float = 0.35
    """Lines that give the source's host or address, not its name alone."""

    modes: tuple[float, ...] = (0.5, 0.14, 0.1, 0.08, 0.05, 0.08, 0.05)
    """Sites by how they state times, in the order of MODES."""
    zone_off: float = 0.0
    """Sites whose clock stands in another zone than they say."""
    backdated: float = 0.03
    """Pages that state a time up to twelve hours too early."""

    uncrawled: float = 0.14
    uncrawled_origins: float = 0.1
    crawled_twice: float = 0.03
    singles: float = 0.12
    """Pages that tell a story of their own, to the pages of stories; so are the three below."""
    digests: float = 0.02
    lists: float = 0.02
    errors: float = 0.02


@dataclass(frozen=True)
class Condition:
    """A row of the robustness table."""

    noise: Noise
    dump: str = "warc"
    """Which of the two files is read: warc or jsonl."""


BASE = Noise()
NO_DATES = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
SILENT = replace(BASE, credited=0.0, tags=0.0, inherited=0.0, false=0.0, own_footer=0.0)

CONDITIONS: dict[str, Condition] = {
    "base": Condition(BASE),
    "no dates": Condition(replace(BASE, modes=NO_DATES)),
    "dates off by a zone": Condition(replace(BASE, zone_off=1.0)),
    "10% backdated": Condition(replace(BASE, backdated=0.10)),
    "no attribution": Condition(SILENT),
    "origin and a fifth gone": Condition(replace(BASE, uncrawled=0.2, uncrawled_origins=1.0)),
    "5% false lines": Condition(replace(BASE, false=0.05)),
    "a quarter name themselves": Condition(replace(BASE, own_footer=0.25)),
    "JSONL": Condition(BASE, "jsonl"),
}
