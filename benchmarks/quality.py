"""Stories and provenance of a crawl with a known truth: what is found, what is wrong, how honest the confidence is.

    python benchmarks/quality.py sample_corpus/crawl.warc.gz sample_corpus/truth.jsonl

The truth has a line a crawled page, as sample_corpus/truth.jsonl. Figures: precision, recall and F1 of pairs of pages
that tell one story, in one language and across two; the share of pages whose direct source was crawled and is named
(parent); of chains that end in their origin; of sources that were not crawled but stand on the page (unseen source);
of right parents whose relation is right; and the expected calibration error of the confidences over ten bins.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import syndetect

Truth = dict[str, dict[str, object]]
Edges = dict[str, dict[str, object]]


def pair_figures(truth: Truth, member: dict[str, str], *, across: bool) -> dict[str, float]:
    """Precision, recall and F1 of pairs in one story, within a language or across two."""

    def pairs(story_of: dict[str, str]) -> set[tuple[str, str]]:
        stories = defaultdict(list)
        for url in sorted(story_of):
            stories[story_of[url]].append(url)
        together = itertools.chain.from_iterable(itertools.combinations(urls, 2) for urls in stories.values())
        return {(a, b) for a, b in together if (truth[a]["language"] != truth[b]["language"]) == across}

    true = pairs({url: str(page["story"]) for url, page in truth.items()})
    found = pairs({url: story for url, story in member.items() if url in truth})
    right = len(true & found)
    precision, recall = right / max(len(found), 1), right / max(len(true), 1)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-9)}


def named_site(page: dict[str, object], dump: str) -> object:
    """The source that the page gives away in this kind of dump: rows have no marks of a page's head."""
    return page["names_parent_in"][dump]  # type: ignore[index]


def is_right(page: dict[str, object], edge: dict[str, object], dump: str) -> bool:
    """Whether a row of provenance is right, as docs/contract.md says."""
    unseen = not page["parent_crawled"]
    if edge["parent_url"] is not None:
        nearest = unseen and not named_site(page, dump) and edge["parent_url"] == page["nearest_crawled_ancestor"]
        return edge["parent_url"] == page["parent_url"] or bool(nearest)
    if edge["parent_site"] is not None:
        return unseen and edge["parent_site"] == page["parent_site"]
    given_away = page["parent_crawled"] or named_site(page, dump) or page["nearest_crawled_ancestor"]
    return page["parent_url"] is None or not given_away


def share(marks: Iterable[bool]) -> float:
    """The share of true ones."""
    values = list(marks)
    return sum(values) / max(len(values), 1)


def chain_end(edges: Edges, url: str) -> str:
    """The last page that the parents lead to."""
    while (edge := edges.get(url)) and edge["parent_url"]:
        url = str(edge["parent_url"])
    return url


def all_crawled(truth: Truth, url: str) -> bool:
    """Whether every source of a page, back to the origin, was crawled."""
    while truth[url]["parent_url"] is not None:
        if not truth[url]["parent_crawled"]:
            return False
        url = str(truth[url]["parent_url"])
    return True


def calibration_error(rows: list[tuple[float, bool]]) -> float:
    """Mean distance of confidence and share right over ten bins, weighted by rows."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in rows:
        bins[min(9, int(confidence * 10))].append((confidence, right))
    return sum(abs(sum(c for c, _ in part) - sum(r for _, r in part)) for part in bins.values()) / max(len(rows), 1)


def measure(store: Path, truth: Truth, dump: str) -> dict[str, float]:
    """All figures of a store."""
    with syndetect.open(store) as archive:
        member = dict(archive.query("SELECT url, story_id FROM story_members").iter_rows())
        edges: Edges = {str(row["url"]): row for row in archive.provenance().to_dicts()}
    none: dict[str, object] = {"parent_url": None, "parent_site": None, "relation": None}
    known = [(url, page, edges.get(url, none)) for url, page in truth.items()]
    crawled = [(page, edge) for _, page, edge in known if page["parent_crawled"]]
    given = [(p, e) for _, p, e in known if p["parent_url"] and not p["parent_crawled"] and named_site(p, dump)]
    right = [(page, edge) for page, edge in crawled if edge["parent_url"] == page["parent_url"]]
    whole = [url for url, page, _ in known if page["parent_url"] and all_crawled(truth, url)]
    rated = [(float(str(edge["confidence"])), is_right(truth[url], edge, dump)) for url, edge in edges.items()]
    return {
        **{f"same_language_{k}": v for k, v in pair_figures(truth, member, across=False).items()},
        **{f"across_languages_{k}": v for k, v in pair_figures(truth, member, across=True).items()},
        "parent": len(right) / max(len(crawled), 1),
        "origin": share(chain_end(edges, url) == truth[url]["origin_url"] for url in whole),
        "unseen_source": share(e["parent_url"] is None and e["parent_site"] == p["parent_site"] for p, e in given),
        "relation": share((e["relation"] == "translates") == (p["relation"] == "translation") for p, e in right),
        "calibration_error": calibration_error(rated),
    }


def main() -> None:
    """Run over the crawl, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("crawl", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    truth = {page["url"]: page for page in map(json.loads, arguments.truth.open(encoding="utf-8"))}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "store.duckdb")
        report = syndetect.run([str(arguments.crawl)], store=store)
        figures = measure(store, truth, "warc" if ".warc" in arguments.crawl.name else "jsonl")
    figures["seconds"] = sum(stage.wall_s for stage in report.stages)
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<28} {value:.3f}")


if __name__ == "__main__":
    main()
