"""A store that tells enough stories in two languages is looked at once more, with the words that they teach."""

from __future__ import annotations

import random
from pathlib import Path

from conftest import views, write_lines
from made_up_languages import N_WORDS, tell

HARD, N_HARD = 1_000, 20
"""The first of the stories that few marks tell, and how many there are."""
COMMONNESS = [1 / (n + 10) for n in range(N_WORDS)]


def pages_of(number: int, n_numbers: int, greatest: int) -> list[dict[str, object]]:
    """A story of twelve sentences in two languages: the first so many of these have a number each."""
    rng = random.Random(number)
    told = [rng.choices(range(N_WORDS), COMMONNESS, k=9) for _ in range(12)]
    numbers = [rng.randrange(2, greatest) for _ in range(n_numbers)]
    pages: list[dict[str, object]] = []
    for language, site in (("el", "west"), ("hy", "east")):
        sentences = tell(told, language, rng).split(". ")
        for i, value in enumerate(numbers):
            sentences[i] += f" {value}"
        record = {"url": f"https://{site}{number}.example/{number}", "title": f"{number}"}
        pages.append({**record, "text": ". ".join(sentences), "date_download": f"2026-03-01 10:{number % 60:02}:00"})
    return pages


def crawl(path: Path, n_clear: int, n_hard: int = N_HARD, *, seed: int = 0) -> Path:
    """Stories that rare numbers tell, and stories with a few common ones."""
    records = [page for i in range(n_clear) for page in pages_of(i, 12, 100_000)]
    records += [page for i in range(HARD, HARD + n_hard) for page in pages_of(i, 5, 30)]
    random.Random(seed).shuffle(records)
    return write_lines(path, *records)


def found(store: Path) -> tuple[list[int], int]:
    """The stories that were found, by number, and how many groups hold pages of several."""
    groups: dict[str, list[int]] = {}
    for url, story in views(store)["story_members"].select("url", "story_id").iter_rows():
        groups.setdefault(story, []).append(int(url.rsplit("/", 1)[1]))
    several = [group for group in groups.values() if len(group) > 1]
    return sorted(group[0] for group in several if group == [group[0]] * 2), sum(len(set(g)) > 1 for g in several)
