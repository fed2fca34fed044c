"""What the README shows is what a user gets."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from syndetect.cli import cli, run_cli

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MEASURED = re.compile(r"\d+(?:\.\d+)? s, \d+ MiB")


def session() -> list[tuple[list[str], str]]:
    """The commands of the README's sessions in order, each with what stands below it."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 2
    parts = re.split(r"^\$ ", "".join(blocks), flags=re.MULTILINE)[1:]
    return [(shlex.split(part.split("\n", 1)[0]), part.split("\n", 1)[1].rstrip("\n")) for part in parts]


def test_the_session_prints_what_the_readme_shows(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sample_corpus").symlink_to(ROOT / "sample_corpus")
    commands = session()
    assert len(commands) >= 4
    for command, shown in commands:
        assert command[0] == "syndetect"
        assert run_cli(command[1:]) == 0
        lines = "".join(capfd.readouterr()).rstrip("\n").split("\n")
        printed = "\n".join(line for line in lines if not line.startswith("first run here"))
        assert MEASURED.sub("TIME", printed) == MEASURED.sub("TIME", shown)


def test_the_readme_and_the_contract_name_every_command() -> None:
    contract = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    for name in cli.commands:
        assert f"syndetect {name}" in README
        assert f"syndetect {name}" in contract


def test_the_demo_shows_the_page_of_the_session() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    pages = {word for command, _ in session() for word in command if word.startswith("https://")}
    assert any(page in makefile for page in pages)


def test_the_readme_names_the_two_commands_that_ci_runs() -> None:
    assert "make demo" in README
    assert "make test" in README
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
