"""Make syndetect/data/relative.json from CLDR: how every language Babel knows says that something was some hours ago.

    python benchmarks/make_relative.py syndetect/data/relative.json

A pattern is folded with `syndetect.times.calendars.fold_text` and has # for the number; a phrase has none. Days that
have a name (yesterday) and what CLDR lacks are added by hand in syndetect/data/relative_extra.toml.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
from babel import Locale
from babel.localedata import locale_identifiers

from syndetect.times.calendars import fold_text

UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
COUNTS = {"one": 1, "two": 2}
LEAST_LETTERS = 3  # shorter forms ("3 h") are lengths of films and the like


def main(target: Path) -> None:
    """Write the table."""
    table: dict[str, dict[str, dict[str, object]]] = {}
    for name in sorted(locale_identifiers()):
        locale = Locale.parse(name)
        fields = locale._data["date_fields"]  # Babel has them under no public name
        entry = table.setdefault(locale.language, {"patterns": {}, "phrases": {}})
        for unit in UNITS:
            for width in (unit, f"{unit}-short"):
                for category, form in sorted((fields.get(width, {}).get("past") or {}).items()):
                    _add(entry, unit, category, fold_text(form.replace("({0})", "").strip()))
    kept = {language: entry for language, entry in sorted(table.items()) if entry["patterns"] or entry["phrases"]}
    target.write_bytes(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS) + b"\n")


def _add(entry: dict[str, dict[str, object]], unit: str, category: str, form: str) -> None:
    shape = " ".join(form.replace("{0}", " # ").split())
    letters = [c for c in shape if c.isalpha()]
    wide = any(c >= "\u0e00" for c in letters)
    if len(letters) < (2 if wide else LEAST_LETTERS) or shape.startswith(("-", "−")):
        return
    if "#" in shape:
        entry["patterns"].setdefault(shape, unit)
    elif category in COUNTS:
        entry["phrases"].setdefault(shape, [unit, COUNTS[category]])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
