"""What many tests start from."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings
from polars.testing import assert_frame_equal

import syndetect
from syndetect.pipeline import RunReport

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_corpus"


WORDS = """
the harbour council voted on tuesday to close its old bridge for nine weeks while engineers replace corroded beams and
repaint railings before spring tides return through estuary towns where fishermen merchants children teachers wait under
grey morning skies asking whether ferries could carry heavy lorries across deep water after storms
"""


def page(number: int, **fields: object) -> dict[str, object]:
    """A record of a crawl: page `number` with a text of its own; `fields` replace or add."""
    chosen = random.Random(number)
    text = " ".join(chosen.choice(WORDS.split()) for _ in range(120))
    known = {"url": f"https://site{number}.example/a", "title": f"Title {number}", "text": text}
    return {**known, "date_download": f"2026-03-01 10:{number % 60:02}:00", **fields}


def write_lines(path: Path, *records: object) -> Path:
    """Write records as JSON lines; bytes are written as they are."""
    lines = (record if isinstance(record, bytes) else json.dumps(record).encode() for record in records)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


VIEWS = {
    "documents": "url", "pairs": "left_url, right_url", "stories": "story_id", "story_members": "url",
    "provenance": "url", "chains": "url, depth", "claims": "ALL", "addresses": "url",
    "site_flows": "from_site, to_site", "judgements": "said_id", "versions": "ALL", "rejected": "ALL", "inputs": "path",
}  # fmt: skip

MOMENTS = ("read_at", "said_at", "withdrawn_at")


def views(store: Path, *, inputs: bool = True) -> dict[str, pl.DataFrame]:
    """All rows of all views, without the moments of reading and saying."""
    with syndetect.open(store) as archive:
        return {
            view: archive.query(f"SELECT * FROM {view} ORDER BY {by}").drop(
                "read_at", "said_at", "withdrawn_at", strict=False
            )
            for view, by in VIEWS.items()
            if inputs or view not in ("inputs", "rejected")
        }


def assert_same(left: Path, right: Path, *, inputs: bool = True) -> None:
    mine, theirs = views(left, inputs=inputs), views(right, inputs=inputs)
    for name, frame in mine.items():
        assert_frame_equal(frame, theirs[name], check_exact=False, rel_tol=0, abs_tol=1e-9)


def run(store: Path, *inputs: Path, **options: object) -> RunReport:
    return syndetect.run([str(path) for path in inputs], store=store, **options)  # type: ignore[arg-type]


# The first example of a test may compile a kernel; no test here asserts a time.
settings.register_profile("syndetect", deadline=None)
settings.load_profile("syndetect")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests read neither the user's environment nor a syndetect.toml that lies about."""
    for name in list(os.environ):
        if name.startswith("SYNDETECT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The store of a dump of the sample corpus, `crawl.warc.gz` say; each is made once and must not be written to."""
    folder = tmp_path_factory.mktemp("stores")

    def made(dump: str) -> Path:
        path = folder / f"{dump}.duckdb"
        if not path.exists():
            syndetect.run([str(SAMPLE / dump)], store=path)
        return path

    return made


@pytest.fixture(scope="session")
def warc_store(sample_store: Callable[[str], Path]) -> Path:
    """The store of the sample corpus's WARC."""
    return sample_store("crawl.warc.gz")


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small model of texts, as model2vec saves it."""
    from small_models import save_small_model  # noqa: PLC0415 - few tests need what it imports

    return save_small_model(tmp_path_factory.mktemp("model"))
