"""Stories, filtered and ordered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from syndetect.store import Store, sql_text

ORDERS = {"largest": "n_documents DESC, story_id", "newest": "first_published_at DESC NULLS LAST, story_id"}


@dataclass(frozen=True)
class StoryFilter:
    """What a story has to be to be listed; None and the defaults let all pass."""

    words: str | None = None
    language: str | None = None
    site: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    min_sites: int = 1
    crosses_languages: bool = False
    unseen_source: str | None = None


def list_stories(store: Store, wanted: StoryFilter, *, order: str = "largest") -> list[dict[str, object]]:
    """The stories that pass, with the title and address of the page that shows each best.

    Args:
        store: Open for reading.
        wanted: The filter. All words must stand in the title or text of one page of the story.
        order: `largest` or `newest` first.
    """
    parameters = {**wanted.__dict__, "words": " ".join(wanted.words.lower().split()) if wanted.words else None}
    for name in ("since", "until"):
        moment = getattr(wanted, name)
        parameters[name] = moment.replace(tzinfo=moment.tzinfo or dt.UTC) if moment else None
    return store.rows(sql_text("list_stories.sql") + f"ORDER BY {ORDERS[order]}", **parameters)
