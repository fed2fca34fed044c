"""Unrelated pages in twenty languages by the hundred thousand, which share marks as real news does.

Words come from carrier texts (documents told in several languages): a word of two documents or more as often as there;
a word of one document at a rate of its own, log-uniform over three decades, so that rare names of the real pages turn
up in unrelated ones. Into them go: people, places and bodies with made-up names that every language spells its way
(cross_lingual_spelling.py), by Zipf's law; territories, cities, currencies of CLDR; words with a stem that many
languages share; numbers (small ones, years, sums in thousands, per cents, millions in words) and dates near the day of
publication, written as CLDR says. Six pages in ten belong to an event: a cast of people, places, bodies and numbers
that its pages in all languages draw from, as reports of one event would; an event has some forty pages, a few have
hundreds. The other pages each have a cast of their own.

What is like real news: how many marks of which kind a page has; the long tail of names; numbers and dates shared by
chance; reports of one event; names that are one name in several languages. What is not: words stand in no order, so
nothing is a sentence and marks near each other say nothing; no two pages copy each other; languages without spaces get
pieces of their texts, not words; the lengths of pages are drawn without regard to language; nobody inflects names.
"""

from __future__ import annotations

import datetime as dt
import gzip
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import regex
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from cross_lingual_pools import DAYS, N_SITES, START, UNDATED
from cross_lingual_sources import Documents
from cross_lingual_spelling import draw_names, spell
from numpy.typing import NDArray

SCRIPTS = {
    "en": "Latn", "de": "Latn", "fr": "Latn", "es": "Latn", "it": "Latn", "pt": "Latn", "tr": "Latn", "id": "Latn",
    "pl": "Latn", "ru": "Cyrl", "uk": "Cyrl", "el": "Grek", "ar": "Arab", "fa": "Aran", "ur": "Aran", "he": "Hebr",
    "hi": "Deva", "th": "Thai", "ja": "Jpan", "ko": "Kore", "zh": "Hans",
}  # fmt: skip
UNSPACED = {"th": 6, "ja": 4, "zh": 4}
"""Languages without spaces between words, and letters of a piece of their texts."""
ENDINGS = {
    "en": "", "de": "e", "fr": "e", "es": "o", "it": "o", "pt": "o", "tr": "", "id": "i", "pl": "a", "ru": "а",
    "uk": "а", "el": "ο",
}  # fmt: skip
KNOWN_NAMES = {"given": 1_500, "family": 12_000, "place": 3_000, "body": 4_000}
N_STEMS = 6_000
CAST = {"family": 8, "given": 8, "place": 3, "body": 3, "number": 6}
PAGES_AN_EVENT, IN_EVENTS = 40, 0.6
TOKENS_MEDIAN, TOKENS_SPREAD, TOKENS_MOST = 220.0, 0.5, 800
SHARES = {
    "common": 0.82, "rare": 0.07, "stem": 0.045, "number": 0.009, "date": 0.001, "region": 0.002, "person": 0.007,
    "body": 0.002, "cast_person": 0.024, "cast_place": 0.007, "cast_body": 0.005, "cast_number": 0.008,
}  # fmt: skip
"""Share of the tokens of a page. They give a page of 2.1 kB 4.0 numbers, 0.2 dates, 2.3 places, 50 names, 20 words and
31 cognates; 621 pages of news of 2.2 kB in the same six languages had 4.5, 0.3, 1.4, 28, 18 and 38. A page shares 41
marks with another language (those on a twentieth of the pages or fewer); of the news 35."""
HEADLINE, SENTENCE, PARAGRAPH = 9, 1 / 17, 1 / 3
"""Tokens of a headline; chance that a sentence ends after a token, and that a paragraph ends with it."""
BATCH = 10_000
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Words:
    """The tokens of a language as one list: each kind from its start on; the capitalised forms stand `n` later."""

    tokens: pa.Array
    starts: dict[str, int]
    sizes: dict[str, int]
    n: int
    common: F64  # cumulated shares
    rare: F64
    space: bool


def _pieces(sentence: str, language: str) -> list[str]:
    if language in UNSPACED:
        n = UNSPACED[language]
        runs = regex.findall(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]+", sentence)
        return [run[i : i + n] for run in runs for i in range(0, len(run), n)]
    return list(regex.findall(r"\p{L}[\p{L}\p{M}]*(?:['’\u200c][\p{L}\p{M}]+)?", sentence))


def _carrier_words(carriers: Documents, language: str) -> tuple[list[str], F64, list[str], F64]:
    """Words of two documents or more and their shares; words of one document and theirs."""
    counts: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    for texts in carriers.values():
        here = Counter(
            word for text in texts.get(language, [])[:1] for s in text.sentences for word in _pieces(s, language)
        )
        counts.update(here)
        spread.update(here.keys())
    common = sorted(word for word in counts if spread[word] > 1) or sorted(counts)
    rare = sorted(word for word in counts if spread[word] == 1) or common
    often = np.array([counts[word] for word in common], np.float64)
    rates = 10 ** np.random.default_rng([len(rare), len(common)]).uniform(-3, 0, len(rare))
    return common, np.cumsum(often / often.sum()), rare, np.cumsum(rates / rates.sum())


@lru_cache(maxsize=1)
def _values() -> list[tuple[str, float]]:
    """How a number is written and its value: small ones by rank, years, sums, per cents, millions."""
    rng = np.random.default_rng(7)
    sums = np.unique(np.round(10 ** rng.uniform(2, 5, 2_500)))
    millions = np.round(10 ** rng.uniform(0, 2, 500), 1) * 1e6
    return [
        *(("plain", float(n)) for n in range(2, 100)),
        *(("year", float(n)) for n in range(2027, 1939, -1)),
        *(("sum", float(n)) for n in sums),
        *(("percent", n / 1000) for n in range(1, 1000)),
        *(("million", float(n)) for n in millions),
    ]


_DIGITS = {"fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")}


@lru_cache(maxsize=64)
def _numbers(language: str) -> list[str]:
    written = []
    for how, value in _values():
        if how in ("plain", "year"):
            text = str(int(value))
        elif how == "sum":
            text = format_decimal(value, locale=language)
        elif how == "percent":
            text = format_percent(value, format="#,##0.#%", locale=language)
        else:
            text = format_compact_decimal(value, format_type="long", locale=language, fraction_digits=1)
        written.append(text.translate(_DIGITS.get(language, {})))
    return written


def _regions(language: str) -> list[str]:
    """Territories, cities and currencies, in one order for all languages."""
    english, locale = Locale("en"), Locale(language)
    cities = sorted(zone for zone, names in english.time_zones.items() if "city" in names)
    names = [locale.territories.get(code, english.territories[code]) for code in sorted(english.territories)]
    names += [locale.time_zones.get(zone, {}).get("city", english.time_zones[zone]["city"]) for zone in cities]
    return names + [locale.currencies.get(code, code) for code in ("EUR", "USD", "GBP", "JPY", "CNY", "RUB", "INR")]


@lru_cache(maxsize=1)
def _names() -> dict[str, list[tuple[tuple[str, str, str], ...]]]:
    rng = np.random.default_rng(11)
    names = {kind: draw_names(n, rng, 2, 4 if kind == "place" else 3) for kind, n in KNOWN_NAMES.items()}
    return names | {"stem": draw_names(N_STEMS, rng, 3, 4)}


def make_words(carriers: Documents, language: str) -> Words:
    """Every token that pages of a language are made of."""
    common, common_shares, rare, rare_shares = _carrier_words(carriers, language)
    script = SCRIPTS[language]
    lists: dict[str, list[str]] = {"common": common, "rare": rare, "number": _numbers(language)}
    for kind, names in _names().items():
        ending = ENDINGS.get(language, "") if kind == "stem" else ""
        spelled = [spell(name, script) + ending for name in names]
        lists[kind] = spelled if kind == "stem" else [word.capitalize() for word in spelled]
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=i) for i in range(-30, DAYS + 60)]
    pattern = "M月d日" if language in ("ja", "zh") else "M월 d일" if language == "ko" else "d MMMM"
    lists["date"] = [format_date(day, pattern, locale=language).translate(_DIGITS.get(language, {})) for day in days]
    lists["region"] = _regions(language)
    space = "" if language in UNSPACED else " "
    tokens = [space + word for words in lists.values() for word in words]
    upper = [space + word[:1].upper() + word[1:] for words in lists.values() for word in words]
    stop = "。" if language in ("ja", "zh") else "।" if language == "hi" else "۔" if language == "ur" else "."
    starts, at = {}, 0
    for kind, words in lists.items():
        starts[kind] = at
        at += len(words)
    ends = [stop, stop + "\n"]
    sizes = {kind: len(words) for kind, words in lists.items()}
    array = pa.array([*tokens, *upper, *ends], pa.large_string())
    return Words(array, starts, sizes, at, common_shares, rare_shares, bool(space))


def _zipf(n: int, size: int, rng: np.random.Generator, exponent: float = 1.0) -> I64:
    """Ranks 0..n-1 by Zipf's law."""
    shares = np.cumsum(1 / (np.arange(n) + 3.0) ** exponent)
    return np.searchsorted(shares / shares[-1], rng.random(size)).astype(np.int64)


def _numbers_drawn(size: int, rng: np.random.Generator, *, telling: bool) -> I64:
    """Places in `_values`; `telling` ones are neither small nor years."""
    n = len(_values())
    first = 98 + 88
    if telling:
        return rng.integers(first, n, size)
    small, years = _zipf(98, size, rng), 98 + _zipf(88, size, rng, 1.2)
    which = rng.random(size)
    return np.where(which < 0.55, small, np.where(which < 0.8, years, rng.integers(first, n, size)))


def _casts(n_events: int, rng: np.random.Generator) -> dict[str, I64]:
    """For each event who and what its pages tell of: half of the people from the known ones, half from anybody."""
    casts: dict[str, I64] = {}
    for kind, width in CAST.items():
        n, size = {"number": 0, **KNOWN_NAMES}[kind], n_events * width
        if kind == "number":
            drawn = _numbers_drawn(size, rng, telling=True)
        else:
            drawn = np.where(rng.random(size) < 0.5, _zipf(n, size, rng), rng.integers(0, n, size))
        casts[kind] = drawn.reshape(n_events, width)
    return casts


def _of_cast(kind: str, events: I64, pages: I64, casts: dict[str, I64], rng: np.random.Generator) -> I64:
    """One of the cast for each token: a page keeps to some of it, the first ones most."""
    width = CAST[kind]
    place = (width * rng.random(len(events)) ** 2).astype(np.int64)
    drawn: I64 = casts[kind][events, (place + (pages * 7919) % max(1, width // 2)) % width]
    return drawn


def _draw_tokens(
    words: Words, page: I64, days: I64, events: I64, casts: dict[str, I64], rng: np.random.Generator
) -> I64:
    """A token for each place in the pages; a person of given and family name is two."""
    n = len(page)
    kinds = list(SHARES)
    bounds = np.cumsum(list(SHARES.values()))
    which: I64 = np.searchsorted(bounds, rng.random(n) * bounds[-1])
    out = np.zeros(n, np.int64)
    for place, kind in enumerate(kinds):
        at = np.flatnonzero(which == place)
        size, of, event = len(at), page[at], events[page[at]]
        base = {"person": "family", "cast_person": "family", "cast_place": "place", "cast_body": "body",
                "cast_number": "number"}.get(kind, kind)  # fmt: skip
        if kind in ("common", "rare"):
            drawn = np.searchsorted(words.common if kind == "common" else words.rare, rng.random(size))
            drawn = np.minimum(drawn, words.sizes[kind] - 1)
        elif kind == "number":
            drawn = _numbers_drawn(size, rng, telling=False)
        elif kind == "date":
            drawn = 60 + days[of] - np.minimum(rng.geometric(0.4, size) - 1, 25)
        elif kind.startswith("cast_"):
            drawn = _of_cast(base, event, of, casts, rng)
        else:
            drawn = _zipf(words.sizes[base], size, rng, 0.9 if kind == "stem" else 1.0)
        out[at] = words.starts[base] + drawn
    # Half of the family names come with a given name before them, the one of the cast where it is of the cast.
    people = np.flatnonzero((which == kinds.index("cast_person")) & (rng.random(n) < 0.5))
    people = people[people > 0]
    event = events[page[people]]
    seat = (casts["family"][event] == (out[people] - words.starts["family"])[:, None]).argmax(axis=1)
    out[people - 1] = words.starts["given"] + casts["given"][event, seat]
    return out


def _write_texts(words: Words, tokens: I64, lengths: I64, rng: np.random.Generator) -> pl.Series:
    """Tokens with ends of sentences between, as texts; the first line is the headline."""
    n = len(tokens)
    bounds = np.cumsum(lengths)
    firsts = np.concatenate([[0], bounds[:-1]])
    place_in_page = np.arange(n) - np.repeat(firsts, lengths)
    headline = place_in_page == HEADLINE - 1
    ends = (rng.random(n) < SENTENCE) & (place_in_page >= HEADLINE) | headline
    ends[bounds - 1] = True
    breaks = headline | (rng.random(n) < PARAGRAPH)
    upper = np.concatenate([[True], ends[:-1]])
    shown = tokens + np.where(upper, words.n, 0)
    place = np.arange(n) + np.concatenate([[0], np.cumsum(ends)[:-1]])
    out = np.empty(n + int(ends.sum()), np.int64)
    out[place] = shown
    out[place[ends] + 1] = 2 * words.n + breaks[ends]
    sizes = np.add.reduceat(1 + ends.astype(np.int64), firsts)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    rows = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), words.tokens.take(pa.array(out)))
    texts = pl.Series("text", pc.binary_join(rows, pa.scalar("", pa.large_string())))
    return texts.str.replace_all("\n ", "\n", literal=True).str.strip_chars()


def words_of(carriers: Documents, languages: Sequence[str] = ()) -> dict[str, Words]:
    """The tokens of each language of the carriers that names can be spelled in; of `languages` only, if given."""
    told = {language for texts in carriers.values() for language in texts}
    chosen = [language for language in SCRIPTS if language in told and language in (languages or told)]
    return {language: make_words(carriers, language) for language in chosen}


def make_unrelated(n: int, words: dict[str, Words], *, seed: int = 1) -> Iterator[pl.DataFrame]:
    """Unrelated pages, batch by batch: url, title, text, date_publish, date_download, language.

    The first pages are the same whatever n is asked for only if the number of events is: they hang on n.
    """
    n_events = max(20, int(n * IN_EVENTS / PAGES_AN_EVENT))
    n_alone = n - int(n * IN_EVENTS)
    casts = _casts(n_events + n_alone, np.random.default_rng([seed, 1]))
    day_of_event = np.random.default_rng([seed, 2]).integers(0, DAYS, n_events + n_alone)
    made, alone, batch = 0, n_events, 0
    while made < n:
        for number, language in enumerate(words):
            size = min(BATCH, -(-n // len(words)), n - made)
            if size == 0:
                break
            rng = np.random.default_rng([seed, 3, batch, number])
            in_event = rng.random(size) < IN_EVENTS
            own = alone + np.cumsum(~in_event) - 1
            events = np.where(in_event, _zipf(n_events, size, rng, 0.6), np.minimum(own, n_events + n_alone - 1))
            alone += int((~in_event).sum())
            days = np.clip(day_of_event[events] + rng.geometric(0.5, size) - 1, 0, DAYS - 1)
            drawn = TOKENS_MEDIAN * np.exp(TOKENS_SPREAD * rng.standard_normal(size))
            lengths = np.clip(drawn, 30, TOKENS_MOST).astype(np.int64)
            page = np.repeat(np.arange(size), lengths)
            tokens = _draw_tokens(words[language], page, days, events, casts, rng)
            texts = _write_texts(words[language], tokens, lengths, rng)
            minutes = days * 1440 + rng.integers(0, 1440, size)
            yield _as_rows(texts, minutes, language, made, rng)
            made += size
        batch += 1


def _as_rows(texts: pl.Series, minutes: I64, language: str, first: int, rng: np.random.Generator) -> pl.DataFrame:
    n = len(texts)
    when = (pl.lit(START) + pl.duration(minutes=pl.col("minutes"))).dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    frame = pl.DataFrame(
        {
            "text": texts, "minutes": minutes, "dated": rng.random(n) >= UNDATED,
            "site": rng.integers(0, N_SITES, n), "number": np.arange(first, first + n),
        }
    )  # fmt: skip
    parts = pl.col("text").str.splitn("\n", 2)
    return frame.select(
        pl.format("https://site{}.example/u{}", "site", "number").alias("url"),
        parts.struct.field("field_0").alias("title"),
        parts.struct.field("field_1").fill_null("").alias("text"),
        pl.when("dated").then(when).alias("date_publish"),
        when.alias("date_download"),
        pl.lit(language).alias("language"),
    )


def unrelated_truth(pages: pl.DataFrame) -> pl.DataFrame:
    """What is known of unrelated pages, in the fields of a pool's truth: each tells a story of its own."""
    nothing = pl.lit(None, pl.String)
    return pages.select(
        "url", pl.format("unrelated-{}", pl.col("url").str.split("/").list.last()).alias("story"), "language",
        pl.col("url").str.split("/").list.get(2).alias("site"),
        pl.col("date_download").str.replace("+00:00", "Z", literal=True).alias("published_at"),
        pl.when(pl.col("date_publish").is_null()).then(pl.lit("none")).otherwise(pl.lit("jsonld_tz")).alias("date_mode"),
        pl.lit(False).alias("backdated"), pl.lit("translation").alias("relation"),
        pl.lit(False).alias("machine_translated"), nothing.alias("parent_url"), nothing.alias("parent_site"),
        pl.lit(False).alias("parent_crawled"), pl.lit([], pl.List(pl.String)).alias("crawled_ancestors"),
        pl.col("url").alias("origin_url"), pl.lit("").alias("origin_site"), pl.lit(True).alias("origin_crawled"),
        nothing.alias("names_parent"), pl.lit([], pl.List(pl.String)).alias("names_parent_how"),
        pl.lit("").alias("document"), pl.lit("unrelated").alias("kind"),
    )  # fmt: skip


def write_unrelated(folder: Path, n: int, words: dict[str, Words], *, seed: int = 1) -> tuple[Path, Path]:
    """Write unrelated pages as a dump of JSON lines, gzipped, and their truth; return both files."""
    folder.mkdir(parents=True, exist_ok=True)
    crawl, truth = folder / "unrelated.jsonl.gz", folder / "unrelated-truth.jsonl"
    with (
        crawl.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0) as out,
        truth.open("wb") as known,
    ):
        for frame in make_unrelated(n, words, seed=seed):
            out.write(frame.drop("language").write_ndjson().encode())
            known.write(unrelated_truth(frame).write_ndjson().encode())
    return crawl, truth
