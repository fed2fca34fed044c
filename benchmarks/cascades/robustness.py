"""The robustness table: every condition -> crawls, stores, figures beside those of simple rules."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cross_lingual_sources import Documents

import syndetect
from cascades.baselines import RULES, found_by, read_told
from cascades.conditions import CONDITIONS, Condition
from cascades.crawls import make_crawl
from cascades.files import write_crawl
from cascades.phrasing import languages
from cascades.score import Figures, Judged, pooled, read_found, read_truth, score, written
from cascades.texts import Library
from cascades.trees import World

SHOWN = (
    "parent", "parent_named", "parent_unnamed", "ancestors_f1", "origin", "external", "relation", "brier", "ece", "sure"
)  # fmt: skip
AGAINST = ("parent", "ancestors_f1", "origin")
"""What the tool must be better in than the simple rule, under every condition."""
CRAWL = {"warc": "crawl.warc.gz", "jsonl": "crawl.jsonl.gz"}


@dataclass(frozen=True)
class Size:
    """How much is made for a condition."""

    seed: int = 1
    worlds: int = 1
    pages: int = 500
    """Pages of stories in a world, before some are left uncrawled."""


def make_worlds(documents: Documents, condition: Condition, size: Size, folder: Path) -> list[Path]:
    """Write the crawls of a condition; a folder a world."""
    library = Library(documents, languages())
    folders = []
    for number in range(size.worlds):
        world = World(library, condition.noise, f"{size.seed}/{number}", size.pages)
        folders.append(folder / f"world-{number}")
        write_crawl(make_crawl(world), folders[-1])
    return folders


def judge_worlds(folders: Sequence[Path], dump: str) -> dict[str, Figures]:
    """Run the tool on crawls, score it and the rules: name -> figures."""
    judged: dict[str, list[Judged]] = {name: [] for name in ("syndetect", *RULES)}
    for folder in folders:
        store = folder / f"{dump}.duckdb"
        store.unlink(missing_ok=True)
        syndetect.run([str(folder / CRAWL[dump])], store=store)
        truth = read_truth(folder / "truth.jsonl", dump=dump)
        judged["syndetect"].append(Judged(truth, read_found(store)))
        stories = read_told(folder / "truth.jsonl", folder / CRAWL["jsonl"])
        for name, rule in RULES.items():
            judged[name].append(Judged(truth, found_by(rule, stories)))
    return {name: score(pooled(worlds)) for name, worlds in judged.items()}


def slug(name: str) -> str:
    """A condition's name as a folder."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def measure(
    documents: Documents, size: Size, folder: Path, names: Sequence[str] = tuple(CONDITIONS)
) -> dict[str, dict[str, Figures]]:
    """Condition -> tool or rule -> figures; crawls and stores stay in the folder."""
    found = {}
    for name in names:
        began = time.perf_counter()
        condition = CONDITIONS[name]
        folders = make_worlds(documents, condition, size, folder / slug(name))
        found[name] = judge_worlds(folders, condition.dump)
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return found


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def below(figures: Mapping[str, Figures]) -> list[str]:
    """In what the tool is no better than the simple rule."""
    ours, rule = figures["syndetect"], figures["simple rule"]
    return [name for name in AGAINST if rule[name] is not None and (ours[name] or 0.0) <= (rule[name] or 0.0)]


def as_markdown(found: Mapping[str, Mapping[str, Figures]]) -> str:
    """Three tables: the tool by condition, the simple rule beside it, all rules' parents."""
    ours = [
        [name, f"{figures['syndetect']['pages']:.0f}", *written(figures["syndetect"], ("pairs_f1", *SHOWN))]
        for name, figures in found.items()
    ]
    beside = []
    for name, figures in found.items():
        cells = []
        for key in AGAINST:
            cells += written(figures["syndetect"], [key]) + written(figures["simple rule"], [key])
        beside.append([name, *cells, ", ".join(below(figures)) or "–"])
    parents = [[name, *(written(row, ["parent"])[0] for row in figures.values())] for name, figures in found.items()]
    head = [part for key in AGAINST for part in (key, "rule")]
    return "\n\n".join(
        [
            _table(["condition", "pages", "pairs_f1", *SHOWN], ours),
            _table(["condition", *head, "not above the rule"], beside),
            _table(["parent", *next(iter(found.values()))], parents),
        ]
    )


def save(found: Mapping[str, Mapping[str, Figures]], path: Path) -> None:
    """Every figure as JSON."""
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
