"""Seeded pages and documents for reading.py: news pages with their known text as WARC, documents in four formats.

Pages are those of the sample corpus' sites: six languages, each in all four layouts, with navigation, comments, links
to other articles, consent and, in turn, the seven ways in which the sites tell their time; besides it an inline
script and a menu, as pages of real sites have them, to some 15 kB. A page's text is made of runs of words from the
stories of the sample corpus, drawn anew for each page: words, punctuation and how well it packs are those of a
language, but no two pages share a sentence. One page in five ends with a source line, two in five have comments. The
truth of a page is its title and its text with the source line.

Documents are of the same words, 2 kB each: WET, JSON lines with news-please's fields (plain and packed), and Parquet as
FineWeb lays it out.

Page `i` hangs on the seed and `i` alone, so a file of the first 1,000 pages begins one of the first 4,000.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote
from zlib import crc32

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.append(str(Path(__file__).resolve().parent.parent / "sample_corpus"))

from build import load
from dumps import digest_of, gzip_member, http_head, news_please_row, warc_record
from furniture import Words, read_furniture
from pages import Document, Paragraph
from render import Renderer, furniture_of
from sources import DATE_MODES, LAYOUTS, Site, Sources

SAMPLE = Path(__file__).resolve().parent.parent / "sample_corpus"
LANGUAGES = {"en": "eng", "ar": "ara", "es": "spa", "hi": "hin", "ru": "rus", "zh": "zho"}
"""With the codes by which WET names them."""
STOPS = {"hi": "।", "zh": "。"}
START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
PAGE_TEXT_BYTES = (1_800, 5_000)
DOCUMENT_TEXT_BYTES = (1_200, 2_300)
N_NEIGHBOURS = 16
"""Articles of a site that its pages link to."""
AT_ONCE = 1_000
"""Documents written together: a gzip member of packed JSON lines, a row group as datatrove writes them."""
MARKS = " ,.;:!?…«»“”„\"'()–—،؛؟।"
CLAUSE_MARKS = re.compile(r"[，。；：、？！“”（）《》]+")
SLOTS = [{"slot": f"unit-{n}", "sizes": [[300, 250], [728, 90]], "lazy": True, "at": f"#slot-{n}"} for n in range(24)]


@dataclass(frozen=True)
class File:
    """Pages or documents `first` to `end` of a seed, in one file; `n_bytes` are of HTML or text, unpacked."""

    path: Path
    first: int
    end: int
    n_bytes: int
    truth: Path | None = None


@dataclass(frozen=True)
class Pool:
    """What sentences of a language are drawn from."""

    runs: tuple[str, ...]
    joiner: str
    stop: str
    credits: tuple[str, ...]

    def sentence(self, draw: random.Random, most: int = 6) -> str:
        """Three to six runs of words."""
        text = self.joiner.join(draw.choice(self.runs) for _ in range(draw.randint(3, most)))
        return text[0].upper() + text[1:] + self.stop

    def title(self, draw: random.Random) -> str:
        """Two runs, without a stop."""
        text = self.joiner.join(draw.choice(self.runs) for _ in range(2))
        return text[0].upper() + text[1:]

    def paragraphs(self, draw: random.Random, n_bytes: int, between: str) -> list[str]:
        """Paragraphs of one to four sentences, until the text has so many bytes."""
        found: list[str] = []
        while n_bytes > 0:
            found.append(between.join(self.sentence(draw) for _ in range(draw.randint(1, 4))))
            n_bytes -= len(found[-1].encode())
        return found


@dataclass(frozen=True)
class World:
    """Sites, words and renderer, read once."""

    sites: tuple[Site, ...]
    words: dict[str, Words]
    pools: dict[str, Pool]
    renderer: Renderer
    scripts: dict[str, bytes]
    menus: dict[str, bytes]


@lru_cache(maxsize=1)
def hash_of_makers() -> str:
    """Changes with what the corpora are made from and by, so that an old file is not taken for a fresh one."""
    parts = [*SAMPLE.glob("*.py"), *SAMPLE.glob("*.toml"), *SAMPLE.glob("*/*.t*"), Path(__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(parts))).hexdigest()[:12]


def _runs(sentence: str, language: str) -> Iterator[str]:
    """A sentence cut into runs of four words; in Chinese into clauses."""
    if language == "zh":
        yield from (part for part in CLAUSE_MARKS.split(sentence) if len(part) > 2)
        return
    words = sentence.split()
    yield from filter(None, (" ".join(words[at : at + 4]).strip(MARKS) for at in range(0, len(words), 4)))


def _pools(sources: Sources) -> dict[str, Pool]:
    runs: dict[str, dict[str, None]] = defaultdict(dict)
    lines: dict[str, dict[str, None]] = defaultdict(dict)
    for story in sources.stories.values():
        for version in story.versions.values():
            runs[version.language].update((run, None) for s in version.sentences for run in _runs(s, version.language))
        for plan in story.pages.values():
            lines[story.versions[plan.version].language].update((line, None) for line in plan.credit if "{" in line)
    return {
        language: Pool(
            tuple(runs[language]), "，" if language == "zh" else " ", STOPS.get(language, "."), tuple(lines[language])
        )
        for language in LANGUAGES
    }


def _sites(sources: Sources) -> tuple[Site, ...]:
    """A site a language and layout: one of the sample corpus, or one of its sites in another layout."""
    found = []
    for language in LANGUAGES:
        known = [site for site in sources.sites.values() if site.language == language]
        for layout in LAYOUTS:
            same = [site for site in known if site.layout == layout]
            other = replace(known[0], layout=layout, key=f"{known[0].key}-{layout}", host=f"{layout}.{known[0].host}")
            found.append(same[0] if same else other)
    return tuple(found)


def _document(site: Site, number: int, draw: random.Random, pool: Pool, text: list[str]) -> Document:
    """A page of a site, published a minute after the one before."""
    moment = START + dt.timedelta(minutes=number)
    dates = DATE_MODES[number // (len(LANGUAGES) * len(LAYOUTS)) % len(DATE_MODES)]
    title = pool.title(draw)
    day = f"{moment:%Y/%m/%d}" if dates == "url_date" else "news"
    return Document(
        key=f"page-{number}", story="reading", kind="article", site=site, title=title,
        url=f"https://{site.host}/{day}/{10_000 + number}/{quote(title[:12].strip().replace(' ', '-'))}",
        paragraphs=tuple(map(Paragraph, text)), published=moment, stated=moment, dates=dates,
        crawls=(moment + dt.timedelta(hours=5, seconds=number % 3_600),),
    )  # fmt: skip


@lru_cache(maxsize=1)
def world() -> World:
    """Read the sample corpus' sources."""
    sources, words = load(SAMPLE / "stories"), read_furniture(SAMPLE / "furniture.toml")
    sites, pools = _sites(sources), _pools(sources)
    neighbours, scripts, menus = [], {}, {}
    for site in sites:
        draw, pool = random.Random(site.key), pools[site.language]
        theirs = [_document(site, -n, draw, pool, []) for n in range(1, N_NEIGHBOURS + 1)]
        neighbours += theirs
        fittings = furniture_of(site, words[site.language])
        state = json.dumps({"site": site.key, "units": SLOTS, "consent": {"version": 3, "purposes": [1, 2, 7]}})
        scripts[site.key] = f"<script>window.__STATE__={state};</script>\n</head>".encode()
        labels = [(f"/{number}/", label) for number, label in enumerate(words[site.language].all("nav"))]
        links = [*labels, *((other.url, other.title) for other in theirs)]
        menu = fittings.box("sections", words[site.language].text("latest"), fittings.entries(links)) + "\n</body>"
        menus[site.key] = menu.encode(site.charset, errors="xmlcharrefreplace")
    renderer = Renderer(SAMPLE / "layouts", words, neighbours)
    return World(sites, words, pools, renderer, scripts, menus)


def _draw(seed: int, kind: str, number: int) -> random.Random:
    return random.Random(f"{seed} {kind} {number}")


def page(seed: int, number: int) -> Document:
    """Page `number` of a seed, as a plan."""
    made = world()
    site = made.sites[number % len(made.sites)]
    pool, draw, words = made.pools[site.language], _draw(seed, "page", number), made.words[site.language]
    document = _document(site, number, draw, pool, pool.paragraphs(draw, draw.randint(*PAGE_TEXT_BYTES), words.joiner))
    if pool.credits and draw.random() < 0.2:
        source = draw.choice([other for other in made.sites if other.language == site.language])
        line = draw.choice(pool.credits).replace("{name}", source.name).replace("{host}", source.host)
        line = line.replace("{url}", f"https://{source.host}/").replace("{local_time}", f"{document.stated:%Y-%m-%d}")
        document = replace(document, paragraphs=(*document.paragraphs, Paragraph(line, "credit")))
    if draw.random() < 0.4:
        comments = tuple(pool.sentence(draw, 5) for _ in range(draw.randint(1, 4)))
        document = replace(document, comments=comments)
    return document


def document(seed: int, number: int) -> Document:
    """Document `number` of a seed: some 2 kB of text."""
    made = world()
    site = made.sites[number % len(made.sites)]
    pool, draw = made.pools[site.language], _draw(seed, "document", number)
    n_bytes = draw.randint(*DOCUMENT_TEXT_BYTES)
    return _document(site, number, draw, pool, pool.paragraphs(draw, n_bytes, made.words[site.language].joiner))


def html_of(plan: Document) -> bytes:
    """A page as its site serves it, with script and menu."""
    made = world()
    served = made.renderer.page(plan, plan.crawls[0])
    served = served.replace(b"</head>", made.scripts[plan.site.key], 1)
    return served.replace(b"</body>", made.menus[plan.site.key], 1)


def _response(plan: Document, payload: bytes) -> bytes:
    headers = {
        "WARC-Target-URI": plan.url,
        "WARC-Payload-Digest": digest_of(payload),
        "WARC-Identified-Payload-Type": "text/html",
        "Content-Type": "application/http; msgtype=response",
    }
    moment = plan.crawls[0]
    return warc_record("response", moment, plan.url, http_head(plan, moment, payload) + payload, headers)


def _conversion(plan: Document) -> bytes:
    """The text of a whole page: navigation above, imprint below."""
    words = world().words[plan.site.language]
    lines = [f"{plan.title} | {plan.site.name}", *words.all("nav")[:6], plan.title, plan.text, *words.all("imprint")]
    headers = {
        "WARC-Target-URI": plan.url,
        "WARC-Refers-To": f"<urn:uuid:{crc32(plan.url.encode()):08x}-0000-4000-8000-000000000000>",
        "WARC-Identified-Content-Language": LANGUAGES[plan.site.language],
        "Content-Type": "text/plain",
    }
    return warc_record("conversion", plan.crawls[0], plan.url, "\n".join(lines).encode(), headers)


def _fineweb_row(plan: Document) -> dict[str, object]:
    return {
        "text": plan.text, "id": f"<urn:uuid:{crc32(plan.url.encode()):08x}>", "dump": "CC-MAIN-2026-04",
        "url": plan.url, "date": f"{plan.crawls[0]:%Y-%m-%dT%H:%M:%SZ}", "file_path": "s3://commoncrawl/segments/1",
        "language": plan.site.language, "language_score": 0.96, "token_count": len(plan.text) // 4,
    }  # fmt: skip


def make_pages(first: int, end: int, folder: Path, *, seed: int) -> File:
    """The pages of a span as WARC, with their truth as Parquet beside it (url, title, text)."""
    place = folder / hash_of_makers() / f"pages-{seed}-{first}-{end}.warc.gz"
    truth = place.with_name(f"{place.name}.truth.parquet")

    def write() -> int:
        n_bytes, rows = 0, []
        with place.open("wb") as file:
            for number in range(first, end):
                plan = page(seed, number)
                payload = html_of(plan)
                file.write(_response(plan, payload))
                n_bytes += len(payload)
                rows.append({"url": plan.url, "title": plan.title, "text": plan.text})
        pl.DataFrame(rows, schema={"url": pl.String, "title": pl.String, "text": pl.String}).write_parquet(truth)
        return n_bytes

    return File(place, first, end, _once(place, write), truth)


def make_documents(first: int, end: int, folder: Path, *, seed: int) -> dict[str, File]:
    """The documents of a span by format: wet.gz, jsonl.gz, jsonl, parquet."""
    base = folder / hash_of_makers() / f"documents-{seed}-{first}-{end}"
    paths = {name: base.with_name(f"{base.name}.{name}") for name in ("wet.gz", "jsonl.gz", "jsonl", "parquet")}

    def write() -> int:
        n_bytes = 0
        schema = pa.schema([
            *((name, pa.string()) for name in ("text", "id", "dump", "url", "date", "file_path", "language")),
            ("language_score", pa.float64()), ("token_count", pa.int64()),
        ])  # fmt: skip
        with (
            paths["wet.gz"].open("wb") as wet, paths["jsonl"].open("wb") as plain,
            paths["jsonl.gz"].open("wb") as packed,
            pq.ParquetWriter(paths["parquet"], schema, compression="snappy") as table,
        ):  # fmt: skip
            for at in range(first, end, AT_ONCE):
                plans = [document(seed, number) for number in range(at, min(end, at + AT_ONCE))]
                wet.write(b"".join(map(_conversion, plans)))
                lines = b"".join(map(_line, plans))
                plain.write(lines)
                packed.write(gzip_member(lines))
                table.write_batch(pa.RecordBatch.from_pylist(list(map(_fineweb_row, plans)), schema))
                n_bytes += sum(len(plan.text.encode()) for plan in plans)
        return n_bytes

    n_bytes = _once(base, write)
    return {name: File(path, first, end, n_bytes) for name, path in paths.items()}


def _line(plan: Document) -> bytes:
    row = news_please_row(plan, plan.crawls[0], world().words[plan.site.language])
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _once(place: Path, write: Callable[[], int]) -> int:
    """Write files unless they stand there, whole; the note of their size is written last."""
    note = place.with_name(f"{place.name}.size")
    if not note.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(str(write()), encoding="ascii")
    return int(note.read_text(encoding="ascii"))


def shards(n: int, parts: int) -> Sequence[tuple[int, int]]:
    """0 to `n` in so many spans, as equal as can be."""
    cuts = [n * part // parts for part in range(parts + 1)]
    return list(pairwise(cuts))
