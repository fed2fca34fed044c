"""Worker processes that parse pages, fed with Arrow over pipes: batches of schema.PAGE -> batches of schema.DOCUMENT.

Pages are cut into slices; while the workers parse some, the caller reads the next and stores the last. Slices come back
in the order they were given in, so that the result does not depend on the number of workers.

Not multiprocessing: its spawned children run the caller's script again unless that is guarded, its forked ones
inherit the locks of DuckDB's and polars' threads. A worker ends when its pipe closes, so none outlives the run.
"""

from __future__ import annotations

import atexit
import io
import os
import signal
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from typing import IO

import polars as pl

from syndetect.errors import RunError
from syndetect.extract.documents import extract

SLICE_PAGES, SLICE_ROWS, SLICE_BYTES = 100, 4_000, 4 << 20
"""Pages to parse, rows that give a text, bytes: what a worker is given at a time."""
LEAST_PAGES, LEAST_ROWS = 400, 20_000
"""An input of fewer is parsed here: starting the workers costs as much."""
GATHERED_ROWS = 2_000
"""The store takes rows in batches; one that holds fewer costs it more than the rows."""
_LENGTH = struct.Struct("<Q")


class _Worker:
    """One process and its pipes."""

    def __init__(self) -> None:
        package_parent = str(Path(__file__).resolve().parents[2])
        known = os.environ.get("PYTHONPATH")
        path = package_parent if not known else os.pathsep.join((package_parent, known))
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from syndetect.extract.workers import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # One thread each: there are as many workers as may run side by side.
            env={**os.environ, "PYTHONPATH": path, "POLARS_MAX_THREADS": "1"},
        )

    def extract(self, pages: pl.DataFrame) -> pl.DataFrame:
        """Send pages, wait for what they hold."""
        source, target = self._process.stdout, self._process.stdin
        assert source is not None
        assert target is not None
        try:
            _send(target, pages)
            return _receive(source)
        except (EOFError, BrokenPipeError) as error:
            raise RunError(
                f"a worker that parses pages ended with status {self._process.wait()}, near {pages['url'][0]}; run"
                " again, and leave out that input if it happens there once more",
                slug="html-worker-died",
            ) from error

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what it was still to be sent
                    pipe.close()
        self._process.wait()


class Workers:
    """So many processes, started when the first pages need them. Use as a context."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._all: list[_Worker] = []
        self._idle: SimpleQueue[_Worker] = SimpleQueue()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def n_running(self) -> int:
        """Processes that were started."""
        return len(self._all)

    def close(self) -> None:
        """End the processes, so that their memory is free and their processor time is counted with ours."""
        for worker in self._all:
            worker.close()
            atexit.unregister(worker.close)
        self._all = []
        self._idle = SimpleQueue()

    def extract(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Read pages as `extract` does, in all workers at once where there are enough of them.

        Args:
            frames: Rows of schema.PAGE. Some are taken ahead of what is yielded: two slices a worker.

        Yields:
            Rows of schema.DOCUMENT in the same order.
        """
        frames = iter(frames)
        first = next(frames, None)
        second = next(frames, None)
        if first is None:
            return
        every = chain((first,), () if second is None else (second,), frames)
        if self._jobs == 1 or (second is None and not self._all and _is_small(first)):
            yield from (extract(pages) for pages in every)
            return
        self._start()
        yield from _gathered(self._in_order(_slices(every)))

    def _in_order(self, slices: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        with ThreadPoolExecutor(self._jobs) as pool:
            waiting: deque[Future[pl.DataFrame]] = deque()
            for pages in slices:
                waiting.append(pool.submit(self._extract, pages))
                if len(waiting) > 2 * self._jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _extract(self, pages: pl.DataFrame) -> pl.DataFrame:
        worker = self._idle.get()
        try:
            return worker.extract(pages)
        finally:
            self._idle.put(worker)

    def _start(self) -> None:
        while len(self._all) < self._jobs:
            worker = _Worker()
            atexit.register(worker.close)
            self._all.append(worker)
            self._idle.put(worker)


def _is_small(pages: pl.DataFrame) -> bool:
    n_html = pages.height - pages["html"].null_count()
    return n_html < LEAST_PAGES and pages.height < LEAST_ROWS


def _slices(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Cut frames into pieces that take about as long as each other."""
    for pages in frames:
        n_html = pages.height - pages["html"].null_count()
        n_bytes = int(pages["html"].bin.size().sum() or 0) + int(pages["text"].str.len_bytes().sum() or 0)
        parts = max(1, n_html // SLICE_PAGES, pages.height // SLICE_ROWS, n_bytes // SLICE_BYTES)
        yield from pages.iter_slices(-(-pages.height // parts) or 1)


def _gathered(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Put small frames together."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(part.height for part in held) >= GATHERED_ROWS:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


def _send(target: IO[bytes], frame: pl.DataFrame) -> None:
    raw = io.BytesIO()
    frame.write_ipc_stream(raw)
    view = raw.getbuffer()
    target.write(_LENGTH.pack(len(view)))
    target.write(view)
    target.flush()


def _receive(source: IO[bytes]) -> pl.DataFrame:
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    length = _LENGTH.unpack(head)[0]
    raw = source.read(length)
    if len(raw) < length:
        raise EOFError
    return pl.read_ipc_stream(raw)


def serve() -> None:
    """Be a worker: read pages, write what they hold, until the pipe closes."""
    # Ctrl-C reaches the whole group; the main process ends the run and with it the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            pages = _receive(source)
        except EOFError:
            return
        _send(target, extract(pages))
