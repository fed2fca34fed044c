"""The stage of what people said: their words on pages -> pairs, groups and stories as they said.

It comes after all that the run found, so that what was found never depends on it: a word that is taken back leaves no
trace, and one that is said late gives what it had given before the first run. What it changes is kept beside.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from syndetect import stories, verify
from syndetect.judgements import words_for
from syndetect.schema import ID, JUDGED_PAIR
from syndetect.settings import Settings
from syndetect.store import Store, sql_text
from syndetect.text import split_words

WHOLE = 0.5
"""Texts that a person calls the same are near-duplicates where this share of each stands in the other, as in
verify.decide, and copies of one text where so much of either does, as in stories."""
KEPT_APART = "a person separated pages of the two stories"
"""Why a pair of the same text does not join its pages."""
TEXTS = "SELECT text, text_key FROM wanted LEFT JOIN story_text USING (doc_id) ORDER BY wanted.place"
SAID_PAIR = pl.Schema(
    {
        "left_id": ID, "right_id": ID, "word": pl.String(), "words": pl.String(), "left_language": pl.String(),
        "right_language": pl.String(),
    }
)  # fmt: skip
SAID_PARENT = pl.Schema(
    {
        "doc_id": ID, "parent_id": ID, "parent_site": pl.String(), "words": pl.String(), "said_by": pl.String(),
        "said_at": pl.Datetime("us", "UTC"), "note": pl.String(),
    }
)  # fmt: skip


def hold_words(store: Store, settings: Settings) -> int:
    """Judge pairs and group pages as people said; how many words there are that count.

    What was changed by words before is put back first, so that the stage may be done again by itself.
    """
    store.con.execute(sql_text("take_back_words.sql"))
    store.note_waiting_words(waiting=False)
    said = store.rows(sql_text("said_words.sql"))
    if not said:
        return 0
    store.append("said_parent", _parents(said))
    pairs = _pairs(said)
    in_story = [row["left_id"] for row in pairs.filter(word="same").to_dicts()]
    in_story += [row["right_id"] for row in pairs.filter(word="same").to_dicts()]
    in_story += [row["a_id"] for row in said if row["parent_site"] is not None]
    store.append("said_page", pl.DataFrame({"doc_id": in_story}, schema={"doc_id": ID}).unique().sort("doc_id"))
    if not pairs.is_empty():
        _judge(store, settings, pairs)
    return len(said)


def _pairs(said: list[dict[str, object]]) -> pl.DataFrame:
    """SAID_PAIR: the latest word on each two pages; a parent's is that they are the same."""
    latest: dict[tuple[int, int], tuple[object, ...]] = {}
    for row in said:
        if row["b_id"] is None:
            continue
        ends = [(int(str(row[f"{side}_id"])), row[f"{side}_language"]) for side in ("a", "b")]
        (left, left_language), (right, right_language) = sorted(ends, key=lambda end: end[0])
        word = "different" if row["word"] == "different" else "same"
        latest[left, right] = (left, right, word, _words(row), left_language, right_language)
    return pl.DataFrame(sorted(latest.values(), key=lambda row: row[:2]), schema=SAID_PAIR, orient="row")


def _parents(said: list[dict[str, object]]) -> pl.DataFrame:
    """SAID_PARENT: the latest word on the source of each page."""
    latest = {
        row["a_id"]: (
            row["a_id"],
            row["b_id"],
            row["parent_site"],
            _words(row),
            row["said_by"],
            row["said_at"],
            row["note"],
        )
        for row in said
        if row["word"] in ("parent", "origin")
    }
    return pl.DataFrame(list(latest.values()), schema=SAID_PARENT, orient="row").sort("doc_id")


def _words(row: dict[str, object]) -> str:
    at, note = row["said_at"], row["note"]
    day = f"{at:%Y-%m-%d}" if isinstance(at, dt.datetime) else "a day unknown"
    return words_for(str(row["said_by"]), day, None if note is None else str(note))


def _judge(store: Store, settings: Settings, pairs: pl.DataFrame) -> None:
    """Change pairs, and the groups of the stories that they touch."""
    with store.given(said_pair=pairs):
        members = store.frame(sql_text("said_members.sql"))
        unknown = store.frame("SELECT * FROM said_pair ANTI JOIN judged_pair USING (left_id, right_id) ORDER BY ALL")
    with store.given(member=members):
        links = store.frame(sql_text("said_links.sql"))
        new = _compare(store, settings, unknown)
        same = pairs.filter(word="same").join(_copies(store, pairs, new), on=["left_id", "right_id"], how="left")
        groups = stories.regroup(
            members.select("doc_id", "at"),
            same.with_columns(pl.col("copies").fill_null(value=False)),
            links.filter(~pl.col("across")),
            links.filter("across"),
            pairs.filter(word="different"),
        )
        with store.given(said_pair=pairs, new_pair=new, said_group=groups):
            store.con.execute(sql_text("said_groups.sql"))
            for statement in sql_text("said_pairs.sql").split(";"):
                known = {"whole": WHOLE, "kept_apart": KEPT_APART}
                store.con.execute(statement, {key: value for key, value in known.items() if f"${key}" in statement})


def _copies(store: Store, pairs: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """left_id, right_id, copies: of pairs, whether half of either text stands in the other, word by word."""
    with store.given(said_pair=pairs):
        known = store.frame("SELECT j.* FROM judged_pair j SEMI JOIN said_pair USING (left_id, right_id) ORDER BY ALL")
    covered = pl.max_horizontal("left_containment", "right_containment") >= WHOLE
    return pl.concat([known, new]).select("left_id", "right_id", copies=covered.fill_null(value=False))


def _compare(store: Store, settings: Settings, pairs: pl.DataFrame) -> pl.DataFrame:
    """JUDGED_PAIR of pairs that no run compared: by their texts, of pages of two languages nothing."""
    across = (pl.col("left_language") != pl.col("right_language")).fill_null(value=False)
    within = pairs.filter(~across)
    bare = pairs.filter(across).select("left_id", "right_id").match_to_schema(JUDGED_PAIR, missing_columns="insert")
    if within.is_empty():
        return bare
    ids = pl.concat([within["left_id"], within["right_id"]]).unique().sort()
    texts = next(store.batches(TEXTS, ids, rows=len(ids)))
    words = split_words(texts["text"].fill_null(""), threads=settings.n_threads)
    left, right = (ids.search_sorted(within[side]).to_numpy().astype("int64") for side in ("left_id", "right_id"))
    overlap = verify.compare(verify.texts_of(words), left, right, shingle_words=settings.shingle_words)
    judged = verify.judge(
        (within["left_id"].to_numpy(), within["right_id"].to_numpy()), overlap,
        least_jaccard=settings.least_jaccard, least_passage=settings.least_passage,
    )  # fmt: skip
    equal = texts["text_key"].gather(left) == texts["text_key"].gather(right)
    exact = pl.when(pl.Series(equal).fill_null(value=False)).then(pl.lit("exact")).otherwise("relation")
    return pl.concat([verify.pack_evidence(judged.with_columns(relation=exact)), bare])
