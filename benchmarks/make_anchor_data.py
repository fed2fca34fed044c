"""Write syndetect/data/anchors/names.parquet and transliteration_han.txt from CLDR, as Babel carries it.

    python benchmarks/make_anchor_data.py

A row of names.parquet: language, kind (month, weekday, place, language, currency, scale), value (what every language
calls by another form), form. Months, weekdays, scale words, territories, languages, currencies and the cities of the
time zones come from all locales of a language. Two things are worked out here because CLDR does not list them:

- the word for a unit of currency ("dollar") is the word that most names of its family share (US dollar, Canadian
  dollar, ...), families being told by the last word of the English name;
- what is left of a currency's name without that word ("Canadian", "канадский", "США") stands for its territory.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from babel import Locale, localedata
from babel.core import get_global

DATA = Path(__file__).parents[1] / "syndetect" / "data" / "anchors"
Row = tuple[str, str, str, str]

NOT_PLACES = {"001", "ZZ", "QO", "XA", "XB"}
"""World, unknown, outlying Oceania, pseudo-locales."""
CITY_STATES = {str(name): code for code, name in Locale("en").territories.items() if code not in NOT_PLACES}
"""A city named as its territory is one place: Singapore, Panama."""
SPOKEN_IN = {"pt": "PT", "en": "en", "ar": "ar"}
"""Where the likeliest territory of a language (Brazil, USA, Egypt) is not what its name speaks of."""
OTHER_ALPHABETS = ("_Shaw", "_Dsrt")
"""Alphabets nobody writes news in."""
NO_NAMES = set("的和與与自百直本都最及首")
"""Han characters of place names that mostly do other work in a sentence."""
MORE_NAMES = (
    "弗娜琳丽麗妮莎詹肖费費鲍鮑切赛珍汉漢兹朵蕾黛茜珀蓓琪佳洁潔柔赖虎鸠宰哲仙宫勃格兹茲堡贡胡"
    "彭庞龐滕娃凡蔡曹岑欣丝絲谢謝舍茹焦琼瓊彻徹琴亨迈邁莉萝蘿阔闊灵靈盛"
)
"""Han characters of the usual tables for spelling foreign names that the names of CLDR happen to lack."""
ORDER = {"scale": 0, "month": 1, "weekday": 2, "place": 3, "currency": 4, "language": 5}
"""The tool keeps the first of two rows that fall together."""
LEAST_FAMILY = 3
"""Names of a currency family that must share a word before it counts as the word for the unit."""


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\s\-–()/,.’']+", name) if word]


def _calendar(locale: Locale, language: str) -> Iterator[Row]:
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for kind, table in (("month", locale.months), ("weekday", locale.days)):
                try:
                    names = dict(table[context][width])
                except KeyError:
                    continue
                for number, form in names.items():
                    yield language, kind, str(number), str(form).strip(".")


def _scales(locale: Locale, language: str) -> Iterator[Row]:
    for width in ("long", "short"):
        try:
            by_plural = locale._data["compact_decimal_formats"][width]
        except KeyError:
            continue
        for patterns in by_plural.values():
            for size, pattern in patterns.items():
                text = str(getattr(pattern, "pattern", pattern)).replace("'", "")
                zeros = text.count("0")
                form = text.replace("0", "").strip(" \xa0.\u200f\u200e")
                if zeros and form:
                    yield language, "scale", str(int(size) // 10 ** (zeros - 1)), form


def _places(locale: Locale, language: str) -> Iterator[Row]:
    for code, name in locale.territories.items():
        if code not in NOT_PLACES:
            yield language, "place", code, str(name)
            without = re.sub(r"\s*[((].*?[))]", "", str(name)).strip()
            if without and without != name:
                yield language, "place", code, without
    for zone, names in locale._data["time_zones"].items():
        city = names.get("city")
        if city and "Etc/" not in zone:
            name = zone.rsplit("/", 1)[-1]
            yield language, "place", CITY_STATES.get(name.replace("_", " "), name), str(city)


def _languages(locale: Locale, language: str) -> Iterator[Row]:
    likely = get_global("likely_subtags")
    for code, name in locale.languages.items():
        if "_" in code or not localedata.exists(code):
            continue
        territory = SPOKEN_IN.get(code) or str(likely.get(code, code)).rsplit("_", 1)[-1]
        # "German" speaks of Germany as often as of the language; "Welsh" does not speak of Britain.
        main = str(likely.get(f"und_{territory}", "")).split("_")[0] == code or code in SPOKEN_IN
        same_place = main and len(territory) == 2 and territory.isupper()
        yield language, "place" if same_place else "language", territory if same_place else code, str(name)


def _families() -> dict[str, list[str]]:
    families: dict[str, list[str]] = defaultdict(list)
    for code, name in Locale("en").currencies.items():
        if "(" not in name and len(code) == 3 and not code.startswith("X"):
            families[str(name).split()[-1].lower()].append(code)
    return families


def _unit_words(names: dict[str, list[str]], codes: list[str]) -> list[str]:
    seen = Counter(word for code in codes for word in {w for name in names.get(code, []) for w in _words(name)})
    known = sum(code in names for code in codes)
    return [
        word
        for word, n in seen.items()
        if n >= max(LEAST_FAMILY, 0.5 * known) and (len(word) > 2 or not word.isascii())
    ]


def _currencies(locale: Locale, language: str, families: dict[str, list[str]]) -> Iterator[Row]:
    names: dict[str, list[str]] = {code: [str(name)] for code, name in locale.currencies.items()}
    for code, plural in locale._data["currency_names_plural"].items():
        names.setdefault(code, []).extend(str(name) for name in plural.values())
    for family, codes in families.items():
        units = _unit_words(names, codes)
        alone = len(codes) == 1 or not units  # also where no space stands between words: 美元
        for word in units:
            yield language, "currency", family, word
        for code in codes:
            for name in names.get(code, []):
                if alone:
                    yield language, "currency", family, name
                left = [word for word in _words(name) if word not in units]
                if units and len(left) == 1 and left[0] != name and not code.startswith("X") and len(left[0]) > 1:
                    yield language, "place", code[:2], left[0]


def _symbols(families: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    of_code = {code: family for family, codes in families.items() for code in codes}
    for code, symbol in Locale("en").currency_symbols.items():
        if len(symbol) == 1 and not symbol.isalpha() and code in of_code:
            yield of_code[code], symbol


def make_names() -> pl.DataFrame:
    """All forms of all locales; a form that means two things in one language is left out, unless one is a place."""
    families = _families()
    rows: set[Row] = set()
    for identifier in sorted(localedata.locale_identifiers()):
        if any(alphabet in identifier for alphabet in OTHER_ALPHABETS):
            continue
        locale, language = Locale.parse(identifier), identifier.split("_")[0]
        rows.update(_calendar(locale, language))
        rows.update(_scales(locale, language))
        rows.update(_places(locale, language))
        rows.update(_languages(locale, language))
        rows.update(_currencies(locale, language, families))
        rows.update((language, "currency", family, symbol) for family, symbol in _symbols(families))
    frame = pl.DataFrame(sorted(rows), schema=["language", "kind", "value", "form"], orient="row")
    # A locale without its own data repeats the root's ("M10", codes): no words of a language.
    frame = frame.filter(
        ~pl.col("form").str.contains(r"^(M\d\d|\d+|[A-Z]{1,3}|[a-z]{2,3})$")
        | ((pl.col("kind") == "scale") & ~pl.col("form").str.contains(r"^[A-Z]+$"))
        | pl.col("kind").is_in(["month", "weekday"]) & ~pl.col("form").str.contains(r"^(M\d\d|\d+)$")
        | ((pl.col("kind") == "place") & pl.col("form").is_in(["US", "UK", "USA", "EU", "UN"]))
    ).filter(pl.col("form").str.len_chars() > 0)
    # One character is a word of its own in Chinese and Korean, and an initial elsewhere.
    frame = frame.filter(~pl.col("kind").is_in(["month", "weekday"]) | (pl.col("form").str.len_chars() > 1))
    # Of a territory and a city of one name the territory is meant more often; of two territories neither is known.
    territory = pl.col("value").str.contains("^([A-Z]{2}|[0-9]{3})$")
    frame = frame.filter(territory | ~territory.any().over("language", "kind", "form"))
    n_values = pl.col("value").n_unique().over("language", "kind", "form")
    # Of two kinds that a form names the one that matters more comes first, then territories.
    return frame.filter(n_values == 1).sort(
        pl.col("kind").replace_strict(ORDER), ~territory, "value", "language", "form"
    )


def transliteration_characters() -> str:
    """Han characters that spell foreign names: those in at least two Chinese names of cities, places and languages."""
    seen: Counter[str] = Counter()
    for identifier in ("zh", "zh_Hant"):
        locale = Locale.parse(identifier)
        names = [str(zone["city"]) for zone in locale._data["time_zones"].values() if zone.get("city")]
        names += [str(name) for code, name in locale.territories.items() if code.isalpha()]
        names += [str(name).rstrip("语文語") for name in locale.languages.values()]
        for name in names:
            seen.update(set(name))
    seen.update(MORE_NAMES * 2)
    return "".join(
        sorted(char for char, n in seen.items() if n >= 2 and "\u4e00" <= char <= "\u9fff" and char not in NO_NAMES)
    )


def main() -> None:
    """Write both files."""
    DATA.mkdir(parents=True, exist_ok=True)
    names = make_names()
    names.write_parquet(DATA / "names.parquet", compression="zstd", compression_level=19)
    (DATA / "transliteration_han.txt").write_text(transliteration_characters() + "\n", encoding="utf-8")
    print(names.group_by("kind").len().sort("kind"), (DATA / "names.parquet").stat().st_size)


if __name__ == "__main__":
    main()
