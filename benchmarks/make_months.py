"""Make syndetect/data/months.json from CLDR: month names of every language Babel knows.

    python benchmarks/make_months.py syndetect/data/months.json

Forms are folded with `syndetect.times.calendars.fold_word`. Names that CLDR lacks (the Persian and Afghan calendars,
spellings without accents) are added by hand in syndetect/data/months_extra.toml, which a translator can edit.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import orjson
from babel import Locale
from babel.localedata import locale_identifiers

from syndetect.times.calendars import fold_word


def main(target: Path) -> None:
    """Write the table."""
    months: dict[str, dict[str, int | None]] = defaultdict(dict)
    for name in sorted(locale_identifiers()):
        locale = Locale.parse(name)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, form in locale.months[context][width].items():
                    word = fold_word(form)
                    if len(word) < 2 or any(c.isdigit() for c in word):
                        continue
                    # Two months of one language in the same short form: neither can be told.
                    known = months[locale.language].setdefault(word, number)
                    if known != number:
                        months[locale.language][word] = None
    table = {
        language: {word: number for word, number in sorted(months[language].items()) if number}
        for language in sorted(months)
    }
    target.write_bytes(orjson.dumps(table) + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
