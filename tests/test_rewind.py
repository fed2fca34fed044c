from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st

from syndetect.crawl.rewind import Rewind


class Once(io.BytesIO):
    """Bytes that come once, a few at a time, as from a pipe."""

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(7, size) if size is not None and size > 0 else size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise OSError("can't seek")


MOVES = st.lists(
    st.tuples(st.sampled_from(["take", "peek", "back", "find", "untake"]), st.integers(0, 60)), max_size=30
)


@given(data=st.binary(min_size=60, max_size=200), moves=MOVES, seeks=st.booleans())
def test_a_rewound_stream_reads_like_its_bytes(data: bytes, moves: list[tuple[str, int]], seeks: bool) -> None:
    raw = Rewind(io.BytesIO(data) if seeks else Once(data), kept_bytes=1000)
    at = 0
    for move, n in moves:
        if move == "take":
            taken = raw.take(n + 1)
            assert taken == data[at : at + len(taken)]
            assert bool(taken) == (at < len(data))
            at += len(taken)
            if taken and n % 3 == 0:
                raw.untake(1)
                at -= 1
        elif move == "peek":
            assert raw.peek(n) == data[at : at + n]
        elif move == "back":
            assert raw.back_to(min(n, at)) == min(n, at)
            at = min(n, at)
        else:
            wanted = data[n : n + 2]
            found = data.find(wanted, at)
            assert raw.find(re.compile(re.escape(wanted), re.DOTALL), 2) == (found >= 0)
            at = found if found >= 0 else len(data)
        assert raw.tell() == at


def test_a_stream_that_comes_once_goes_back_as_far_as_it_is_kept() -> None:
    data = bytes(range(256)) * 40
    raw = Rewind(Once(data), kept_bytes=100)
    while raw.take(10):
        pass
    oldest = raw.back_to(0)
    assert len(data) - 300 < oldest <= len(data) - 100
    assert raw.peek(1000) == data[oldest:]
