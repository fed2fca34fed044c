"""What the stage `provenance` costs at size: seconds by part, memory, pages a second.

    python benchmarks/provenance_scale.py --pages 100000
    python benchmarks/provenance_scale.py --one 2000 [--undated]

Stories of made-up words are republished along random trees: most of 2 to 10 pages, one in a hundred of 50 to 500; or
one story of so many pages. Seconds of a part are its own, without those of parts it calls, summed over threads; with
more than one, CPU seconds leave out what polars does in threads of its own, but for those of `all`. With --far the text
of a page is taken from any earlier page, however long before.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from types import ModuleType

import duckdb
from provenance_tables import empty_rows, empty_store, insert_rows

from syndetect.provenance import credits, options, pairs, trace

START = datetime(2024, 5, 1, tzinfo=UTC)
LANGUAGES = ("en", "es", "de", "ru", "ar", "fr", "pt", "fa")
SITES, CONCEPTS = 2_000, 6_000
SOUNDS = {
    "ru": "ба бе во го да до зи ка ко ла ле ми на но по ра ро са та ту".split(),
    "ar": "با بي دو را رو سا سي كا كو لا لي ما مي نا نو ها هي وا يا تا".split(),
    "fa": "پا پی دو را رو شا شی گا کو لا لی ما می نا نو چا چی وا یا تا".split(),
    "": "ba be do fa go ka ko la le mi na no po ra ro sa ta tu vi ze".split(),
}
LARGE_SHARE, LARGE = 0.01, (50, 500)


@cache
def word(concept: int, language: str) -> str:
    """The word of a language for a concept; names and numbers are the same in all."""
    if concept % 23 == 0:
        return str(concept)
    if concept % 29 == 0:
        language = "en"
    number = int.from_bytes(hashlib.blake2b(f"{concept} {language}".encode(), digest_size=6).digest(), "little")
    sounds = SOUNDS.get(language, SOUNDS[""])
    return "".join(sounds[number // 20**place % 20] for place in range(2 + number % 3))


@dataclass
class Page:
    """A page: its sentences with the number of each, and its claims: kind, value, site, whether it gives a time."""

    site: int
    at: float
    parent: int
    said: list[tuple[int, str]]
    lines: list[tuple[str, str, str, bool]] = field(default_factory=list)


def language_of(site: int) -> str:
    """Few languages have most of the sites."""
    place = site * 7919 % 100
    bounds = (40, 55, 67, 77, 85, 91, 96, 100)
    return next(name for name, bound in zip(LANGUAGES, bounds, strict=True) if place < bound)


def host_of(site: int) -> str:
    """The host of a site."""
    return f"site{site}.test"


def draw_site(rng: random.Random) -> int:
    """Few sites have many pages."""
    return min(SITES - 1, int(SITES ** rng.random()) + rng.randrange(SITES // 10))


def tell(rng: random.Random, concepts: list[int], language: str) -> str:
    """A sentence in a language; now and then a word is another."""
    return " ".join(word(c if rng.random() > 0.01 else c + 1, language) for c in concepts) + "."


def make_story(rng: random.Random, n: int, *, far: bool) -> list[Page]:
    """Republish a made-up text along a random tree."""
    theme = [int(CONCEPTS ** rng.random()) for _ in range(150)]
    told = [[rng.choice(theme) for _ in range(rng.randint(9, 26))] for _ in range(rng.randint(8, 24))]
    site = draw_site(rng)
    pages = [Page(site, rng.random() * 1e4, -1, [(i, tell(rng, c, language_of(site))) for i, c in enumerate(told)])]
    for _ in range(n - 1):
        above = rng.randrange(len(pages)) if far or rng.random() < 0.5 else int(len(pages) * rng.random() ** 3)
        pages.append(make_copy(rng, pages[above], above, told))
    return pages


def make_copy(rng: random.Random, parent: Page, above: int, told: list[list[int]]) -> Page:
    """Republish the page of number `above` of a story."""
    site = draw_site(rng)
    if rng.random() < 0.75:
        while language_of(site) != language_of(parent.site):
            site = draw_site(rng)
    language, said = language_of(site), parent.said
    if language != language_of(parent.site):
        said = [(i, tell(rng, told[i], language)) for i, _ in said]
    kind = rng.random()
    if kind < 0.25 and len(said) > 3:
        said = said[: max(2, int(len(said) * rng.uniform(0.3, 0.9)))]
    elif kind < 0.7:
        said = [(i, tell(rng, told[i], language) if rng.random() < 0.08 else text) for i, text in said]
        said = [pair for pair in said if rng.random() > 0.05] or said
    lines = [line for line in parent.lines if rng.random() < 0.35]
    way, host = rng.random(), host_of(parent.site)
    if way < 0.2:
        lines.append(("attribution", host, host, way < 0.05))
    elif way < 0.4:
        by = rng.choice(("agency", "link", "canonical", "based-on"))
        lines.append((by, f"https://{host}/{above}" if by != "agency" else f"AG{parent.site}", host, False))
    elif way < 0.5:
        other = host_of(draw_site(rng))
        lines.append(("link", f"https://{other}/{rng.randrange(10**6)}", other, False))
    return Page(site, parent.at + rng.lognormvariate(4.5, 1.4), above, said, lines)


def story_sizes(rng: random.Random, n: int) -> list[int]:
    """Sizes of stories that have n pages together."""
    sizes: list[int] = []
    left = n
    while left > 0:
        large = rng.random() < LARGE_SHARE
        size = round(LARGE[0] * (LARGE[1] / LARGE[0]) ** rng.random()) if large else 2 + int(9 * rng.random() ** 2)
        sizes.append(min(size, left))
        left -= sizes[-1]
    return sizes


def published(page: Page, rng: random.Random, *, dated: bool) -> tuple[object, ...]:
    """What the stage `times` would say of a page, and when it was crawled."""
    at = START + timedelta(minutes=round(page.at))
    crawl = at + timedelta(hours=min(40, rng.lognormvariate(1.5, 1.1)))
    mode = rng.random() if dated else 1.0
    if mode < 0.7:
        return at, at, at, "json-ld", None, crawl
    if mode < 0.85:
        hours = timedelta(hours=rng.choice((1, 14)))
        return at, at - hours, min(at + hours, crawl), "visible", None, crawl
    if mode < 0.94:
        day = at.replace(hour=0, minute=0)
        return min(day + timedelta(hours=12), crawl), day, min(day + timedelta(hours=24), crawl), "url", None, crawl
    return None, None, crawl if dated else None, "crawl", None, crawl if dated else None


def make_tables(sizes: list[int], *, dated: bool = True, far: bool = False, seed: int = 7) -> duckdb.DuckDBPyConnection:
    """An open connection with the tables that the stage reads."""
    rng, con, rows = random.Random(seed), empty_store(), empty_rows()
    for story, size in enumerate(sizes):
        for place, page in enumerate(make_story(rng, size, far=far)):
            # Ids are hashes: in no order of time.
            doc = int.from_bytes(hashlib.blake2b(f"{story} {place}".encode(), digest_size=8).digest(), "little") >> 1
            text = "\n".join(sentence for _, sentence in page.said)
            *when, crawl = published(page, rng, dated=dated)
            url, title = f"https://{host_of(page.site)}/{place}-{story}", page.said[0][1][:70]
            rows["story_document"].append((f"s{story:06}", doc))
            rows["document"].append((doc, url, host_of(page.site), title, language_of(page.site), crawl))
            rows["story_text"].append((doc, text, text.count(" ") + 1))
            rows["publication"].append((doc, *when))
            for kind, value, site, timed in page.lines:
                low = START + timedelta(minutes=page.at) if timed else None
                said = f"{value}-{story}" if "://" in value else value
                rows["claim"].append((doc, kind, said, site, low, low, False, None, None, f"{kind}:en"))
    insert_rows(con, rows)
    return con


class Watch:
    """Own seconds of functions that are called by way of their modules, over all threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self.here = threading.local()

    def over(self, module: ModuleType, name: str, part: str) -> None:
        """Measure a function from now on."""
        inside: Callable[..., object] = getattr(module, name)

        def timed(*given: object, **named: object) -> object:
            inner: list[list[float]] = self.here.__dict__.setdefault("inner", [])
            wall, cpu = time.perf_counter(), self.clock()
            inner.append([0.0, 0.0])
            try:
                return inside(*given, **named)
            finally:
                wall, cpu = time.perf_counter() - wall, self.clock() - cpu
                below = inner.pop()
                self.wall[part] = self.wall.get(part, 0.0) + wall - below[0]
                self.cpu[part] = self.cpu.get(part, 0.0) + cpu - below[1]
                if inner:
                    inner[-1][0] += wall
                    inner[-1][1] += cpu

        setattr(module, name, timed)


PARTS = {
    "vocabulary": [(trace, "learn")],
    "read": [(trace, "read_options"), (trace, "number_pages"), (trace, "_read_translations"), (trace, "_read_like")],
    "pairs": [(options, name) for name in ("read_clocks", "_list_pairs", "possible_pairs", "distant_pairs")],
    "texts": [
        *((options, name) for name in ("split_words", "word_pairs", "read_texts", "shared_text")),
        (pairs, "compare_marks"),
    ],
    "residue": [(pairs, "find_leftovers"), (pairs, "compare_residue")],
    "alignment": [(pairs, "measure_sentences"), (pairs, "align_sentences")],
    "credits": [
        *((credits, name) for name in ("read_credits", "match_hosts", "named_pairs", "inherited_lines", "name_pages")),
        *((credits, name) for name in ("name_addresses", "fit_times", "unseen_sources")),
        *((options, name) for name in ("_notes", "_naming_counts", "_inherited")),
    ],
    "pair columns": [(options, "compare_pairs")],
    "option columns": [(options, "_options_of"), (options, "_page_options"), (options, "_story_state")],
    "weigh": [(trace, "weigh")],
    "choose": [(trace, "choose"), (trace, "spread")],
    "habits": [(trace, name) for name in ("notice", "_narrow", "join_noticed", "learn_habits", "apply_habits")],
    "describe": [(trace, "describe"), (trace, "page_conflicts")],
    "rest": [(trace, "build_options"), (trace, "trace_sources")],
}


def measure(con: duckdb.DuckDBPyConnection, *, threads: int, site_habits: bool = True) -> None:
    """Trace the sources and print what it costs."""
    watch = Watch(time.process_time if threads == 1 else time.thread_time)
    for part, functions in PARTS.items():
        for module, name in functions:
            watch.over(module, name, part)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = time.perf_counter(), time.process_time()
    edges = trace.trace_sources(con, site_habits=site_habits)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    for part in PARTS:
        print(f"{part:15} {watch.wall.get(part, 0.0):8.2f} s wall {watch.cpu.get(part, 0.0):8.2f} s CPU")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'all':15} {wall:8.2f} s wall {cpu:8.2f} s CPU, {edges.height / wall:.0f} pages a second")
    print(f"peak {peak:.0f} MiB, of which {before:.0f} before the stage (the tables are in memory)")
    skipped = con.sql("SELECT count(*), sum(n_pages), sum(n_pairs_skipped) FROM provenance_skipped").fetchall()
    print("stories, pages, pairs in provenance_skipped:", skipped)
    print("digest", hashlib.sha256(edges.write_json().encode()).hexdigest()[:16])


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100_000, help="in stories of usual sizes")
    parser.add_argument("--one", type=int, help="one story of so many pages instead")
    parser.add_argument("--undated", action="store_true", help="no page says when it was published or crawled")
    parser.add_argument("--far", action="store_true", help="the parent of a page is any earlier one")
    parser.add_argument("--without-habits", action="store_true", help="stories are gone through once")
    parser.add_argument("--threads", type=int, default=options.THREADS)
    given = parser.parse_args()
    setattr(trace, "build_options", partial(options.build_options, threads=given.threads))  # noqa: B010 - not exported
    rng = random.Random(3)
    sizes = [given.one] if given.one else story_sizes(rng, given.pages)
    measure(
        make_tables(sizes, dated=not given.undated, far=given.far),
        threads=given.threads,
        site_habits=not given.without_habits,
    )


if __name__ == "__main__":
    main()
