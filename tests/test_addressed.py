"""Pages that name pages of other sites by their exact address are compared with them, and what comes of it is told."""

from __future__ import annotations

import json
import random
from pathlib import Path

import polars as pl
import pytest
from conftest import WORDS, page, run, write_lines

import syndetect
from syndetect.pipeline.addressed import LEAST_NAMING, MOST
from syndetect.store import Store

AT = "https://wire.example/a"
RUSSIAN = (
    "Совет города решил закрыть старый мост на девять недель, пока инженеры меняют балки и красят перила. Жители"
    " спрашивают, смогут ли паромы перевозить тяжёлые грузовики через глубокую воду после бурь и кто заплатит за них."
)
GERMAN = (
    "Der Wetterdienst erwartet an der ganzen Küste milde Luft, danach ziehen Wolken von Norden heran. Bauern hoffen auf"
    " Regen für ihre trockenen Felder, während Gastwirte am Strand sich über jeden weiteren warmen Abend freuen."
)


def written(site: str, text: str, **fields: object) -> dict[str, object]:
    return page(1, url=f"https://{site}/a", title="", text=text, **fields)


def html(site: str, path: str, *targets: str, note: str = "") -> dict[str, object]:
    chosen = random.Random(f"{site}{path}")
    first, second = (" ".join(chosen.choices(WORDS.split(), k=60)) for _ in range(2))
    links = "".join(f' <a href="{target}">{target[-9:]}</a>' for target in targets)
    body = f"<h1>{first[:40]}</h1><p>{first}.{links}</p><p>{second}.</p><p>{note}</p>"
    source = f'<html lang="en"><body><article>{body}</article></body></html>'
    return {"url": f"https://{site}{path}", "html": source, "date_download": "2026-03-01 10:00:00"}


def compared(store: Path) -> int:
    """Pairs that were compared for their addresses alone."""
    with Store.open(store) as opened:
        return opened.count("SELECT count(*) FROM candidate_pair WHERE n_bands = 0 AND n_fingerprints = 0")


def named(store: Path) -> list[tuple[str, str, str, str | None]]:
    query = (
        "SELECT d.url, o.url AS named_url, said, left_out FROM named_page n JOIN document d ON d.doc_id = n.doc_id"
        " JOIN document o ON o.doc_id = n.named_id ORDER BY ALL"
    )
    with Store.open(store) as opened:
        return opened.frame(query).rows()


def judged(store: Path) -> pl.DataFrame:
    with syndetect.open(store) as archive:
        return archive.query("SELECT * FROM pairs ORDER BY ALL")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"canonical": "http://www.wire.example/a/?utm_source=feed"}, "canonical"),
        ({"isBasedOn": AT}, "based-on"),
        ({"text": f"{RUSSIAN}\nSource: {AT}"}, "attribution"),
        ({"canonical": "https://wire.example/another"}, None),
        ({}, None),
    ],
    ids=["canonical", "based on", "line", "another page", "nothing said"],
)
def test_a_page_is_named_by_any_form_of_its_address(
    tmp_path: Path, fields: dict[str, object], said: str | None
) -> None:
    pages = [page(1, url=AT, title="", text=GERMAN), {**written("paper.example", RUSSIAN), **fields}]
    run(tmp_path / "s.duckdb", write_lines(tmp_path / "p.jsonl", *pages), stop_after="candidates")
    assert named(tmp_path / "s.duckdb") == ([("https://paper.example/a", AT, said, None)] if said else [])


def test_pages_in_two_languages_that_share_no_mark_are_compared_if_one_gives_the_address_of_the_other(
    tmp_path: Path,
) -> None:
    pages = [written("paper.example", RUSSIAN, canonical=AT), written("other.example", RUSSIAN[::-1])]
    run(
        tmp_path / "s.duckdb", write_lines(tmp_path / "p.jsonl", page(1, url=AT, title="", text=GERMAN), *pages),
        stop_after="anchors",
    )  # fmt: skip
    pairs = judged(tmp_path / "s.duckdb")
    # No word of the two is the other's: that one page says so is not enough.
    assert pairs.select("left_url", "right_url", "judgement").rows() in (
        [("https://paper.example/a", AT, "different")],
        [(AT, "https://paper.example/a", "different")],
    )


def test_pages_in_one_language_are_compared_too_and_counted_with_no_key_in_common(tmp_path: Path) -> None:
    pages = [page(1, url=AT), page(2, canonical=AT), page(3)]
    run(tmp_path / "s.duckdb", write_lines(tmp_path / "p.jsonl", *pages))
    assert judged(tmp_path / "s.duckdb").select("left_url", "right_url", "judgement").rows() == [
        ("https://site2.example/a", AT, "different")
    ]
    with Store.open(tmp_path / "s.duckdb") as store:
        assert store.frame("SELECT n_bands, n_fingerprints, template FROM candidate_pair").rows() == [(0, 0, False)]


def test_of_a_page_no_more_than_so_many_count_and_the_others_are_listed(tmp_path: Path) -> None:
    others = [html("wire.example", f"/{n}") for n in range(MOST + 2)]
    for n_links in (MOST, MOST + 1):
        pages = [*others, html("paper.example", "/a", *(str(one["url"]) for one in others[:n_links]))]
        store = tmp_path / f"{n_links}.duckdb"
        run(store, write_lines(tmp_path / f"{n_links}.jsonl", *pages), stop_after="candidates")
        left_out = [one[3] for one in named(store)]
        assert (left_out.count(None), left_out.count("the page names more")) == (MOST, n_links - MOST)
        assert compared(store) == MOST


@pytest.mark.parametrize(
    ("n_naming", "n_pages", "counts"),
    [(LEAST_NAMING, 2 * LEAST_NAMING, True), (LEAST_NAMING, 2 * LEAST_NAMING - 1, False), (LEAST_NAMING - 1, 2, True)],
)
def test_what_more_than_half_the_pages_of_a_site_link_to_says_nothing(
    tmp_path: Path, n_naming: int, n_pages: int, counts: bool
) -> None:
    pages = [html("wire.example", "/a")]
    pages += [html("paper.example", f"/{n}", *[AT] * (n < n_naming)) for n in range(n_pages)]
    run(tmp_path / "s.duckdb", write_lines(tmp_path / "p.jsonl", *pages), stop_after="candidates")
    assert {one[3] for one in named(tmp_path / "s.duckdb")} == {None if counts else "half of the site names it"}
    assert len(named(tmp_path / "s.duckdb")) == n_naming
    assert compared(tmp_path / "s.duckdb") == n_naming * counts


def test_the_one_link_to_a_site_that_a_line_names_is_the_address_of_the_line(tmp_path: Path) -> None:
    others = [html("wire.example", "/a"), html("wire.example", "/b")]
    for n_links, said in ((1, "attribution"), (2, "link")):
        store = tmp_path / f"{n_links}.duckdb"
        pages = [
            *others,
            html("paper.example", "/a", *(str(one["url"]) for one in others[:n_links]), note="Source: wire.example"),
        ]
        run(store, write_lines(tmp_path / f"{n_links}.jsonl", *pages), stop_after="candidates")
        assert {one[2] for one in named(store)} == {said}


def test_a_source_that_is_in_the_dump_and_tells_something_else_is_not_called_unseen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = [page(1, url=AT, title="", text=GERMAN), written("paper.example", f"{RUSSIAN}\nSource: {AT}")]
    unseen = written("press.example", page(4)["text"], canonical="https://agency.example/7")  # type: ignore[arg-type]
    run(tmp_path / "s.duckdb", write_lines(tmp_path / "p.jsonl", *pages, unseen))
    with syndetect.open(tmp_path / "s.duckdb") as archive:
        told = json.loads(json.dumps(archive.trace("https://paper.example/a").to_dict(), default=str))
        other = json.loads(json.dumps(archive.trace("https://press.example/a").to_dict(), default=str))
    (step,) = told["chain"]
    assert (step["parent"], step["parent_site"], step["named_url"], step["unseen"]) == (None, "wire.example", AT, False)
    assert [item["url"] for item in step["evidence"] if item["kind"] == "known-page"] == [AT]
    assert (told["end"]["what"], told["end"]["url"]) == ("outside", AT)
    assert (other["end"]["what"], other["chain"][0]["unseen"]) == ("unseen", True)
    shown = syndetect_lines(capsys, "trace", "https://paper.example/a", "--store", str(tmp_path / "s.duckdb"))
    assert f"└── source outside the story  {AT}" in shown
    assert not any("unseen" in line for line in shown)


def syndetect_lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    from test_report import captured  # noqa: PLC0415 - its module compiles what only this test needs

    return captured(capsys, *arguments)


def test_pages_that_come_after_those_that_name_them_are_compared_as_in_one_run(tmp_path: Path) -> None:
    pages = [
        page(1, url=AT),
        page(2, canonical=AT),
        page(4, canonical="https://site3.example/a"),
        page(3),
        *(html("links.example", f"/{n}", AT) for n in range(3)),
    ]
    found = []
    for name, parts in (("one", [pages]), ("two", [pages[1:3] + pages[4:6], [pages[3], pages[6], pages[0]]])):
        for n, part in enumerate(parts):
            run(tmp_path / name, write_lines(tmp_path / f"{name}-{n}.jsonl", *part), stop_after="verify")
        found.append((named(tmp_path / name), judged(tmp_path / name).rows()))
    assert found[0] == found[1]
    assert {one[3] for one in found[0][0]} == {None, "half of the site names it"}
