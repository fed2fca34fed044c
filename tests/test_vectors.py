"""Vectors in a run: what a good model gains, that a bad one loses nothing, and that each text is encoded once."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
import pytest
from conftest import views, write_lines
from small_models import part, stories

import syndetect
from syndetect import embeddings
from syndetect.cli import run_cli
from syndetect.errors import SettingsError
from syndetect.schema import F32
from syndetect.settings import Settings, load_settings

SENTENCES = 3
SHORT = Settings(least_words=5)
"""Pages of three sentences are texts here."""


def _pages(folder: Path) -> tuple[Path, dict[str, str]]:
    """Each story of the sample corpus cut to many of a few sentences, in all its languages; url -> which it tells."""
    records: list[dict[str, str]] = []
    told = {}
    for name, texts in list(stories())[::2]:
        n = min(map(len, texts.values())) // SENTENCES
        for number in range(n):
            for language, text in texts.items():
                url = f"https://{language}{len(records)}.example/{number}"
                records.append({"url": url, "text": part(text, number, n)})
                told[url] = f"{name} {number}"
    return write_lines(folder / "pages.jsonl", *records), told


def _run(crawl: Path, store: Path, model: object = None, settings: Settings = SHORT) -> dict[str, object]:
    report = syndetect.run([str(crawl)], store=store, settings=settings, embeddings=model)  # type: ignore[arg-type]
    assert report.exit_status == 0
    found = views(store, inputs=False)
    return {name: frame for name, frame in found.items() if name in ("pairs", "stories", "story_members", "provenance")}


class _Encoder:
    """An encoder of one's own, which remembers what it was asked."""

    def __init__(self, vectors: Callable[[list[str]], F32]) -> None:
        self._vectors = vectors
        self.asked: list[str] = []

    def encode(self, texts: list[str], /) -> F32:
        self.asked += texts
        return self._vectors(texts)


def _by_letters(texts: list[str]) -> F32:
    """Tells scripts apart, so languages, and nothing else."""
    counts = [np.bincount([ord(letter) // 64 % 64 for letter in text], minlength=64) for text in texts]
    return np.array(counts, np.float32)


def _noise(texts: list[str]) -> F32:
    """A direction of its own for each text."""
    seeds = [embeddings.excerpt_key(text) for text in texts]
    return np.array([np.random.default_rng(seed).normal(size=64) for seed in seeds], np.float32)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], dict[str, object]]:
    folder = tmp_path_factory.mktemp("pool")
    crawl, told = _pages(folder)
    return crawl, told, _run(crawl, folder / "none.duckdb")


Pool = tuple[Path, dict[str, str], dict[str, object]]


def _together(store: Path, told: dict[str, str]) -> tuple[int, int]:
    """Pairs of pages in one story: right ones, wrong ones."""
    with syndetect.open(store) as archive:
        story = dict(archive.query("SELECT url, story_id FROM story_members").rows())
    right = wrong = 0
    for a, b in combinations(story, 2):
        if story[a] == story[b]:
            right, wrong = right + (told[a] == told[b]), wrong + (told[a] != told[b])
    return right, wrong


@pytest.mark.parametrize(
    "vectors", [_noise, _by_letters, lambda texts: np.ones((len(texts), 8))], ids=["noise", "by letters", "constant"],
)  # fmt: skip
def test_a_bad_model_changes_no_story(pool: Pool, tmp_path: Path, vectors: Callable[[list[str]], F32]) -> None:
    crawl, _, without = pool
    found = _run(crawl, tmp_path / "s.duckdb", _Encoder(vectors))
    for name in ("stories", "story_members", "provenance"):
        assert found[name].equals(without[name]), name  # type: ignore[attr-defined]
    assert found["pairs"].drop("evidence").equals(without["pairs"].drop("evidence"))  # type: ignore[attr-defined]


def test_a_model_that_knows_the_words_finds_more_and_nothing_wrong(
    pool: Pool, small_model: Path, tmp_path: Path
) -> None:
    crawl, told, _ = pool
    _run(crawl, tmp_path / "s.duckdb", str(small_model))
    right, wrong = _together(tmp_path / "s.duckdb", told)
    before, wrong_before = _together(crawl.with_name("none.duckdb"), told)
    assert right > before
    assert wrong <= wrong_before == 0
    with duckdb.connect(str(tmp_path / "s.duckdb"), read_only=True) as con:
        kept = con.sql(
            "SELECT count(*), min(octet_length(vector)), max(octet_length(vector)) FROM embedding"
        ).fetchall()
        said = json.loads(con.sql("SELECT value FROM meta WHERE key = 'embeddings'").fetchall()[0][0])
    assert kept == [(len(told), 2 * 64, 2 * 64)]
    assert said["model"] == str(small_model)
    assert said["dimension"] == 64


@pytest.fixture
def few(tmp_path: Path) -> tuple[Path, Path]:
    """A crawl in two halves of a few pages each."""
    crawl, _ = _pages(tmp_path)
    lines = crawl.read_bytes().splitlines()[:24]
    return tuple(write_lines(tmp_path / f"{i}.jsonl", *lines[i::2]) for i in range(2))  # type: ignore[return-value]


N_PROBES = 4


def test_each_text_is_encoded_once(few: tuple[Path, Path], tmp_path: Path) -> None:
    store = tmp_path / "s.duckdb"
    encoder = _Encoder(_noise)
    _run(few[0], store, encoder)
    assert len(encoder.asked) == N_PROBES + 12
    _run(few[1], store, encoder)
    assert len(encoder.asked) == 2 * N_PROBES + 24
    at_once = tmp_path / "once.duckdb"
    syndetect.run([str(half) for half in few], store=at_once, settings=SHORT, embeddings=_Encoder(_noise))
    for name, frame in views(at_once, inputs=False).items():
        assert frame.equals(views(store, inputs=False)[name]), name
    # Other settings make all else anew.
    _run(few[1], store, encoder, Settings(least_words=5, window_days=7))
    assert len(encoder.asked) == 3 * N_PROBES + 24


def test_another_model_makes_all_vectors_anew_also_under_the_same_name(few: tuple[Path, Path], tmp_path: Path) -> None:
    store = tmp_path / "s.duckdb"
    _run(few[0], store, _Encoder(_noise))
    other = _Encoder(_by_letters)
    _run(few[0], store, other)
    assert len(other.asked) == N_PROBES + 12
    wide = _Encoder(lambda texts: _noise(texts)[:, :32])
    _run(few[0], store, wide)
    assert len(wide.asked) == N_PROBES + 12
    with duckdb.connect(str(store), read_only=True) as con:
        assert con.sql("SELECT DISTINCT octet_length(vector) FROM embedding").fetchall() == [(64,)]
    # Without a model the answer is that of a store which never had one.
    with_none, plain = _run(few[0], store), _run(few[0], tmp_path / "plain.duckdb")
    for name, frame in plain.items():
        assert frame.equals(with_none[name]), name  # type: ignore[attr-defined]


def test_a_model_that_fails_leaves_the_store_as_it_was(few: tuple[Path, Path], tmp_path: Path) -> None:
    store = tmp_path / "s.duckdb"
    _run(few[0], store)
    before = views(store)

    def vectors(texts: list[str]) -> F32:
        return np.full((len(texts), 8), np.nan if len(texts) > N_PROBES else 1.0)

    with pytest.raises(SettingsError, match="for 24 of 24 texts"):
        _run(few[1], store, _Encoder(vectors))
    for name, frame in views(store).items():
        assert frame.equals(before[name]), name


def test_the_model_is_a_setting_a_flag_and_an_argument(
    few: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "s.toml"
    config.write_text('embeddings = "none/such"\n')
    arguments = ["run", str(few[0]), "--store", str(tmp_path / "s.duckdb")]
    assert run_cli([*arguments, "--config", str(config)]) == 2
    assert "embeddings none/such is not on this machine" in capsys.readouterr().err
    assert run_cli([*arguments, "--config", str(config), "--embeddings", "./none"]) == 2
    assert "embeddings ./none is no folder" in capsys.readouterr().err
    assert run_cli([*arguments, "--config", str(config), "--embeddings", ""]) == 0
    config.write_text("embeddings = 3\n")
    with pytest.raises(
        SettingsError, match=r'embeddings = 3 .* is no text; write embeddings = "\.\.\." \[setting-type'
    ):
        load_settings(config=config, environment={})
