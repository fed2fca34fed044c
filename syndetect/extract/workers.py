"""Worker processes that parse HTML, fed with pickled rows over pipes.

Not multiprocessing: its spawned children run the caller's script again unless that is guarded, its forked ones
inherit the locks of DuckDB's and polars' threads. A worker ends when its pipe closes, so none outlives the run.
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue

from syndetect.errors import RunError
from syndetect.extract.reading import Parsed, Row, read_rows

_CHUNK = 50


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
            env={**os.environ, "PYTHONPATH": path},
        )

    def parse(self, rows: Sequence[Row]) -> list[Parsed]:
        """Send rows, wait for what they hold."""
        source, target = self._process.stdout, self._process.stdin
        assert source is not None
        assert target is not None
        try:
            pickle.dump(rows, target, pickle.HIGHEST_PROTOCOL)
            target.flush()
            parsed: list[Parsed] = pickle.load(source)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise RunError(
                f"a worker that reads HTML ended with status {self._process.wait()}, near {rows[0][1]}; run again, and "
                "leave out that input if it happens there once more",
                slug="html-worker-died",
            ) from error
        return parsed

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()


@lru_cache(maxsize=1)
def _idle() -> SimpleQueue[_Worker]:
    """The workers, started once, that have nothing to do."""
    workers = [_Worker() for _ in range(os.cpu_count() or 1)]
    queue: SimpleQueue[_Worker] = SimpleQueue()
    for worker in workers:
        queue.put(worker)
        atexit.register(worker.close)
    return queue


def parse_in_workers(rows: list[Row]) -> Iterator[Parsed]:
    """Parse rows in all processors; the order is kept."""
    idle = _idle()

    def parse(chunk: list[Row]) -> list[Parsed]:
        worker = idle.get()
        try:
            return worker.parse(chunk)
        finally:
            idle.put(worker)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for parsed in pool.map(parse, (rows[at : at + _CHUNK] for at in range(0, len(rows), _CHUNK))):
            yield from parsed


def end_workers() -> None:
    """End the workers, so that their memory is free and their processor time is counted with ours."""
    if _idle.cache_info().currsize:
        queue = _idle()
        while not queue.empty():
            queue.get().close()
        _idle.cache_clear()


def serve() -> None:
    """Be a worker: read rows, write what they hold, until the pipe closes."""
    # Ctrl-C reaches the whole group; the main process ends the run and with it the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            rows: list[Row] = pickle.load(source)
        except EOFError:
            return
        pickle.dump(read_rows(rows), target, pickle.HIGHEST_PROTOCOL)
        target.flush()
