"""Kinds of anchors and classes of characters: the numbers that kernels and tables share."""

from __future__ import annotations

NUMBER, DATE, MONTH, WEEKDAY, PLACE, LANGUAGE, CURRENCY, NAME, WORD, COGNATE, LINK, CONCEPT, LEARNT = range(1, 14)

KINDS = {
    NUMBER: "number",  # a value: scale words multiplied out, native digits read
    DATE: "date",  # month and day
    MONTH: "month",
    WEEKDAY: "weekday",
    PLACE: "place",  # territory or city of CLDR
    LANGUAGE: "language",
    CURRENCY: "currency",
    NAME: "name",  # consonant skeleton of a capitalised word, or of any word where no capitals are
    WORD: "word",  # capitalised word in Latin letters, as it stands
    COGNATE: "cognate",  # consonant skeleton of a long word in lower case; same keys as NAME
    LINK: "link",  # host of an address in the text
    CONCEPT: "concept",  # common noun that CLDR names in many languages: fire, hospital, judge
    LEARNT: "learnt",  # word whose counterpart was learnt from the store's own pairs
}

# Classes of characters. MARK: a vowel or tone written on a character that stands alone, as in Thai and Khmer.
SEPARATOR, SKIP, LOWER, UPPER, DIGIT, HAN, KATAKANA, SINGLE, SYMBOL, MARK = range(10)

# Scripts, as far as the kernel treats them differently.
OTHER, LATIN, CYRILLIC, GREEK, ARABIC, HEBREW, HANGUL, CJK, ARMENIAN = range(9)
