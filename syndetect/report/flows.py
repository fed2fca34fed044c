"""Who republishes whom: the view `site_flows`, as a list, and of one site whom it takes from and who takes from it."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from syndetect.errors import NotInStoreError, SettingsError
from syndetect.store import Store

ORDERS = {
    "stories": "n_expected DESC, n_stories DESC, from_site, to_site",
    "uncredited": "n_sure_uncredited DESC, n_uncredited DESC, from_site, to_site",
    # A lag below 0 says that the order is not settled.
    "fastest": "coalesce(median_lag_minutes < 0, true), median_lag_minutes, n_expected DESC, from_site, to_site",
    "languages": "len(languages) DESC, n_translated DESC, n_expected DESC, from_site, to_site",
}
"""Orders of flows; all end in the two sites, so that no two rows are equal."""
SITE = """
SELECT (SELECT count(*) FROM document WHERE site = $site) AS n_pages,
       (SELECT count(DISTINCT s.story_id) FROM document d JOIN story_document s USING (doc_id) WHERE d.site = $site)
           AS n_stories,
       (SELECT count(*) FROM provenance_edge e JOIN document d USING (doc_id)
        WHERE d.site = $site AND e.parent_id IS NULL AND e.parent_site IS NULL) AS n_origins
"""
KNOWN = "SELECT site FROM document WHERE site IS NOT NULL UNION SELECT parent_site FROM provenance_edge ORDER BY 1"


@dataclass(frozen=True)
class SiteFlows:
    """Flows of one site: rows of `site_flows` where it takes, and where it is taken from.

    `n_origins` counts its pages with which a chain ends, `in_store` is False where no page of it was crawled.
    """

    site: str
    n_pages: int
    n_stories: int
    n_origins: int
    takes_from: list[dict[str, object]]
    taken_by: list[dict[str, object]]

    @property
    def in_store(self) -> bool:
        """Whether any page of the site was crawled."""
        return self.n_pages > 0

    def to_dict(self) -> dict[str, object]:
        """The flows for JSON."""
        return {
            "site": self.site, "in_store": self.in_store, "n_pages": self.n_pages, "n_stories": self.n_stories,
            "n_origins": self.n_origins, "takes_from": self.takes_from, "taken_by": self.taken_by,
        }  # fmt: skip

    def rows(self) -> list[dict[str, object]]:
        """Both lists as one, for a table."""
        taking = [{"flow": "takes from", "site": row["from_site"], **row} for row in self.takes_from]
        return taking + [{"flow": "is taken by", "site": row["to_site"], **row} for row in self.taken_by]

    def words(self) -> list[str]:
        """The sums in lines for people."""
        if self.in_store:
            lines = [
                f"{self.site}: {self.n_pages} pages in the store, in {self.n_stories} stories; with {self.n_origins} of"
                " them a chain ends, as the earliest seen"
            ]
        else:
            lines = [f"{self.site}: no page of it was crawled; pages name it as their source"]
        for what, rows in (("takes from", self.takes_from), ("is taken by", self.taken_by)):
            others = [row for row in rows if row["from_site"] != row["to_site"]]
            if not others:
                lines.append(f"{what} no other site, as far as is seen")
                continue
            n, sure, credited, lone = (
                round(_sum(others, f"n_{name}")) for name in ("stories", "sure", "credited", "sure_uncredited")
            )
            expected = _sum(others, "n_expected")
            lines.append(
                f"{what} other sites: {n}, a story and a site each; by their confidences {expected:.1f} are right,"
                f" {sure} are sure; {credited} are credited; {lone} are sure and without credit"
            )
        return lines


def _sum(rows: list[dict[str, object]], name: str) -> float:
    return sum(float(str(row[name])) for row in rows)


def _ordered(order: str) -> str:
    if order not in ORDERS:
        raise SettingsError(f"order = {order} is none of {', '.join(ORDERS)}; choose one of these", slug="flow-order")
    return ORDERS[order]


def list_flows(store: Store, *, order: str = "stories") -> list[dict[str, object]]:
    """All flows, a row a pair of sites.

    Args:
        store: Open for reading.
        order: A name of ORDERS.

    Raises:
        SettingsError: `flow-order`.
    """
    return store.rows(f"SELECT * FROM site_flows ORDER BY {_ordered(order)}")


def flows_of(store: Store, site: str, *, order: str = "stories") -> SiteFlows:
    """Whom a site takes from, and who takes from it.

    Args:
        store: Open for reading.
        site: A host, with or without `www.`, or the address of a page on it.
        order: A name of ORDERS.

    Raises:
        NotInStoreError: `site-not-in-store`. SettingsError: `flow-order`.
    """
    host = site.strip().lower().split("://")[-1].split("/")[0].removeprefix("www.")
    ordered = _ordered(order)
    takes, taken = (
        store.rows(f"SELECT * FROM site_flows WHERE {side} = $site ORDER BY {ordered}", site=host)
        for side in ("to_site", "from_site")
    )
    (counts,) = store.rows(SITE, site=host)
    found = SiteFlows(site=host, takes_from=takes, taken_by=taken, **counts)  # type: ignore[arg-type]
    if not (found.in_store or takes or taken):
        known = [str(row["site"]) for row in store.rows(KNOWN) if row["site"]]
        like = process.extractOne(host, known, scorer=fuzz.ratio, score_cutoff=60)
        hint = f"did you mean {like[0]}" if like else "syndetect sites --limit 0 lists what is"
        raise NotInStoreError(f"site {host} is not in the store; {hint}", slug="site-not-in-store")
    return found
