"""The fold table against Unicode's own folding, over all characters, and its laws on texts of many scripts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from unicodedata import category, normalize

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_text import composed, tails, values_of, words_of

from syndetect.text.folding import (
    ALIKE,
    APOSTROPHES,
    DROPPED_MARKS,
    EXPANDS,
    LONGEST_TAIL,
    SEPARATOR,
    SHARES,
    SINGLE,
    SKIP,
    SPACELESS,
    SPELLED,
    TABLE_SIZE,
    TRADE_MARKS,
    VANISHING_LETTERS,
    Ranges,
    fold_expansions,
    fold_table,
    folding,
)

SAMPLES = [
    (line.split("|")[0].strip(), line.split("|")[1].strip())
    for line in (Path(__file__).parent / "cases" / "scripts.txt").read_text(encoding="utf-8").splitlines()
    if line and line[0] != "#"
]


def inside(char: str, ranges: Ranges) -> bool:
    return any(low <= ord(char) <= high for low, high in ranges)


def is_dropped(char: str) -> bool:
    return category(char)[0] == "M" and inside(char, DROPPED_MARKS)


def is_unspaced(char: str) -> bool:
    return category(char)[0] == "M" and inside(char, SPACELESS)


def shown(char: str, reading: str, name: str) -> str:
    """What the exception `name` makes of a character's reading; a space stands for a separator."""
    if name == "syllables":
        return composed(reading)
    if name == "trade marks":
        return " " if char in TRADE_MARKS else reading
    if name == "longest":
        return re.sub(" +", " ", reading)[: LONGEST_TAIL + 1]
    rewrites: dict[str, Callable[[str], str]] = {
        "invisible": lambda c: "" if category(c) == "Cf" or c in VANISHING_LETTERS else c,
        "optional marks": lambda c: "" if is_dropped(c) else c,
        "marks of scripts without spaces": lambda c: "" if is_unspaced(c) else c,
        "spelled out": lambda c: SPELLED.get(c, c),
        "alike": lambda c: ALIKE.get(c, c),
        "apostrophes": lambda c: " " if c in APOSTROPHES else c,
        "digits": lambda c: str(unicodedata.decimal(c)) if category(c) == "Nd" else c,
        "separators": lambda c: c if category(c)[0] in "LNM" else " ",
    }
    return "".join(map(rewrites[name], reading))


EXCEPTIONS = {
    "syllables": "a Korean syllable stays whole: it is a letter to its readers, and one step of the hash for three",
    "trade marks": "™ is spelled tm by Unicode and by nobody else",
    "invisible": "what shows nothing must not hide a copy",
    "separators": "what is no letter, digit or mark only ends a word",
    "spelled out": "æ, œ, Malayalam chillus and khanda ta are spelled as two by other keyboards",
    "optional marks": "accents, points and nuktas are left off, added and typed in other forms by those who copy",
    "marks of scripts without spaces": "a cluster counts as one word; with marks a text of Khmer has six for each",
    "alike": "letters that keyboards exchange",
    "apostrophes": "modifier letters that stand for an apostrophe part words as it does",
    "digits": "digits of all scripts are the same number",
    "longest": "what stands for more than four characters is cut",
}


def assigned() -> list[str]:
    return [chr(p) for p in range(TABLE_SIZE) if category(chr(p)) not in ("Cn", "Cs", "Co")]


def test_the_table_is_unicodes_folding_but_for_the_exceptions() -> None:
    table, changed, wrong = fold_table() & np.uint32(~np.uint32(SINGLE)), Counter[str](), []
    for char in assigned():
        # NFKC and casefold; decomposed, since the table has one value a character.
        reading = normalize("NFKD", normalize("NFKC", normalize("NFKC", char).casefold()))
        for name in EXCEPTIONS:
            before, reading = reading, shown(char, reading, name)
            changed[name] += reading != before
        expected = [SEPARATOR if c == " " else ord(c) for c in reading] or [SKIP]
        found = [int(table[ord(char)]), *(value & ~SINGLE for value in tails().get(ord(char), []))]
        if [value for value in found if value != SKIP] != [value for value in expected if value != SKIP]:
            wrong.append((hex(ord(char)), char, expected, found))
    assert not wrong
    assert set(changed) == set(EXCEPTIONS)
    assert min(changed.values()) > 0


def test_what_is_not_assigned_ends_a_word() -> None:
    rest = [p for p in range(TABLE_SIZE) if category(chr(p)) in ("Cn", "Cs", "Co") and not inside(chr(p), SPACELESS)]
    assert not fold_table()[rest].any()


def test_only_rare_han_selectors_and_tags_lie_beyond_the_table() -> None:
    beyond = {unicodedata.name(chr(p)).rsplit("-", 1)[0].split(" ")[0] for p in range(TABLE_SIZE, 0xF0000)
              if category(chr(p)) not in ("Cn", "Co")}  # fmt: skip
    assert beyond == {"CJK", "TAG", "LANGUAGE", "CANCEL", "VARIATION"}


SCRIPTS_WITHOUT_SPACES = tuple(
    "THAI|LAO|KHMER|MYANMAR|TAI LE|NEW TAI LUE|TAI THAM|TAI VIET|BALINESE|JAVANESE|HIRAGANA|KATAKANA|"
    "CJK|BOPOMOFO|YI SYLLABLE|TANGUT|NUSHU|KHITAN|IDEOGRAPHIC ITERATION|IDEOGRAPHIC NUMBER".split("|")
)


def test_letters_of_scripts_without_spaces_are_words_of_their_own_and_no_others() -> None:
    table = fold_table()
    for char in assigned():
        if category(char)[0] == "L" and normalize("NFKD", char) == char:
            single = unicodedata.name(char, "TANGUT").startswith(SCRIPTS_WITHOUT_SPACES)
            others = inside(char, ((0x3005, 0x3007), (0x3031, 0x303C), (0x16FE0, 0x16FE4)))  # iteration marks
            kana_of_old = inside(char, ((0x1AFF0, 0x1B16F),))
            found = bool(table[ord(char)] & np.uint32(SINGLE))
            assert found == (single or others or kana_of_old), unicodedata.name(char)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_character_has_the_same_words_in_all_normal_forms(form: str) -> None:
    for char in assigned():
        other = composed(normalize(form, char))  # type: ignore[arg-type]
        if other == char:
            continue
        cut = len(values_of(char)) == LONGEST_TAIL + 1
        if char in TRADE_MARKS and form in ("NFKC", "NFKD"):
            assert words_of(char) == []
        elif cut:
            # What is left of it; a word that was cut short is the beginning of one.
            left = " ".join(words_of(char))
            assert left
            assert " ".join(words_of(other)).startswith(left), unicodedata.name(char)
        else:
            assert words_of(char) == words_of(other), unicodedata.name(char)


def test_expansions_are_sorted_tails_behind_a_first_value() -> None:
    points, rows = fold_expansions()
    assert rows.shape == (len(points), LONGEST_TAIL)
    assert rows.dtype == points.dtype == np.uint32
    assert (points[1:] > points[:-1]).all()
    assert (rows[:, 0] != SKIP).all()
    # Filled up at the end only, and the first value is never one that vanishes.
    assert ((rows[:, :-1] != SKIP) | (rows[:, 1:] == SKIP)).all()
    assert (fold_table()[points] != SKIP).all()
    most = {p: len(words_of(chr(p))) for p in points.tolist()}
    assert all(n <= 2 or len(chr(p).encode()) > 2 for p, n in most.items())
    assert max(most.values()) <= LONGEST_TAIL + 1


ids = [name for name, _ in SAMPLES]


@pytest.mark.parametrize(("language", "text"), SAMPLES, ids=ids)
def test_a_text_has_the_same_words_in_all_normal_forms(language: str, text: str) -> None:
    words = words_of(text)
    assert len(words) > 5, language
    forms = [words_of(normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert forms == [words] * 4


def test_korean_letters_that_are_no_syllable_stay_as_they_are() -> None:
    assert words_of("ᄀ alone 가 각") == ["ᄀ", "alone", "가", "각"]


def test_the_kernels_table_says_the_same_as_the_fold_table_and_its_expansions() -> None:
    table, rows, classes = folding()
    points, tails = fold_expansions()
    assert table[points].tolist() == [EXPANDS | row for row in range(len(points))]
    assert np.array_equal(rows, np.column_stack([fold_table()[points], tails]))
    rest = np.setdiff1d(np.arange(TABLE_SIZE), points)
    assert np.array_equal(table[rest], fold_table()[rest])
    assert sorted(set(classes.tolist())) == list(range(1, len(SHARES)))


@pytest.mark.parametrize(("language", "text"), SAMPLES, ids=ids)
def test_a_text_has_the_same_words_in_every_case(language: str, text: str) -> None:
    words = words_of(text)
    assert words, language
    assert [words_of(text.upper()), words_of(text.lower()), words_of(text.casefold())] == [words] * 3


UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u180b\u180e\u200b\u200c\u200d\u200e"
    "\u200f\u202a\u202e\u2060\u2063\u2066\u2069\u3164\ufe0f\ufeff"
)


@pytest.mark.parametrize(("language", "text"), SAMPLES, ids=ids)
def test_invisible_characters_and_tatweel_change_no_word(language: str, text: str) -> None:
    words = words_of(text)
    assert words, language
    # Between characters, and so between a letter and its mark too.
    assert words_of("".join(char + UNSEEN[at % len(UNSEEN)] for at, char in enumerate(text))) == words
    assert words_of("".join(char + ("\u0640" if char in "ابتثجحسعفقلمن" else "") for char in text)) == words


@given(st.text(alphabet="".join(map(chr, range(0x21, 0x7F))) + " éßﬁœ", max_size=40))
def test_full_width_and_mathematical_letters_are_plain_ones(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if 0x21 <= ord(c) < 0x7F else c for c in text)
    bold = "".join(chr(0x1D400 + ord(c) - ord("A")) if "A" <= c <= "Z" else c for c in text)
    ringed = "".join(chr(0x24D0 + ord(c) - ord("a")) if "a" <= c <= "z" else c for c in text)
    assert words_of(wide) == words_of(bold) == words_of(ringed) == words_of(text)


@given(st.lists(st.sampled_from([*map(chr, range(0x3041, 0x3097)), *map(chr, range(0x30A1, 0x30FB)), "ー", "人"])))
def test_kana_are_alike_with_voicing_marks_of_their_own(chars: list[str]) -> None:
    text = "".join(chars)
    assert words_of(normalize("NFD", text)) == words_of(text)
    assert len(words_of(text)) == len(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], max_codepoint=TABLE_SIZE - 1), max_size=20))
def test_words_are_folded_once_and_for_all(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words


PAIRS = [
    ("persian and arabic keyboards", "كتابي", "کتابی"),
    ("joiner or none", "می‌شود", "میشود"),
    ("teh marbuta and heh", "مدرسة", "مدرسه"),
    ("hamza carriers", "أإآٱ مؤمن شئ", "اااا مومن شي"),
    ("lam alef of presentation forms", "ﺳﻼﻡ", "سلام"),
    ("pashto gaf", "ګل", "گل"),
    ("kurdish e typed as heh and joiner", "هەموو", "هه‌موو"),
    ("urdu heh and bari yeh", "ہے", "هي"),
    ("quranic marks", "ٱللَّهُۥ", "الله"),
    ("hebrew presentation forms", "שּׁ אָ", "ש א"),
    ("hebrew maqaf parts words", "בית־ספר", "בית ספר"),
    ("nukta composed, apart, left off", "\u0958\u093e", "\u0915\u093e"),
    ("bengali nukta", "\u09dc", "\u09a1\u09bc"),
    ("candrabindu typed as anusvara", "माँ", "मां"),
    ("two-part vowel of Bengali", "\u0995\u09cb", "\u0995\u09c7\u09be"),
    ("chillu as a sequence with a joiner", "അവൻ", "അവന\u0d4d\u200d"),
    ("khanda ta before Unicode 5.1", "হঠাৎ", "হঠাত\u09cd\u200d"),
    ("ethiopic word space", "ሰላም፡ዓለም", "ሰላም ዓለም"),
    ("tsheg parts syllables", "བོད་ཡིག", "བོད ཡིག"),
    ("georgian capitals", "ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ", "საქართველო"),
    ("armenian ligature", "և", "եւ"),
    ("cherokee small letters", "ꮳꮃꭹ", "ᏣᎳᎩ"),
    ("final sigma", "ΟΔΟΣ οδός", "οδος οδοσ"),
    ("swiss spelling", "Straße GROẞ", "Strasse GROSS"),
    ("ligatures of a PDF", "eﬃzient ﬂoß", "effizient floss"),
    ("oe and ae", "cœur Ærø", "coeur AERO"),
    ("apostrophe as a letter", "мʼята oʻzbek", "м’ята o'zbek"),
    ("catalan middle dot", "coŀlegi", "col·legi"),
    ("left-off strokes", "Łódź Đà Nẵng født ƙasa", "Lodz Da Nang fodt kasa"),
    ("left-off hooks and bars of hausa and maltese", "ɓarna ɗan ƴa ħobż", "barna dan ya hobz"),
    ("urdu teh marbuta, pashto yeh", "ۃ ۍ", "ه ي"),
    ("nuktas of gurmukhi and odia", "ਖ਼ ଡ଼", "ਖ ଡ"),
    ("ethiopic gemination", "አ\u135fለ", "አለ"),
    ("titlo", "Бг҃ъ", "бгъ"),
    ("syriac points", "ܫܠܳܡ", "ܫܠܡ"),
    ("mongolian variants", "ᠮᠣ\u180bᠩ", "ᠮᠣᠩ"),
    ("turkish i", "İSTANBUL ışık", "istanbul isik"),
    ("half-width kana", "ﾌﾟﾛｸﾞﾗﾑ ｻｰﾊﾞｰ", "プログラム サーバー"),
    ("radicals of a PDF", "⼀⼈", "一人"),
    ("units in one sign", "5㎏ №3 10㎡", "5kg No3 10m2"),
    ("degrees", "25℃", "25°C"),
    ("thai am", "น้ำ", "นํ้า"),
    ("lao ho no", "ໜ້າ", "ຫນ້າ"),
    ("half and roman numbers", "½ Ⅷ ②", "1/2 VIII 2"),
    ("word break in khmer", "ភាសា\u200bខ្មែរ", "ភាសាខ្មែរ"),
]


@pytest.mark.parametrize(("name", "one", "other"), PAIRS, ids=[name for name, *_ in PAIRS])
def test_spellings_are_alike(name: str, one: str, other: str) -> None:
    assert words_of(one) == words_of(other) != [], name


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("final letters of hebrew are kept", "ם", "מ"),
        ("arabic letters with other dots", "ب", "ت"),
        ("uyghur e and i", "ې", "ى"),
        ("vowel signs of hindi", "कि", "की"),
        ("hiragana and katakana", "か", "カ"),
        ("cyrillic and latin that look alike", "а", "a"),
        ("a sign of no letters and its letters", "™", "tm"),
    ],
)
def test_what_is_told_apart(name: str, one: str, other: str) -> None:
    assert words_of(one) != words_of(other), name


@pytest.mark.parametrize("language", ["Chinese", "Taiwanese", "Japanese", "Thai", "Lao", "Khmer", "Burmese"])
def test_texts_without_spaces_have_about_as_many_words_as_the_english(language: str) -> None:
    samples = dict(SAMPLES)
    singles = [value & ~SINGLE for value in values_of(samples[language]) if value >= SINGLE]
    counted = sum(int(SHARES[folding().classes[value >> 8]]) for value in singles) / 100
    assert counted == pytest.approx(len(words_of(samples["English"])), rel=0.25)
