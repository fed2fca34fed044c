"""What many tests start from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_corpus"


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
