"""Languages are told from the letters and words of texts; the input's word counts where those do not tell."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndetect.extract import code_of, extract, language_of
from syndetect.extract.language import LEAST_LETTERS, languages
from syndetect.extract.scripts import ARABIC, CYRILLIC, HAN, HANGUL, KANA, LATIN, PIECE_CHARS, sample
from syndetect.schema import PAGE

CASES = [
    tuple(part.strip() for part in line.split("|", 1))
    for line in (Path(__file__).parent / "cases" / "languages.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
ENGLISH = (
    "The ministers met on Tuesday in the old harbour hall to speak about the price of grain. "
    "They parted without a treaty, and will meet again in the spring. Nobody spoke to reporters afterwards."
)
ARABIC_TEXT = "قال رئيس البلدية أمس إن الجسر القديم لن يُصلح قبل العام المقبل بسبب نقص المال في الخزينة العامة. "
GERMAN = "Der Bürgermeister sagte gestern, die alte Brücke werde erst im nächsten Jahr repariert, weil das Geld fehlt. "
CROATIAN = "Gradonačelnik je jučer rekao da će stari most biti popravljen uskoro i da je novac osiguran. "


@pytest.mark.parametrize(("code", "text"), CASES, ids=[f"{code} {text[:20]}" for code, text in CASES])
def test_languages_as_the_table_says(code: str, text: str) -> None:
    assert language_of(text) == (None if code == "-" else code)


def test_the_table_covers_the_languages_asked_for() -> None:
    assert len({code for code, _ in CASES}) >= 70


def test_all_texts_at_once_give_what_each_gives_alone() -> None:
    texts = pl.Series([text for _, text in CASES])
    together = languages(texts, None, [None] * len(texts)).to_list()
    assert together == [language_of(text) for _, text in CASES]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("iw", "he"), ("eng", "en"), ("zh-Hant", "zh"), ("ara", "ar"), ("pt_BR", "pt"), ("fas", "fa"), ("per", "fa"),
        ("zho,eng", "zh"), ("ceb", "ceb"), ("und", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_language_codes_are_iso_639_1_where_there_is_one(raw: str | None, code: str | None) -> None:
    assert code_of(raw) == code


def test_an_inputs_language_counts_only_where_the_text_does_not_tell() -> None:
    assert language_of("123 456", "fra") == "fr"
    assert language_of(ENGLISH, "fr") == "en"


@pytest.mark.parametrize(
    ("enough", "too_few", "stated"),
    [
        ("de " + "x" * (LEAST_LETTERS - 2), "de " + "x" * (LEAST_LETTERS - 3), "nl"),
        ("桥" * 7, "桥" * 6, "zh-Hant"),
        ("はし" * 5, "はし" * 4 + "は", "ja"),
    ],
)
def test_nothing_is_told_under_twenty_letters_but_what_is_stated(enough: str, too_few: str, stated: str) -> None:
    assert language_of(too_few) is None
    assert language_of(too_few, stated) == stated[:2]
    letters = sample(pl.Series([enough, too_few]), pl.Series([None, None], dtype=pl.String)).n_letters
    assert letters[0] >= LEAST_LETTERS > letters[1]


@pytest.mark.parametrize(
    ("text", "stated", "told"),
    [
        ("Страница не найдена", "en", None), ("Страница не найдена", "ru-RU", "ru"), ("404", "en", "en"),
        ("Stranica", "sr", "sr"), ("页面不存在", "de", None),
    ],
)  # fmt: skip
def test_a_language_in_latin_letters_is_not_believed_of_other_letters(text: str, stated: str, told: str) -> None:
    assert language_of(text, stated) == told


@pytest.mark.parametrize(
    "head",
    ['<html lang="ru-RU">', '<html><meta http-equiv="content-language" content="ru">',
     '<html><meta property="og:locale" content="ru_RU">'],
)  # fmt: skip
def test_a_page_with_few_words_is_in_the_language_it_states(head: str) -> None:
    html = f"{head}<meta charset=utf-8><title>404</title><p>Страница".encode()
    row = {**dict.fromkeys(PAGE), "path": "x", "record": 0, "url": "https://a.test/", "html": html}
    assert extract(pl.DataFrame([row], schema=PAGE))["language"].to_list() == ["ru"]


def test_a_hangul_syllable_is_two_letters() -> None:
    assert (language_of("시장은 어제 말했다 그리"), language_of("시장은 어제 말했다 그")) == ("ko", None)


def test_letters_of_addresses_do_not_count() -> None:
    address = "https://a.example/the-mayor-said-that-the-bridge-will-be-closed"
    assert language_of(f"Мост {address}") is None
    assert language_of(f"{address} {ARABIC_TEXT} www.the-morning-harbour-news.example me@harbour.example") == "ar"
    assert language_of("桥明年才会修好" + address) == "zh"


def test_a_title_counts_with_its_text() -> None:
    texts, titles = pl.Series(["Der alte Turm", "Der alte Turm"]), pl.Series(["wird nun doch nicht verkauft", None])
    assert languages(texts, titles, [None, None]).to_list() == ["de", None]


@pytest.mark.parametrize("around", [1, 3, 8])
def test_a_page_says_the_language_of_most_of_its_letters(around: int) -> None:
    menu = "Home News Sport Subscribe to our newsletter About us Contact Terms of use Privacy policy "
    assert language_of(menu * around + ARABIC_TEXT * 4 * around + menu * around) == "ar"
    assert language_of(ARABIC_TEXT * around + menu * 4 * around + ARABIC_TEXT * around) == "en"
    assert language_of(ENGLISH + GERMAN * 6 + ENGLISH) == "de"
    assert language_of(GERMAN + ENGLISH * 6 + GERMAN) == "en"


def test_an_inputs_language_decides_between_close_ones_that_words_do_not_part() -> None:
    plain = CROATIAN.replace("jučer", "tada")
    assert {language_of(plain, hint) for hint in ("hr", "bs")} == {"hr", "bs"}
    assert language_of(CROATIAN * 3 + "Vlak je stigao u listopadu, tisuću putnika, tjedan poslije.", "sr") == "hr"


MALAY = (
    "Perdana Menteri berkata kerajaan akan membina semula jambatan lama itu sebelum musim hujan, kerana ramai penduduk "
    "kampung menggunakannya setiap hari untuk pergi ke sekolah dan ke pasar. "
)
BURMESE = "ဝန်ကြီးများသည် အင်္ဂါနေ့တွင် ဆိပ်ကမ်းခန်းမဟောင်း၌ တွေ့ဆုံပြီး ကောက်ပဲသီးနှံ ဈေးနှုန်းအကြောင်း ဆွေးနွေးခဲ့ကြသည်။ "
SPANISH = "El Gobierno aprobó ayer la reconstrucción del puente después de meses de debate entre los vecinos del río. "
MENU = "Home News Sport Subscribe to our newsletter About us Contact Terms of use Privacy policy and more stories. "


def test_the_marks_of_another_script_do_not_name_its_language() -> None:
    assert language_of(MALAY * 12 + BURMESE * 3) == "ms"


@pytest.mark.parametrize("n", [4, 12])
def test_a_long_english_menu_does_not_outweigh_a_longer_story_in_latin_letters(n: int) -> None:
    assert language_of(MENU * (n // 4) + SPANISH * n + MENU * (n // 4)) == "es"


def test_no_text_has_no_language() -> None:
    assert languages(pl.Series([None, "", " \x00\x85\ufffe "]), None, [None] * 3).to_list() == [None] * 3
    assert languages(pl.Series([], dtype=pl.String), None, []).to_list() == []


def test_html_and_rows_are_told_alike() -> None:
    html = f"<html><body><article><p>{GERMAN * 2}</p><p>{GERMAN * 3}</p></article></body></html>".encode()
    given_columns: list[dict[str, object]] = [
        {"html": html}, {"text": GERMAN * 5}, {"text": "Turm", "language": "deu"}
    ]  # fmt: skip
    rows = [
        {**dict.fromkeys(PAGE), "path": "x", "record": i, "url": f"https://a.example/{i}", **columns}
        for i, columns in enumerate(given_columns)
    ]
    assert extract(pl.DataFrame(rows, schema=PAGE))["language"].to_list() == ["de", "de", "de"]


ADDRESS = re.compile(r"https?://[^\s\u2e80-\uffff]*|www\.[^\s\u2e80-\uffff]*")
SCRIPTS = {"LATIN": LATIN, "CYRILLIC": CYRILLIC, "ARABIC": ARABIC, "CJK": HAN, "HIRAGANA": KANA, "HANGUL": HANGUL}
WEIGHTS = {HAN: 3, KANA: 2, HANGUL: 2}
words = st.sampled_from(
    ["bridge", "l’eau", "мост", "Ёлка", "جسر", "يُصلح", "桥梁", "はし", "다리", "é", "www.a.example/b", "http://x.example/Z?q=1",
     "12,5", "-", "…", "a.b", "w.ww", "\x85", "\u200b"]
)  # fmt: skip


@given(st.lists(words, max_size=20))
def test_letters_are_counted_as_a_slow_loop_counts_them(parts: list[str]) -> None:
    text = " ".join(parts)[:PIECE_CHARS]
    slow = dict.fromkeys(SCRIPTS.values(), 0)
    for char in ADDRESS.sub(" ", text):
        if unicodedata.category(char)[0] == "L":
            script = SCRIPTS[unicodedata.name(char).split()[0]]
            slow[script] += WEIGHTS.get(script, 1)
    told = sample(pl.Series([text]), pl.Series([None], dtype=pl.String))
    assert {script: int(told.letters[0, script]) for script in slow} == slow
    told.data.decode()


@given(st.text(max_size=3_000))
def test_a_sample_of_any_text_is_text_in_one_script(text: str) -> None:
    clean = text.encode("utf-8", "replace").decode()
    told = sample(pl.Series([clean, clean]), pl.Series(["", clean]))
    for row in (0, 1):
        assert {char for char in told.text(row).decode() if unicodedata.category(char)[0] in "CZ"} <= {
            " ",
            "\u200c",
            "\u200d",
        }
    assert len(told.data) == told.offsets[-1]
