"""A made-up world as the tables that the stage `provenance` reads."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from importlib.resources import files

import duckdb
import polars as pl
from provenance_worlds import OFFSETS, Line, Page, World

from syndetect.addresses import url_key
from syndetect.schema import CLAIM, PUBLISHED, TIME

Row = tuple[object, ...]
HOUR = timedelta(hours=1)
SCHEMAS: dict[str, dict[str, object]] = {
    "story_document": {"story_id": pl.String, "doc_id": pl.UInt64},
    "document": {
        "doc_id": pl.UInt64, **dict.fromkeys(("url", "site", "title", "language"), pl.String), "first_crawled_at": TIME,
    },
    "story_text": {"doc_id": pl.UInt64, "text": pl.String, "n_words": pl.Int32},
    "publication": dict(PUBLISHED),
    "claim": dict(CLAIM),
}  # fmt: skip
FURNITURE = ("all rights reserved", "follow our channel", "advertise with us")


def empty_store() -> duckdb.DuckDBPyConnection:
    """An open connection with the tables of a store, without a row."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(files("syndetect").joinpath("sql", "tables.sql").read_text(encoding="utf-8"))
    return con


def empty_rows() -> dict[str, list[Row]]:
    """A list for each table that the stage reads of pages."""
    return {name: [] for name in SCHEMAS}


def insert_rows(con: duckdb.DuckDBPyConnection, rows: dict[str, list[Row]]) -> None:
    """Move rows with the columns of SCHEMAS into the tables; a document gets its key from its address."""
    for name, schema in SCHEMAS.items():
        frame = pl.DataFrame(rows.pop(name), schema, orient="row")  # type: ignore[arg-type]
        if name == "document":
            frame = frame.with_columns(url_key=url_key(pl.col("url")))
        con.register("frame", frame.to_arrow())
        con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM frame")
        con.unregister("frame")


def make_tables(world: World) -> duckdb.DuckDBPyConnection:
    """An open connection with the tables; ids are places in `world.pages()`."""
    con = empty_store()
    rng, pages = world.rng, world.pages()
    rows = empty_rows()
    for number, (story, page) in enumerate(pages):
        crawl = page.at + timedelta(hours=min(30, rng.lognormvariate(1.5, 1.1)))
        lines = [*page.sentences, *_furniture(page, rng, world.habits.furniture)]
        rows["story_document"].append((f"s{story}", number))
        rows["document"].append((number, page.url, page.site.host, page.title, page.site.language, crawl))
        rows["story_text"].append((number, "\n".join(lines), sum(len(s.split()) for s in page.sentences)))
        rows["publication"].append((number, *_published(page, crawl, rng)))
        rows["claim"] += [(number, *_claim(line)) for line in page.lines]
    insert_rows(con, rows)
    return con


def _furniture(page: Page, rng: random.Random, share: float) -> list[str]:
    """Lines of the site that were not told from the story."""
    if rng.random() >= share:
        return []
    return [f"{page.site.name} {word}" for word in rng.sample(FURNITURE, 2)]


def _published(
    page: Page, crawl: datetime, rng: random.Random
) -> tuple[datetime | None, datetime | None, datetime | None, str, None]:
    """What the page's stated time allows, as the stage `times` gives it."""
    stated = (page.at - page.backdated).replace(microsecond=0)
    offset = timedelta(minutes=page.site.offset)
    mode = page.site.mode if rng.random() < 0.85 else "zoned"
    if mode == "zoned":
        return stated, stated, stated, "json-ld", None
    sure = rng.random() < 0.5
    guess = offset if sure or rng.random() < 0.5 else timedelta(minutes=rng.choice(OFFSETS))
    if mode == "naive":
        low, high = (
            (stated - HOUR, stated + HOUR) if sure else (stated + offset - 14 * HOUR, stated + offset + 14 * HOUR)
        )
        at = stated + offset - guess
        high = min(high, crawl)
        return min(max(at, low), high), low, high, "visible", None
    if mode == "none":
        return None, None, crawl, "crawl", None
    day = (stated + offset).replace(hour=0, minute=0, second=0) - guess
    wide = HOUR if sure else 14 * HOUR
    high = min(day + 24 * HOUR + wide, crawl)
    low = min(day - wide, high)
    return min(max(day + 12 * HOUR, low), high), low, high, "url", None


def _claim(line: Line) -> Row:
    """A row of CLAIM but for its doc_id."""
    low = high = None
    if line.local_time:
        local = line.local_time.replace(microsecond=0)
        low, high = local - 14 * HOUR, local + 14 * HOUR
    rules = {"attribution": "src_label:xx", "agency": "tail:line", "line": "line:host"}
    kind = "link" if line.kind == "line" else line.kind
    return kind, line.value, line.site, low, high, False if low else None, None, None, rules.get(line.kind, line.kind)
