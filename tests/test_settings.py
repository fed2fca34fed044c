"""Settings: what wins, what is refused, and in which words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from syndetect.errors import SettingsError
from syndetect.settings import Settings, describe, load_settings


def test_flags_win_over_environment_over_file_over_default(tmp_path: Path) -> None:
    config = tmp_path / "s.toml"
    config.write_text("max_bucket = 7\nwindow_days = 8\nthreads = 3\n")
    environment = {"SYNDETECT_WINDOW_DAYS": "9", "SYNDETECT_THREADS": "2", "HOME": "/"}
    settings, origin = load_settings(config=config, environment=environment, flags=["threads=1"])
    assert (settings.max_bucket, settings.window_days, settings.threads, settings.least_words) == (7, 9, 1, 20)
    assert origin["max_bucket"] == str(config)
    assert (origin["window_days"], origin["threads"], origin["bands"]) == ("SYNDETECT_WINDOW_DAYS", "--set", "default")


def test_a_syndetect_toml_of_the_working_folder_is_read() -> None:
    Path("syndetect.toml").write_text("bands = 16\n")
    assert load_settings(environment={})[0].bands == 16


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["colour=1"], r"unknown setting colour \(--set\); known are bands, .* \[unknown-setting\]"),
        (["bands=many"], r"bands = many \(--set\) is no whole number; write bands = 0, say \[setting-type\]"),
        (["bands=2.5"], r"is no whole number"),
        (["bands"], r"--set bands has no value; write --set name=value \[setting-type\]"),
        (["least_jaccard=2"], r"least_jaccard = 2.0 is out of range; choose 0.1 to 1.0 share \[setting-range\]"),
        (
            ["bands=30"],
            r"bands = 30 does not divide permutations = 128; choose one of \[1, 2, 4, .*\] \[bands-divide\]",
        ),
    ],
)
def test_a_wrong_setting_is_refused_with_what_would_do(flags: list[str], message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(environment={}, flags=flags)
    assert caught.value.exit_status == 2


def test_a_config_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"can't be read"):
        load_settings(config=tmp_path / "none.toml", environment={})
    (tmp_path / "bad.toml").write_text("bands = = 3")
    with pytest.raises(SettingsError, match=r"is no TOML"):
        load_settings(config=tmp_path / "bad.toml", environment={})


def test_every_setting_is_described_with_unit_range_and_reason() -> None:
    rows = describe(*load_settings(environment={}))
    assert {row["name"] for row in rows} == set(Settings.__dataclass_fields__)
    assert all(row["unit"] and row["why"] for row in rows)


def test_bands_say_what_they_promise_at_the_threshold() -> None:
    for flags, words in (
        ([], "; 32 bands of 4 rows: 99.98% of pairs at Jaccard 0.7 become candidates"),
        (["least_jaccard=0.9"], "; 16 bands of 8 rows: 99.98% of pairs at Jaccard 0.9 become candidates"),
        (["bands=16"], "; 16 bands of 8 rows: 61.32% of pairs at Jaccard 0.7 become candidates"),
    ):
        why = {row["name"]: str(row["why"]) for row in describe(*load_settings(environment={}, flags=flags))}
        assert why["bands"].endswith(words)


def test_chosen_bands_are_those_of_the_same_number_given() -> None:
    chosen, given = Settings(least_jaccard=0.9), Settings(least_jaccard=0.9, bands=16)
    assert (
        chosen.shaping()
        == given.shaping()
        == {"permutations": 128, "bands": 16, "shingle_words": 5, "fingerprint_one_in": 8}
    )
    assert chosen.deciding() == given.deciding()
    assert (chosen.shaped_by(), given.shaped_by()) == ({"bands": "chosen for least_jaccard = 0.9"}, {})


def test_without_a_list_of_its_cores_a_process_takes_all_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert (Settings().n_threads, Settings(threads=2).n_threads) == (7, 2)
