"""One row of schema.PAGE → the fields of one document."""

from __future__ import annotations

import re

from syndetect.extract.kinds import kind_of
from syndetect.extract.page import PageFields, read_page, without_title

_URL_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([/\-_.]?)(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?!\d)")

Row = tuple[bytes | None, str, str | None, str | None, str | None]
"""html, url, charset, text, title."""
Pairs = list[tuple[str, str]]
Parsed = tuple[
    str | None, str, str, str | None, str | None, list[str], list[str], list[str], str | None, Pairs, Pairs
]  # fmt: skip
"""title, page_text, kind, site_name, canonical, based_on, links, images, stated language, alternates, stated_times."""


def url_date(url: str) -> str | None:
    """The date that stands in the path of an address, as year/month/day."""
    path = url.split("//", 1)[-1].partition("/")[2]
    found = _URL_DATE.search(path)
    if found is None or (not found[2] and len(found[0]) != 8):
        return None
    return f"{found[1]}/{int(found[3]):02}/{int(found[4]):02}"


def read_row(row: Row) -> Parsed:
    """Read one row: its HTML, or the text that the input gives."""
    html, url, charset, text, title = row
    fields = read_page(html, url, charset) if html is not None else PageFields()
    if text is not None and not fields.page_text:
        lines = [line for line in (" ".join(raw.split()) for raw in text.splitlines()) if line]
        fields.title = fields.title or title
        fields.page_text = "\n".join(without_title(lines, fields.title))
        fields.kind = kind_of(fields.page_text, title=fields.title)
    if day := url_date(url):
        fields.times.append(("url", day))
    return (
        fields.title or title, fields.page_text, fields.kind, fields.site_name, fields.canonical,
        fields.based_on, fields.links, fields.images, fields.language, fields.alternates, fields.times,
    )  # fmt: skip
