"""Make syndetect/data/country_zones.json from the tz database: the zones of each country, by its top-level domain.

    python benchmarks/make_zones.py /usr/share/zoneinfo/zone.tab syndetect/data/country_zones.json

The zone of most people comes first. Zones whose clocks have shown the same time since 2000 are given once.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

USED_BY_ALL = frozenset(
    "ac ag ai am as bz cc cd cf co dj fm ga gg gl gq hm im io je la li lu ly me ml ms mu mw nf nu pm pn pw sc sh sr st"
    " su tc tf tj tk tl tm to tv vc vg vu ws yt".split()
)
"""Domains of countries, most of them small, that sites anywhere take for their sound: they tell of no clock."""
MOST_PEOPLE = frozenset(
    "Europe/Moscow America/Sao_Paulo America/Toronto Australia/Sydney Europe/Kyiv Asia/Jakarta America/Mexico_City"
    " Asia/Almaty America/New_York America/Santiago Asia/Ulaanbaatar Pacific/Auckland Asia/Shanghai"
    " America/Argentina/Buenos_Aires Europe/Madrid Europe/Lisbon Africa/Kinshasa America/Guayaquil Asia/Kuala_Lumpur"
    " Asia/Tashkent Europe/Berlin Asia/Nicosia Asia/Hebron".split()
)
"""Of the countries with several zones."""
UNOFFICIAL = frozenset(["Asia/Urumqi"])
"""Shown by no site's clock: the country has one legal time."""
SPELT = {"gb": "uk"}
DAYS = 9_700  # 2000 to 2026


def main(source: Path, target: Path) -> None:
    """Write the table."""
    zones: dict[str, dict[tuple[float, ...], str]] = {}
    lines = [line.split("\t") for line in source.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    for country, _, name, *_ in sorted(lines, key=lambda line: line[2] not in MOST_PEOPLE):
        if name in UNOFFICIAL:
            continue
        code = SPELT.get(country.lower(), country.lower())
        if code not in USED_BY_ALL:
            zones.setdefault(code, {}).setdefault(_offsets(ZoneInfo(name)), name)
    table = {code: list(found.values()) for code, found in sorted(zones.items())}
    target.write_bytes(orjson.dumps(table) + b"\n")


def _offsets(zone: ZoneInfo) -> tuple[float, ...]:
    first = datetime(2000, 1, 1, tzinfo=UTC)
    days = (first + timedelta(days=n) for n in range(0, DAYS, 3))
    return tuple((day.astimezone(zone).utcoffset() or timedelta()).total_seconds() for day in days)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
