"""How often grouping joins stories that have nothing to do with each other, and how many copies it finds.

Made-up pages are runs of words of made-up texts, so that what two pages share, and where, is known without any text.
Stories have 1 to 300 pages: copies that are edited and edited again, cut ones, excerpts of 25-100% (some of them
copied), pages that grew, pages that hold a whole article in a longer text. Between stories stand quotations, digests
(heads, whole items, pieces from the middle; of 2 to 20 stories; copied; some dated before their items) and
commentaries. A tenth of the times is wrong, or there are none. The floor joins all pairs judged the same. Seeded.

    python benchmarks/grouping.py --stories 15000
"""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import time
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from syndetect.stories import PASSAGES, group_copies
from syndetect.stories.graph import name_components

START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
MINUTES_A_DAY = 24 * 60
Run = tuple[int, int, int]
"""A text, and the words of it from and to."""


@dataclass
class World:
    """Pages, one an entry: runs of words, share of words changed, story (-1: none), role, minute."""

    generator: np.random.Generator
    runs: list[list[Run]] = field(default_factory=list)
    edits: list[float] = field(default_factory=list)
    story: list[int] = field(default_factory=list)
    role: list[str] = field(default_factory=list)
    minute: list[float] = field(default_factory=list)
    n_texts: int = 0

    def text(self, length: int) -> list[Run]:
        """A new text of so many words."""
        self.n_texts += 1
        return [(self.n_texts, 0, length)]

    def add(self, runs: list[Run], edit: float, story: int, role: str, minute: float) -> None:
        """A page."""
        self.runs.append(runs)
        self.edits.append(edit)
        self.story.append(story)
        self.role.append(role)
        self.minute.append(minute)

    def between(self, low: float, high: float) -> float:
        """A number drawn from a range."""
        return float(self.generator.uniform(low, high))


def words_in(runs: list[Run]) -> int:
    """The length of a page."""
    return sum(end - begin for _, begin, end in runs)


def cut(runs: list[Run], begin: int, end: int) -> list[Run]:
    """The words from `begin` to `end` of a page."""
    kept, at = [], 0
    for text, a, b in runs:
        left, right = max(begin - at, 0), min(end - at, b - a)
        if left < right:
            kept.append((text, a + left, a + right))
        at += b - a
    return kept


def piece(world: World, runs: list[Run], share: float, *, head: bool) -> list[Run]:
    """So large a share of a page, from its head or from anywhere."""
    length = words_in(runs)
    size = min(max(int(share * length), 40), length)
    begin = 0 if head else int(world.between(0, length - size))
    return cut(runs, begin, begin + size)


def add_story(world: World, story: int, base: list[Run], n_pages: int, start: float) -> None:
    """Pages of one story; its first page is `base`."""
    first = len(world.runs)
    world.add(base, 0.0, story, "first", start)
    for _ in range(n_pages - 1):
        minute = start + 30 + world.generator.exponential(MINUTES_A_DAY / 2)
        kind, edit = world.generator.random(), world.between(0, 0.1) * (world.generator.random() < 0.6)
        if kind < 0.7:
            # A copy of any earlier full one: edits of edits add up.
            fulls = [p for p in range(first, len(world.runs)) if world.role[p] in ("first", "copy")]
            source = fulls[int(world.between(0, len(fulls)))]
            add = min(world.edits[source] + edit, 0.2)
            world.add(piece(world, world.runs[source], world.between(0.93, 1), head=True), add, story, "copy", minute)
        elif kind < 0.93:
            excerpt = piece(world, base, world.between(0.25, 1), head=world.generator.random() < 0.7)
            for n in range(1 + (world.generator.random() < 0.2) * 2):
                world.add(excerpt, edit, story, "excerpt", minute + 60 * n)
        elif kind < 0.97:
            world.add([*base, *world.text(int(world.between(40, 150)))], edit, story, "grown", minute)
        else:
            own = [world.text(int(words_in(base) * world.between(0.4, 0.9)))[0] for _ in range(2)]
            world.add([own[0], *base, own[1]], edit, story, "embeds", minute)


def add_digest(world: World, bases: list[list[Run]], minute: float, n: int) -> None:
    """A digest of some stories and its copies, as pages of no story."""
    form = n % 5
    parts: list[Run] = world.text(int(world.between(10, 40)))
    for base in bases:
        if form == 4 or n % 7 == 0:
            parts += piece(world, base, 0.98, head=True)
        elif form == 3:
            parts += piece(world, base, world.between(60, 110) / words_in(base), head=False)
        elif form == 2:
            parts += [*piece(world, base, world.between(50, 90) / words_in(base), head=False), *world.text(60)]
        else:
            parts += piece(world, base, world.between(40, 110) / words_in(base), head=True)
    role = "commentary" if form == 2 else "digest"
    for k in range(1 + int(world.generator.integers(0, 4)) * (n % 3 == 0)):
        world.add(parts, 0.02 * k, -1 - n, role, minute + 50 * k)


def make_world(n_stories: int, seed: int) -> World:
    """Stories, quotations between them, and a digest for every eight of them."""
    world = World(np.random.default_rng(seed))
    sizes = np.minimum(1 + np.floor(world.generator.pareto(0.9, n_stories) * 1.5), 300).astype(int)
    lengths = np.clip(world.generator.lognormal(5.9, 0.6, n_stories), 40, 3000).astype(int)
    bases = [world.text(int(length)) for length in lengths]
    for a in range(0, n_stories - 1, 6):
        # A statement that two reports quote.
        quote = world.text(int(world.between(40, 60)))
        for story in (a, a + 1):
            if lengths[story] > 150:
                at = int(world.between(0, lengths[story]))
                bases[story] = [*cut(bases[story], 0, at), *quote, *cut(bases[story], at, lengths[story])]
    starts = world.generator.uniform(0, 60 * MINUTES_A_DAY, n_stories)
    for story in range(n_stories):
        add_story(world, story, bases[story], int(sizes[story]), float(starts[story]))
    for n in range(n_stories // 8):
        size = (5, 5, 2, 20, 5, 10)[n % 6]
        first = int(world.generator.integers(0, max(n_stories - size, 1)))
        chosen = list(range(first, min(first + size, n_stories)))
        latest = max(starts[story] for story in chosen)
        early = min(starts[story] for story in chosen) - MINUTES_A_DAY
        add_digest(world, [bases[i] for i in chosen], float(early if n % 10 == 9 else latest + 600), n)
    return world


def times_of(world: World, wrong: float) -> pl.Series:
    """When the pages say they were published; `wrong` is the share of times that are off by up to five days."""
    off = world.generator.uniform(-5, 5, len(world.runs)) * MINUTES_A_DAY
    minutes = np.array(world.minute) + off * (world.generator.random(len(world.runs)) < wrong)
    return pl.Series([START + dt.timedelta(minutes=float(m)) for m in minutes], dtype=pl.Datetime("us", "UTC"))


def _each_once(passages: pl.DataFrame) -> pl.DataFrame:
    """Leave out what stands twice on a page and is aligned as part of a longer passage already."""
    pair = ["page", "page_b"]
    numbered = passages.with_row_index("row")
    several = numbered.filter(pl.len().over(pair) > 1)
    held = several.join(several, on=pair, suffix="_o").filter(pl.col("length_o") > pl.col("length"))
    in_a = (pl.col("a") >= pl.col("a_o")) & (pl.col("a_to") <= pl.col("a_to_o"))
    in_b = (pl.col("b") >= pl.col("b_o")) & (pl.col("b_to") <= pl.col("b_to_o"))
    return numbered.join(held.filter(in_a | in_b).select("row").unique(), on="row", how="anti")


def find_pairs(segments: pl.DataFrame, *, all_up_to: int = 50, n_hubs: int = 4) -> pl.DataFrame:
    """What pages with a text in common share, and where.

    Of a text on many pages, the earliest of them and the earliest that are mostly it are held against all.
    """
    here = segments.with_columns(length=pl.col("end") - pl.col("begin"), n=pl.col("page").n_unique().over("text"))
    mostly = pl.col("length").sum().over("page", "text") * 2 > pl.col("length").sum().over("page")
    here = here.with_columns(mostly=mostly, rank=pl.col("page").rank("dense").over("text"))
    here = here.with_columns(of_kind=pl.col("page").rank("dense").over("text", "mostly"))
    hub = (pl.col("n") <= all_up_to) | (pl.col("rank") <= n_hubs) | (pl.col("mostly") & (pl.col("of_kind") <= n_hubs))
    hubs = here.filter(hub).select("page", "text").unique()
    joined = hubs.join(here.select("page", "text").unique(), on="text", suffix="_b")
    pairs = joined.select(page=pl.min_horizontal("page", "page_b"), page_b=pl.max_horizontal("page", "page_b"))
    pairs = pairs.filter(pl.col("page") < pl.col("page_b")).unique()
    both = pairs.join(segments, on="page").join(
        segments, left_on=["page_b", "text"], right_on=["page", "text"], suffix="_b"
    )
    begin = pl.max_horizontal("begin", "begin_b")
    length = pl.min_horizontal("end", "end_b") - begin
    a, b = begin - pl.col("begin") + pl.col("at"), begin - pl.col("begin_b") + pl.col("at_b")
    runs = both.with_columns(length=length, a=a, b=b).filter(pl.col("length") > 0).sort("page", "page_b", "a", "b")
    # Runs that follow each other on both pages are one passage.
    follows = ((pl.col("a") - (pl.col("a") + pl.col("length")).shift(1)).abs() <= 8) & (
        (pl.col("b") - (pl.col("b") + pl.col("length")).shift(1)).abs() <= 8
    )
    number = (~follows.fill_null(value=False)).cum_sum().over("page", "page_b", order_by=["a", "b"])
    passages = (
        runs.with_columns(number=number)
        .group_by("page", "page_b", "number")
        .agg(
            pl.min("a", "b"), a_to=(pl.col("a") + pl.col("length")).max(), b_to=(pl.col("b") + pl.col("length")).max(),
            length=pl.sum("length"),
        )
        .filter(pl.col("length") >= 8)
    )  # fmt: skip
    return (
        _each_once(passages)
        .sort("length", "a", "b", descending=[True, False, False])
        .with_columns(passage=pl.concat_arr("a", "a_to", "b", "b_to").cast(pl.Array(pl.Int32, 4)))
        .group_by("page", "page_b")
        .agg(matched=pl.sum("length"), longest=pl.max("length"), passages=pl.col("passage").head(4))
        .sort("page", "page_b")
    )


def judge(found: pl.DataFrame, words: np.ndarray, edits: np.ndarray) -> pl.DataFrame:
    """Pairs as `verify.judge` would judge them, independent changes of words costing a shingle five each."""
    a, b = found["page"].to_numpy(), found["page_b"].to_numpy()
    kept = (1 - edits[a]) * (1 - edits[b])
    matched = found["matched"].to_numpy() * kept
    both = found["matched"].to_numpy() * kept**5
    jaccard = both / (words[a] + words[b] - both)
    left, right = np.minimum(matched / words[a], 1), np.minimum(matched / words[b], 1)
    cover = np.maximum(left, right)
    same = (jaccard >= 0.7) | (found["longest"].to_numpy() * kept >= 40) | ((matched >= 40) & (cover >= 0.35))
    same |= (cover >= 0.6) & (matched >= 15)
    whole = (jaccard >= 0.7) | (np.minimum(left, right) >= 0.5)
    return pl.DataFrame(
        {
            "left_id": a, "right_id": b, "judgement": np.where(same, "same", "different"),
            "relation": np.where(same, np.where(whole, "near-duplicate", "excerpt"), ""),
            "similarity": jaccard, "left_containment": left, "right_containment": right,
            "passages": found["passages"],
        }
    ).with_columns(pl.col("relation").replace("", None), pl.col("passages").cast(PASSAGES))  # fmt: skip


def make_frames(world: World, *, wrong: float | None) -> tuple[pl.DataFrame, pl.DataFrame, np.ndarray]:
    """Judged pairs, documents (doc_id, n_words, at), and the page of each doc_id: ids are by time, or by chance.

    Args:
        world: The pages.
        wrong: Share of wrong times; None for no times at all.
    """
    n = len(world.runs)
    at = times_of(world, wrong or 0.0)
    order = world.generator.permutation(n) if wrong is None else at.arg_sort().to_numpy()
    words = np.array([words_in(world.runs[page]) for page in order])
    rows = []
    for doc_id, page in enumerate(order):
        place = 0
        for text, begin, end in world.runs[page]:
            rows.append((doc_id, text, begin, end, place))
            place += end - begin
    segments = pl.DataFrame(rows, schema=["page", "text", "begin", "end", "at"], orient="row")
    pairs = judge(find_pairs(segments), words, np.array(world.edits)[order])
    times = pl.Series("at", [None] * n, dtype=at.dtype) if wrong is None else at.gather(order)
    documents = pl.DataFrame({"doc_id": np.arange(n), "n_words": words, "at": times})
    return pairs, documents, order


def score(groups: np.ndarray, world: World, order: np.ndarray) -> dict[str, float]:
    """Shares of stories wrongly joined, of digests in a story, and of pages in the group of their story's first."""
    pages = pl.DataFrame({"group": groups, "story": np.array(world.story)[order], "role": np.array(world.role)[order]})
    in_story = pages.filter(pl.col("story") >= 0)
    mixed = in_story.group_by("group").agg(pl.col("story").unique()).filter(pl.col("story").list.len() > 1)
    joined = mixed.explode("story")["story"].n_unique()
    home = in_story.filter(pl.col("role") == "first").select("story", home="group")
    found = in_story.filter(pl.col("role") != "first").join(home, on="story")
    recall = found.group_by("role").agg(share=(pl.col("group") == pl.col("home")).mean())
    digests = pages.filter(pl.col("story") < 0)
    strays = digests["group"].is_in(in_story["group"].unique().implode()).mean()
    largest = mixed["story"].list.len().max() or 1
    return {
        "stories wrongly joined": joined / home.height, "largest chain": float(str(largest)),
        "digests in a story": float(str(strays)), **{f"{role} joined": share for role, share in sorted(recall.rows())},
    }  # fmt: skip


def run(
    n_stories: int, seed: int, *, wrong: float | None
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Figures of the grouping, of the floor, and what it cost."""
    world = make_world(n_stories, seed)
    pairs, documents, order = make_frames(world, wrong=wrong)
    began = time.process_time()
    groups, judged, digests = group_copies(pairs, documents)
    cost = {
        "pages": float(documents.height), "pairs judged the same": float((pairs["judgement"] == "same").sum()),
        "CPU s": time.process_time() - began, "digests": float(len(digests)),
        "pairs cut": float(judged["not_joined"].str.contains("share").sum()),
    }  # fmt: skip
    same = pairs.filter(pl.col("judgement") == "same")
    union = name_components(documents.height, same["left_id"].to_numpy(), same["right_id"].to_numpy())
    return score(groups["group_id"].to_numpy(), world, order), score(union, world, order), cost


def main() -> None:
    """Make the worlds, group, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=15_000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    for name, wrong in (("true times", 0.0), ("a tenth of the times wrong", 0.1), ("no times", None)):
        figures, floor, cost = run(arguments.stories, arguments.seed, wrong=wrong)
        print(f"\n{name}: " + ", ".join(f"{what} {value:.5g}" for what, value in cost.items()))
        for what, value in figures.items():
            print(f"  {what:<24} {value:>10.5f}   floor {floor[what]:>10.5f}")


if __name__ == "__main__":
    main()
