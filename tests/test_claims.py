from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndetect.claims import claim_lines, name_sites, read_claims, resolve_sites
from syndetect.claims.agencies import read_lead, read_tail
from syndetect.claims.folding import fold_text, folded, host_of
from syndetect.claims.phrases import KINDS, Phrase, load_phrases
from syndetect.schema import CLAIM, DOCUMENT

CASES = Path(__file__).parent / "cases"
SEED_TAIL = (
    "جاءت الملاحظات بعد ساعات من قيام موقع AxioS الأمريكي بتقرير يشير إلى المناقشات.\n"
    "بدأ النظام في أكتوبر 2023.\nقال إن ذلك صحيح.\nثم أضاف شيئا آخر.\n"
    "mna/\nJOIN US AND FOLO\nTelegram\nWhatsapp channel\nNabd\nGOOGLE NEWS\ntiktok\nمصدر الخبر\n"
    "نشر الخبر اول مرة على موقع :en.mehrnews.com بتاريخ:2025-03-06 09:03:00\n"
    "ادارة الموقع لا تتبنى وجهة نظر الكاتب او الخبر المنشور بل يقع على عاتق الناشر الاصلي\n"
    "تم نشر الخبر مترجم عبر خدمة غوغل"
)


WORDS = [
    "Source:", "The", "Quill", "المصدر", ":", "2025-03-06", "a.example", "\n", "(AFP)", "-", "/", "по материалам",
    "来源：", "via", "DOHA", "translated by", "«", "»", "24", "+", "according to", "mna/", "\u200f", "İ", ".", "出典",
]  # fmt: skip


def table(name: str, n_columns: int) -> list[list[str]]:
    rows = []
    for line in (CASES / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            cells = [cell.strip() for cell in line.split("|")]
            rows.append((cells + [""] * n_columns)[:n_columns])
    return rows


def frame(*pages: Mapping[str, object]) -> pl.DataFrame:
    blank: dict[str, object] = dict.fromkeys(DOCUMENT)
    rows = [{**blank, "doc_id": n, "site": f"s{n}.example", **page} for n, page in enumerate(pages)]
    return pl.DataFrame(rows, schema=dict(DOCUMENT))


def claims_of(text: str, **page: object) -> pl.DataFrame:
    return read_claims(frame({"page_text": text, **page}))


@pytest.mark.parametrize(("name", "text", "wanted"), table("claims.txt", 3))
def test_claims_are_read_as_the_table_says(name: str, text: str, wanted: str) -> None:
    found = claims_of(text.replace("\\n", "\n"))
    found = found.filter(~pl.col("kind").is_in(["agency", "dateline"]))
    spelt = [
        f"{kind}={value}@{site or '?'}{'*' if rule.endswith(':generic') else ''}"
        for kind, value, site, rule in found.select("kind", "value", "site", "rule").iter_rows()
    ]
    assert ", ".join(spelt) == wanted


def after_a_story(text: str, language: str) -> str:
    """The claims of a last line as the tables spell them."""
    story = "One two three.\nFour five six.\nSeven eight nine.\nTen eleven twelve.\n"
    found = claims_of(story + text.replace("\\n", "\n"), language=language)
    found = found.filter(~pl.col("kind").is_in(["agency", "dateline"]))
    rows = found.select("kind", "value", "site", "rule").iter_rows()
    return ", ".join(f"{k}={value}@{site or '?'}{'*' * rule.endswith(':generic')}" for k, value, site, rule in rows)


@pytest.mark.parametrize(("name", "text", "wanted"), table("claims_languages.txt", 3))
def test_claims_of_each_language_are_read_as_the_table_says(name: str, text: str, wanted: str) -> None:
    assert after_a_story(text, name.split(maxsplit=1)[0]) == wanted
    assert wanted


FIRST_PUBLISHED = [
    phrase
    for phrase in load_phrases()
    if phrase.kind == "first_pub" and phrase.template.endswith("{S}") and "2025-" not in phrase.example
]


@pytest.mark.parametrize("phrase", FIRST_PUBLISHED, ids=lambda p: f"{p.lang}-{p.number}")
def test_the_time_behind_a_first_publisher_is_the_claims_and_no_part_of_the_name(phrase: Phrase) -> None:
    bare, dated = (
        claims_of(f"One.\nTwo.\n{phrase.example.rstrip('.')}{when}", language=phrase.lang)
        .filter(pl.col("kind") == "attribution")
        for when in ("", " (2026-02-05 06:20)")
    )  # fmt: skip
    assert dated["value"].to_list() == bare["value"].to_list() != []
    assert dated["time_from"][0] == datetime(2026, 2, 4, 16, 20, tzinfo=UTC)


@pytest.mark.parametrize(("name", "text"), table("claims_near_misses.txt", 2))
def test_what_only_looks_like_a_credit_is_none(name: str, text: str) -> None:
    assert after_a_story(text, name.split(maxsplit=1)[0]) == ""


def test_each_language_has_a_case_for_each_of_its_kinds_and_those_that_have_all_kinds_have_near_misses() -> None:
    kinds = {(phrase.lang, phrase.kind) for phrase in load_phrases()}
    cases = {tuple(name.split()[:2]) for name, _, _ in table("claims_languages.txt", 3)}
    assert kinds - cases == set()
    whole = {lang for lang, _ in kinds if all((lang, kind) in kinds for kind in KINDS)}
    near = {tuple(name.split()[:2]) for name, _ in table("claims_near_misses.txt", 2)}
    assert len(whole) >= 50
    assert {(lang, miss) for lang in whole for miss in ("photo", "sentence")} - near == set()


@pytest.mark.parametrize(("name", "line", "place", "agency"), table("datelines.txt", 4))
def test_datelines_are_read_as_the_table_says(name: str, line: str, place: str, agency: str) -> None:
    found = {claim.kind: claim for claim in read_lead(line + "\nMore text.")}
    tag = found.get("agency")
    assert (tag.value + "?" * tag.rule.endswith(":unknown") if tag else "") == agency
    assert (found["dateline"].value if "dateline" in found else "") == place


@pytest.mark.parametrize(("name", "line", "agency"), table("agencies.txt", 3))
def test_tail_tags_are_read_as_the_table_says(name: str, line: str, agency: str) -> None:
    found = read_tail(f"The talks resumed on Monday.\nThey ended on Friday.\n{line}")
    assert [c.value + "?" * c.rule.endswith(":unknown") for c in found] == ([agency] if agency else [])


@pytest.mark.parametrize("phrase", load_phrases(), ids=lambda p: f"{p.lang}-{p.kind}-{p.number}")
def test_every_phrase_matches_its_example_and_its_triggers_stand_in_it(phrase: Phrase) -> None:
    text = fold_text(f"\n{phrase.example}\n")
    assert phrase.pattern.search(text)
    assert any(trigger in text for trigger in phrase.triggers)
    assert min(map(len, phrase.triggers)) >= 2 or phrase.template.startswith("^")


def test_the_seed_names_its_parent_with_the_interval_of_a_time_without_a_zone() -> None:
    found = claims_of(SEED_TAIL, language="ar")
    (row,) = found.filter(pl.col("kind") == "attribution").iter_rows(named=True)
    assert (row["value"], row["site"], row["zone_known"]) == ("en.mehrnews.com", "en.mehrnews.com", False)
    assert row["time_from"] == datetime(2025, 3, 5, 19, 3, tzinfo=UTC)
    assert row["time_to"] == datetime(2025, 3, 6, 23, 3, tzinfo=UTC)
    assert SEED_TAIL[row["span_start"] : row["span_end"]] == "en.mehrnews.com"
    agency = found.filter(pl.col("kind") == "agency").row(0, named=True)
    assert (agency["value"], agency["site"]) == ("MNA", "mehrnews.com")
    note = found.filter(pl.col("kind") == "translation-note").row(0, named=True)
    assert (note["value"], note["site"]) == ("غوغل", None)
    assert "axios.com" in found.filter(pl.col("kind") == "citation")["site"].to_list()


def test_credit_lines_go_with_what_stands_between_them_but_the_story_stays() -> None:
    documents = frame({"page_text": SEED_TAIL, "language": "ar"})
    lines = claim_lines(documents, read_claims(documents))["line"].to_list()
    assert lines == [4, 5, 6, 7, 8, 9, 10, 11, 12, 14]


def test_a_dateline_does_not_make_its_paragraph_a_claim_line() -> None:
    documents = frame({"page_text": "DOHA (AFP) - Talks resumed.\nThey ended.\nSource: The Daily Quill"})
    assert claim_lines(documents, read_claims(documents))["line"].to_list() == [2]


def test_marks_count_only_when_they_point_to_another_owner() -> None:
    page = {
        "page_text": "A.", "site": "a.example", "canonical": "https://www.b.example/x",
        "based_on": ["https://c.example/y", "The Daily Quill"],
        "links": ["https://m.a.example/z", "https://t.me/share", "https://d.example/w"],
    }  # fmt: skip
    found = read_claims(frame(page)).sort("kind", "value").select("kind", "value", "site").rows()
    assert found == [
        ("based-on", "The Daily Quill", None),
        ("based-on", "https://c.example/y", "c.example"),
        ("canonical", "https://www.b.example/x", "b.example"),
        ("link", "https://d.example/w", "d.example"),
    ]


def test_the_canonical_address_of_a_page_without_a_site_is_no_source() -> None:
    page = {"page_text": "A.", "site": None, "canonical": "https://b.example/x", "based_on": ["https://c.example/y"]}
    assert read_claims(frame(page)).select("kind", "value").rows() == [("based-on", "https://c.example/y")]


def test_translations_and_images_on_other_hosts_are_links_where_the_crawl_has_the_host() -> None:
    page = {
        "page_text": "A.", "site": "a.example", "images": [
            "https://a.example/1.jpg", "https://img.b.example/2.jpg", "https://img.b.example/3.jpg", "https://cdn.example/4.jpg",
        ],
        "alternates": [{"language": "de", "url": "https://a.example/de"}, {"language": "fr", "url": "https://c.example/fr"}],
    }  # fmt: skip
    documents = frame(page, {"page_text": "B.", "site": "b.example"})
    claims = read_claims(documents)
    solved = resolve_sites(claims, name_sites(documents, claims), ["a.example", "b.example"])
    assert solved.select("kind", "value", "site", "rule").rows() == [
        ("link", "https://c.example/fr", "c.example", "hreflang"),
        ("link", "https://img.b.example/2.jpg", "img.b.example", "image"),
    ]


def test_an_image_beside_a_name_does_not_say_whose_name_it_is() -> None:
    page = {"page_text": "A.\nSource: The Quill", "images": ["https://b.example/2.jpg"]}
    documents = frame(*(page for _ in range(3)), {"site": "b.example"})
    claims = read_claims(documents)
    named = name_sites(documents, claims).filter(pl.col("name") == "The Quill")
    assert named.is_empty()


def test_names_are_tied_to_hosts_by_titles_site_names_and_host_words() -> None:
    documents = frame(
        {"site": "q1.example", "title": "Talks resume | The Daily Quill"},
        {"site": "q1.example", "title": "Talks end | The Daily Quill"},
        {"site": "q2.example", "title": "Rain | The Daily Quill 24"},
        {"site": "q2.example", "title": "Snow | The Daily Quill 24"},
        {"site": "p.example", "site_name": "Порт Новости"},
        {"site": "levantpress.example", "page_text": "A."},
        *({"page_text": f"A.\nSource: {name}"} for name in (
            "Daily Quill", "The Daily Quill 24", "Порт Новости", "Levant Press Agency", "The Daily Quil",
            "The Daily Quill +",
        )),
    )  # fmt: skip
    claims = read_claims(documents)
    solved = resolve_sites(claims, name_sites(documents, claims), documents["site"].to_list())
    assert dict(solved.select("value", "site").rows()) == {
        "Daily Quill": "q1.example",
        "The Daily Quill 24": "q2.example",
        "Порт Новости": "p.example",
        "Levant Press Agency": "levantpress.example",
        "The Daily Quil": "q1.example",
        "The Daily Quill +": None,
    }


def test_a_tag_is_tied_to_the_host_that_pages_with_it_name() -> None:
    pages = [{"page_text": "(NWIRE) — Talks.\nB.\nSource: northwire.example"} for _ in range(3)]
    documents = frame(*pages, {"page_text": "(nwire) — Talks resumed.\nC."})
    claims = read_claims(documents)
    solved = resolve_sites(claims, name_sites(documents, claims), documents["site"].to_list())
    assert set(solved.filter(pl.col("kind") == "agency")["site"]) == {"northwire.example"}


def test_an_attribution_to_the_own_site_keeps_the_own_host() -> None:
    documents = frame({"site": "a.example", "page_text": "A.\nSource: a.example"})
    assert read_claims(documents)["site"].to_list() == ["a.example"]


def test_generic_values_are_never_tied_to_a_host() -> None:
    documents = frame({"site": "agencies.example", "page_text": "A.\nSource: agencies"})
    claims = read_claims(documents)
    solved = resolve_sites(claims, name_sites(documents, claims), ["agencies.example"])
    assert solved["site"].to_list() == [None]


def test_order_of_documents_changes_nothing() -> None:
    pages = [{"page_text": f"(NWIRE) — Talks.\nB.\nSource: northwire.example\n{n}"} for n in range(5)]
    documents = frame(*pages, {"page_text": SEED_TAIL}, {"page_text": "A.\nQuelle: AFP und Reuters"})
    shuffled = documents.sample(fraction=1.0, shuffle=True, seed=random.Random(7).randrange(100))
    one, other = read_claims(documents), read_claims(shuffled)
    assert one.equals(other)
    assert name_sites(documents, one).equals(name_sites(shuffled, other))


def test_a_document_without_a_site_is_no_obstacle() -> None:
    documents = frame({"site": None, "page_text": "A.\nSource: The Daily Quill", "title": "A | The Daily Quill"})
    claims = read_claims(documents)
    assert resolve_sites(claims, name_sites(documents, claims), documents["site"].to_list())["site"].to_list() == [None]


def test_no_documents_give_no_claims() -> None:
    documents = frame()
    claims = read_claims(documents)
    assert claims.schema == CLAIM
    assert resolve_sites(claims, name_sites(documents, claims), []).schema == CLAIM
    assert claim_lines(documents, claims).is_empty()


@given(st.text(max_size=300))
def test_folding_keeps_every_character_in_its_place(text: str) -> None:
    assert len(fold_text(text)) == len(text)
    assert pl.select(folded(pl.lit(text))).item() == fold_text(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_spans_hold_what_was_read(words: list[str]) -> None:
    text = " ".join(words)
    for row in claims_of(text).iter_rows(named=True):
        held = text[row["span_start"] : row["span_end"]]
        assert held
        if row["kind"] in ("attribution", "citation", "dateline"):
            assert held == row["value"]


@pytest.mark.parametrize(
    ("address", "host"),
    [("https://WWW.a.example/x", "a.example"), ("//b.example:80/", "b.example"), ("c.example", "c.example"),
     ("photo.jpg", None), ("3.5", None), ("word", None)],
)  # fmt: skip
def test_hosts_are_told_from_files_and_figures(address: str, host: str | None) -> None:
    assert host_of(address) == host
