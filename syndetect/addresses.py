"""Addresses of pages: which of them name the same page, and the host they stand for."""

from __future__ import annotations

import polars as pl

TRACKING = (
    r"(?i)(?:utm_[a-z]+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|_ga|ref_src|cmpid|ocid|ito|spm|at_[a-z]+)"
)
"""Parameters that say where a reader came from, never what the page is."""


def url_key(urls: pl.Expr) -> pl.Expr:
    """What stays the same over the addresses of one page: no scheme, www., mobile or AMP twin, tracking, fragment.

    Args:
        urls: An expression of addresses.
    """
    bare = urls.str.replace(r"#.*$", "").str.replace(r"^(?i)https?://", "")
    # Hosts know no case, paths do.
    server = bare.str.extract(r"^([^/?]*)", 1).str.to_lowercase().str.replace(r":(?:80|443)$", "")
    rest = bare.str.extract(r"^[^/?]*(.*)$", 1)
    return (
        pl.concat_str(server, rest)
        .str.replace(r"^(?:www\d?|m|mobile|amp)\.", "")
        .str.replace_all(rf"([?&]){TRACKING}=[^&]*", "$1")
        .str.replace_all(r"[?&](?:amp|outputType=amp)(?:=1|=true)?(&|$)", "?$1")
        .str.replace_all(r"\?&+", "?")
        .str.replace_all(r"&&+", "&")
        .str.replace(r"[?&]+$", "")
        .str.replace(r"/amp/?$", "/")
        .str.replace(r"\.amp(\.html?)$", "$1")
        .str.replace(r"/+$", "")
    )


def steps(url: str) -> list[str]:
    """What is done to an address to see which page it is, in words."""
    return []


def host(urls: pl.Expr) -> pl.Expr:
    """The host of an address, lower case, without www. and port; NULL where there is none."""
    return (
        urls.str.extract(r"^(?i)(?:[a-z][a-z0-9+.-]*:)?//(?:[^/@?#]*@)?([^/:?#\s]+)", 1)
        .str.to_lowercase()
        .str.strip_chars(".")
        .str.strip_prefix("www.")
    )
