"""Documents told in several languages -> an open world of pages: a dump and its truth.

Each document gives a story of a kind: `whole`; its first `six` or `three` sentences; `cut` as the web cuts, each page
in its own way (sentences dropped, tail gone, lines of the site and local paragraphs between); `excerpt`, where one page
has the whole and the pages of other languages only a part; `twice`, with a second page in one of its languages, of
another translator where there is one, else cut in another way; `triple`, in Arabic, English and Persian. It stands in
one to three languages, the first page at a random moment of 30 days, the others within four days of it; a tenth of the
pages bears no date. Around it lie pages that belong to no story. Truth has the fields that sample_corpus/truth.jsonl
has, and `document`, `kind`, `n_sentences` besides. Names of sites say nothing of story or language.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cross_lingual_sources import Documents, Text

START = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
DAYS, LAG_DAYS = 30, 4
UNDATED = 0.1
N_SITES = 200
KINDS = {"whole": 6, "cut": 7, "six": 4, "three": 2, "excerpt": 3, "twice": 3, "triple": 2}
"""Kind of story -> how often, of 27."""
TRIPLE = ("ar", "en", "fa")
SIZES = (1, 2, 2, 3, 3)
"""Languages of a story, one drawn."""
SENTENCES = {"six": 6, "three": 3}

Truth = dict[str, object]
Row = dict[str, object]


@dataclass(frozen=True)
class Page:
    """A page of a pool; one that belongs to no story has a story of its own."""

    url: str
    story: str
    document: str
    kind: str
    language: str
    sentences: tuple[str, ...]
    published: dt.datetime
    dated: bool
    machine: bool


@dataclass(frozen=True)
class Plan:
    """What stories are made of: kinds with their shares, languages with theirs, and pairs of languages if only those.

    `sentences` cuts every story to its first ones. `pairs`: each story stands in the two languages of one of them.
    """

    kinds: tuple[tuple[str, int], ...] = tuple(KINDS.items())
    often: tuple[str, ...] = ()
    share_often: float = 0.6
    sentences: int | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    sizes: tuple[int, ...] = SIZES


def draw_languages(texts: dict[str, list[Text]], kind: str, plan: Plan, rng: random.Random) -> list[str]:
    """The languages a story stands in, without one that the document lacks."""
    if plan.pairs:
        fit = [pair for pair in plan.pairs if all(language in texts for language in pair)]
        return list(rng.choice(fit)) if fit else []
    if kind == "triple" and all(language in texts for language in TRIPLE):
        return list(TRIPLE)
    often = [language for language in plan.often if language in texts]
    seldom = sorted(texts.keys() - set(often))
    chosen: list[str] = []
    for _ in range(rng.choice(plan.sizes) if kind not in ("excerpt", "twice") else 2):
        group = often if often and (not seldom or rng.random() < plan.share_often) else seldom
        language = rng.choice(group)
        if language not in chosen:
            chosen.append(language)
    return chosen


def cut(sentences: Sequence[str], strange: Sequence[str], rng: random.Random) -> list[str]:
    """A page as the web has it: the tail gone, sentences dropped, lines of the site and local paragraphs added."""
    kept = list(sentences)
    if rng.random() < 0.6:
        kept = kept[: max(3, round(len(kept) * rng.uniform(0.4, 1.0)))]
    share = rng.uniform(0.0, 0.3)
    kept = kept[:1] + [s for s in kept[1:] if rng.random() > share]
    for _ in range(rng.choice((0, 1, 2, 3)) if strange else 0):
        kept.insert(rng.choice((1, len(kept), rng.randrange(1, len(kept) + 1))), rng.choice(strange))
    return kept


def _tell(text: Text, place: int, kind: str, strange: Sequence[str], plan: Plan, rng: random.Random) -> tuple[str, ...]:
    """The sentences of the page at this place of its story."""
    sentences: Sequence[str] = text.sentences[: plan.sentences or SENTENCES.get(kind)]
    if kind == "cut" or (kind == "twice" and place == 2):
        sentences = cut(sentences, strange, rng)
    elif kind == "excerpt" and place > 0 and len(sentences) > 5:
        n = rng.randrange(4, max(5, round(0.6 * len(sentences))) + 1)
        first = rng.choice((0, 0, rng.randrange(len(sentences) - n + 1)))
        sentences = sentences[first : first + n]
    return tuple(sentences)


def make_stories(documents: Documents, plan: Plan, rng: random.Random, strangers: Documents) -> list[Page]:
    """A story of each document; added paragraphs are sentences of `strangers` or, without, of other documents."""
    kinds, shares = zip(*plan.kinds, strict=True)
    pages: list[Page] = []
    for document, texts in documents.items():
        kind = rng.choices(kinds, shares)[0]
        languages = draw_languages(texts, kind, plan, rng)
        if kind == "twice" and languages:
            languages = [*(languages * 2)[:2], languages[-1]] if len(languages) > 1 else languages * 2
        first = START + dt.timedelta(minutes=rng.randrange(DAYS * 24 * 60))
        others = [name for name in strangers or documents if name != document]
        used: list[Text] = []
        for place, language in enumerate(languages):
            versions = [text for text in texts[language] if text not in used] or texts[language]
            used.append(rng.choice(versions))
            source = (strangers or documents).get(rng.choice(others), {}) if others else {}
            strange = source[language][0].sentences if language in source else ()
            sentences = _tell(used[-1], place, kind, strange, plan, rng)
            lag = rng.randrange(LAG_DAYS * 24 * 60) if place else 0
            pages.append(
                Page(
                    f"https://site{rng.randrange(N_SITES)}.example/{rng.randrange(1 << 40):x}", document, document,
                    kind, language, sentences, first + dt.timedelta(minutes=lag), rng.random() >= UNDATED,
                    used[-1].machine,
                )
            )  # fmt: skip
    return pages


def body_of(sentences: Sequence[str]) -> str:
    """Sentences in paragraphs of two."""
    return "\n".join(" ".join(sentences[i : i + 2]) for i in range(0, len(sentences), 2))


def crawl_row(page: Page) -> Row:
    """A page as a row of a dump."""
    return {
        "url": page.url, "title": page.sentences[0],
        "text": body_of(page.sentences[1:]) if len(page.sentences) > 1 else page.sentences[0],
        "date_publish": page.published.isoformat() if page.dated else None,
        "date_download": (page.published + dt.timedelta(hours=3)).isoformat(),
    }  # fmt: skip


def truth_row(page: Page) -> Truth:
    """What is known of a page, as sample_corpus/truth.jsonl writes it."""
    return {
        "url": page.url, "story": page.story, "language": page.language, "site": page.url.split("/")[2],
        "published_at": page.published.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "date_mode": "jsonld_tz" if page.dated else "none", "backdated": False, "relation": "translation",
        "machine_translated": page.machine, "parent_url": None, "parent_site": None, "parent_crawled": False,
        "crawled_ancestors": [], "origin_url": page.url, "origin_site": "", "origin_crawled": True,
        "names_parent": None, "names_parent_how": [],
        "document": page.document, "kind": page.kind, "n_sentences": len(page.sentences),
    }  # fmt: skip


def write_pool(
    folder: Path, pages: Iterable[Page], rng: random.Random, around: Sequence[tuple[Row, Truth]] = ()
) -> tuple[Path, list[Truth]]:
    """Write crawl.jsonl.gz and truth.jsonl, in an order that says nothing; return the dump and the truth."""
    rows = [(crawl_row(page), truth_row(page)) for page in pages] + list(around)
    rng.shuffle(rows)
    folder.mkdir(parents=True, exist_ok=True)
    crawl = folder / "crawl.jsonl.gz"
    with crawl.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0) as out:
        for row, _ in rows:
            out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    truth = [known for _, known in rows]
    lines = (json.dumps(known, ensure_ascii=False) for known in truth)
    (folder / "truth.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return crawl, truth


def read_around(path: Path, documents: Documents) -> list[tuple[Row, Truth]]:
    """Unrelated pages of another dump; those whose story in truth.jsonl beside it is told here are left out."""
    beside = path.with_name("truth.jsonl")
    known: dict[str, Truth] = {}
    if beside.exists():
        known = {row["url"]: row for row in map(json.loads, beside.read_text(encoding="utf-8").splitlines())}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    out: list[tuple[Row, Truth]] = []
    for row in rows:
        mark = known.get(row["url"], {"url": row["url"], "story": row["url"], "language": row.get("language") or ""})
        if mark["story"] not in documents:
            out.append((row, {**mark, "document": "", "kind": "unrelated"}))
    return out
