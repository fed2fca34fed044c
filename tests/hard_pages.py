"""Records that a store filled in several runs gets wrong wherever a stage keeps what it should have made anew."""

from __future__ import annotations

import gzip
import random

import orjson
from conftest import SAMPLE, WORDS

Record = dict[str, object]
STORIES = ("stadium-roof", "stadium-roof-local", "digest-01", "single-01")
"""Of the sample corpus: a story in several languages, another report of the same event, and others."""


def words(seed: int, n: int = 120) -> str:
    """`n` words that no other seed gives in this order."""
    chosen = random.Random(f"words {seed}")
    return " ".join(chosen.choice(WORDS.split()) for _ in range(n))


def edited(text: str, seed: int, n: int = 3) -> str:
    """The text with `n` other words in it."""
    chosen, parts = random.Random(f"edits {seed}"), text.split()
    for place in chosen.sample(range(len(parts)), n):
        parts[place] = f"changed{seed}x{place}"
    return " ".join(parts)


def record(url: str, text: str, day: int, hour: int = 10, **fields: object) -> Record:
    """A page that was crawled on a day of March 2026."""
    known = {"url": f"https://{url}", "title": f"Headline of {url}", "text": text}
    return {**known, "date_download": f"2026-03-{day:02} {hour:02}:00:00", **fields}


def _copies() -> list[Record]:
    """Edits, exact copies of two texts that come at all times, an excerpt, and a chain of edits of edits."""
    first, second = words(1), words(2)
    found = [record("origin.example/a", first, 2), record("excerpt.example/a", " ".join(first.split()[20:80]), 4)]
    found += [record(f"edit{n}.example/a", edited(first, n), 3 + n) for n in range(3)]
    found += [record(f"exact{n}.example/a", second, 9 - n, date_publish=f"2026-03-0{8 - n} 08:00:00") for n in range(5)]
    found += [
        record("near-exact.example/a", edited(second, 7), 5),
        record("part.example/a", second[: len(second) // 2], 5),
    ]
    # Too short to be compared with another setting.
    found += [record(f"short{n}.example/a", words(4, 35), 2 + n) for n in range(2)]
    chain = words(3)
    for n in range(6):
        found.append(record(f"chain{n}.example/a", chain, 2 + n))
        chain = edited(chain, 100 + n, 6)
    return found


def _digests() -> list[Record]:
    """A digest of stories that each stand on two sites; one whose stories are other ones in a later fetch."""
    found = []
    for number, seeds in (("one", (11, 12, 13)), ("two", (21, 22, 23))):
        stories = [words(seed) for seed in seeds]
        heads = "\n".join(" ".join(story.split()[:55]) for story in stories)
        found.append(record(f"digest-{number}.example/a", heads, 8))
        for seed, story in zip(seeds, stories, strict=True):
            found.append(record(f"item{seed}.example/a", story, 3))
            found.append(record(f"again{seed}.example/a", edited(story, seed), 4))
    # Of the stories of the second one alone is still told as it was.
    found += [
        record(f"{site}{seed}.example/a", words(seed + 500), 9) for seed in (21, 22) for site in ("item", "again")
    ]
    return found


def _repeated_lines() -> list[Record]:
    """Sites whose lines become boilerplate with their third page, or are none any more after a later fetch."""
    found = []
    for site in ("paper", "gazette"):
        footer = words(31 if site == "paper" else 32, 70)
        bodies = [words(seed + (site == "paper")) for seed in (41, 43, 45)]
        found += [record(f"{site}.example/{n}", f"{body}\n{footer}", 2 + n) for n, body in enumerate(bodies)]
        # What the two share is a matter of whether the footer is text.
        found.append(record(f"taken-from-{site}.example/a", f"{bodies[0]}\n{words(51, 30)}", 7))
        found.append(record(f"quotes-{site}.example/a", f"{words(52)}\n{footer}", 7))
    found.append(record("gazette.example/2", words(53), 9))
    return found


def _fetched_again() -> list[Record]:
    """Pages fetched again: with another text and back, earlier, at an earlier address of another site."""
    text, other, footer = words(61), words(62), words(63, 40)
    mirrored = f"{text}\n{footer}"
    # The footer is boilerplate of the site that the page does not count to once it was seen at the other address.
    found = [record(f"mirror.example/{n}", f"{words(64 + n)}\n{footer}", 3) for n in range(4)]
    return [
        *found,
        record("m.mirror.example/a", mirrored, 1),
        record("mirror.example/a", mirrored, 5),
        record("copy-of-mirror.example/a", edited(text, 61), 3),
        record("turning.example/a", text, 2),
        record("turning.example/a", other, 4),
        record("turning.example/a", text, 6, title="Another headline"),
        record("other.example/a", other, 2),
        record("early.example/a", edited(other, 62), 8),
        record("early.example/a", edited(other, 62), 1),
        # In one moment; at an address with a mark of a campaign; without any time.
        record("moment.example/a", edited(text, 63), 4, title="One headline"),
        record("moment.example/a", edited(text, 63), 4, title="Another headline"),
        record("moment.example/a", edited(other, 64), 4),
        record("moment.example/a?utm_source=feed", edited(other, 65), 4),
        record("timeless.example/a", edited(text, 66), 4, date_download=None),
        record("timeless.example/a", edited(other, 67), 4, date_download=None),
    ]


def _named_sources() -> list[Record]:
    """Pages that name a source whose host is known only through pages of it, and their line of credit."""
    text = words(71)
    found = [
        record("harbourherald.example/1", text, 2, title="The bridge closes | Harbour Herald Weekly"),
        record("harbourherald.example/2", words(72), 2, title="The ferries sail | Harbour Herald Weekly"),
        record("harbourherald.example/3", words(73), 2, title="The nets are empty | Harbour Herald Weekly"),
    ]
    for n in range(3):
        line = f"{edited(text, 70 + n)}.\nSource: Harbour Herald Weekly"
        found.append(record(f"credits{n}.example/a", line, 3 + n))
    return found


def _full_buckets() -> list[Record]:
    """More edits of one text, and more pages with one passage, than a small bucket holds."""
    text, passage = words(81), words(82, 60)
    found = [record(f"alike{n}.example/a", edited(text, 80 + n, 1), 9 - n) for n in range(7)]
    return found + [record(f"share{n}.example/a", f"{words(90 + n, 60)}\n{passage}", 9 - n) for n in range(7)]


def _of_sample() -> list[Record]:
    truth = map(orjson.loads, (SAMPLE / "truth.jsonl").read_bytes().splitlines())
    urls = {row["url"] for row in truth if row["story"] in STORIES}
    records = map(orjson.loads, gzip.decompress((SAMPLE / "crawl.jsonl.gz").read_bytes()).splitlines())
    return [found for found in records if found["url"] in urls]


def hard_pages() -> list[Record]:
    """All of them."""
    parts = (_copies, _digests, _repeated_lines, _fetched_again, _named_sources, _full_buckets, _of_sample)
    return [found for part in parts for found in part()]
