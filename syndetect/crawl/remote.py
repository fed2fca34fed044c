"""Files behind addresses that fsspec opens: read as a stream or by ranges, gone on with where a connection broke.

fsspec and what it needs are an optional extra, and are imported when an address is named.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import SEEK_CUR, SEEK_END, BufferedIOBase, BufferedReader, RawIOBase
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from syndetect.errors import InputError

RETRY_PAUSES_S = (0.2, 1.0, 5.0, 20.0)
"""Waits before each new try, counted anew whenever bytes have come: a night's job outlives a restart of the server."""
_LEAST_AHEAD, _MOST_AHEAD = 1 << 16, 8 << 20
"""Bytes asked for at a time: few when a file is looked into, more and more while it is read on."""
_SILENCE_S = 60
"""A server that sends nothing for so long has gone."""
_ADDRESS = re.compile(r"[a-zA-Z][\w+.-]+://|[a-zA-Z][\w+.-]+::")
_WEB = ("http", "https")
_SECRET_PARAMETERS = re.compile(
    r"(?i)x-amz-.*|x-goog-.*|awsaccesskeyid|googleaccessid|signature|expires|key-pair-id|policy|"
    r"sig|s[pvrt]|se|sk[a-z]+|spr|access_?token|token|api_?key"
)
"""Parameters that sign an address for a while (S3, Google, CloudFront, Azure) or are a key to it."""
_VERSION_KEYS = (
    "ETag", "etag", "Content-MD5", "Digest", "md5", "md5Hash", "content_md5", "crc32c", "generation", "VersionId",
    "version_id", "Last-Modified", "LastModified", "last_modified", "updated", "mtime", "modified", "created",
)  # fmt: skip
"""What file systems call that which changes when a file does."""
_FOR_NOW = (408, 425, 429)
"""Answers below 500 that a later try can better."""

Info = Mapping[str, object]
T = TypeVar("T")


class _FileSystem(Protocol):
    """What is used of fsspec.AbstractFileSystem."""

    def info(self, path: str) -> Info: ...
    def find(self, path: str, *, detail: bool) -> Mapping[str, Info]: ...
    def glob(self, path: str, *, detail: bool) -> Mapping[str, Info]: ...
    def cat_file(self, path: str, *, start: int, end: int) -> bytes: ...
    def open(self, path: str, mode: str, **options: object) -> _Answer: ...
    def unstrip_protocol(self, path: str) -> str: ...


class _Answer(Protocol):
    """A file of fsspec; of the web file system `r` is the answer of the server."""

    r: object

    def read(self, size: int) -> bytes: ...
    def close(self) -> None: ...


def is_remote(name: str) -> bool:
    """Whether it is an address, not a path; `file://` is one of a path."""
    return _ADDRESS.match(name) is not None and not name.lower().startswith("file://")


def is_web(name: str) -> bool:
    """Whether it is an address of the web, which names one file: there are no folders, and ? and * are characters."""
    return urlsplit(name).scheme.lower() in _WEB


def public_name(address: str) -> str:
    """The address without what only its owner may know: passwords, keys and signatures."""
    return "::".join(map(_public_part, address.split("::")))


def _public_part(address: str) -> str:
    scheme, server, path, query, fragment = urlsplit(address)
    user, at, host = server.rpartition("@")
    web = scheme.lower() in _WEB
    if web and query:
        pairs = parse_qsl(query, keep_blank_values=True)
        kept = [pair for pair in pairs if not _SECRET_PARAMETERS.fullmatch(pair[0])]
        query = query if len(kept) == len(pairs) else urlencode(kept)
    elif not at:
        return address  # elsewhere ? and # may be characters of a name
    server = host if web else user.partition(":")[0] + at + host
    return urlunsplit((scheme, server, path, query, fragment))


@dataclass
class Remote:
    """A file behind an address; `broken` says why reading ended before its end, at the byte `broken_at`."""

    address: str
    known: Info | None = None
    broken: str | None = None
    broken_at: int = 0
    n_read: int = field(default=0, repr=False)

    @cached_property
    def _opened(self) -> tuple[_FileSystem, str]:
        return _file_system(self.address)

    def info(self) -> Info:
        """What the server says of it; raises OSError."""
        if self.known is None:
            system, path = self._opened
            self.known = self.again(lambda: system.info(path))
        return self.known

    def size(self) -> int | None:
        """Its length in bytes where the server says it; raises OSError."""
        size = self.info().get("size")
        return size if isinstance(size, int) else None

    def stamp(self) -> str | None:
        """Words that change when the file does; None if the server gives nothing to tell by. Raises OSError."""
        info = self.info()
        parts = [f"{key} {info[key]}" for key in _VERSION_KEYS if info.get(key)]
        return "; ".join([*parts, f"size {info.get('size')}"]) if parts else None

    def takes_ranges(self) -> bool:
        """Whether it can be read from anywhere; raises OSError."""
        if not is_web(self.address):
            return True
        if self.size() is None:
            return False
        source = self.source()
        try:
            self.again(lambda: source.read(1, 1))
            return bool(getattr(source, "partial", False))
        finally:
            source.close()

    def source(self) -> _Source:
        """What its bytes are asked of."""
        system, path = self._opened
        return _WebSource(system, path) if is_web(self.address) else _BlockSource(system, path, self.size())

    def open(self) -> BufferedIOBase:
        """Open it at its first byte; raises OSError if not even that can be had."""
        raw = _RemoteFile(self)
        return BufferedReader(raw, _LEAST_AHEAD)

    def again(self, work: Callable[[], T]) -> T:
        """Do what may fail for the moment, some times over.

        Raises:
            OSError: With the reason, once there is no hope.
        """
        # Once it has broken for good, it is read as far as it can be without more ado.
        for pause in (*(RETRY_PAUSES_S if not self.broken else (0.0,)), None):
            try:
                return work()
            except Exception as error:  # each file system of fsspec has errors of its own
                reason, for_good = _reason(error, self.address)
                if for_good or pause is None:
                    raise OSError(reason) from None
                time.sleep(pause)
        raise AssertionError


def _file_system(address: str) -> tuple[_FileSystem, str]:
    try:
        import fsspec  # noqa: PLC0415 - an optional extra, and slow to load

        options: dict[str, object] = {"use_listings_cache": False}
        if is_web(address):
            import aiohttp  # noqa: PLC0415

            # The default ends every download after five minutes; and what a server calls packed is what we unpack.
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=_SILENCE_S, sock_read=_SILENCE_S)
            options["client_kwargs"] = {"timeout": timeout, "auto_decompress": False}
        system, path = fsspec.core.url_to_fs(address, **options)
    except ImportError as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f'{public_name(address)} needs packages that are not installed ({reason}); pip install "syndetect[remote]"'
            ", or the package that is named",
            slug="remote-extra",
        ) from None
    except ValueError as error:
        raise InputError(
            f"{public_name(address)} can't be opened: {' '.join(str(error).split())}; check the address",
            slug="no-such-input",
        ) from None
    return system, path


def listing(address: str, *, pattern: bool) -> list[tuple[str, Info]]:
    """The files of a folder, or those that a pattern matches, with what the server says of each.

    Raises:
        OSError: With the reason.
    """
    system, path = _file_system(address)
    remote = Remote(address)
    ask = system.glob if pattern else system.find
    found = remote.again(lambda: ask(path, detail=True))
    chain = address.partition("::")[2]
    return [
        (system.unstrip_protocol(name) + (f"::{chain}" if chain else ""), info)
        for name, info in sorted(found.items())
        if info.get("type") == "file"
    ]


def is_folder(address: str) -> bool:
    """Whether an address stands for more than one file; what can't be asked is taken for a file."""
    if is_web(address):
        return False
    if address.endswith("/"):
        return True
    try:
        return Remote(address).info().get("type") == "directory"
    except OSError:
        return False


def _reason(error: BaseException, address: str) -> tuple[str, bool]:
    """What went wrong, in words without secrets; and whether trying again is in vain."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    for one in chain:
        answer = getattr(one, "response", None)
        meta = answer.get("ResponseMetadata", {}) if isinstance(answer, dict) else {}
        status = getattr(one, "status", None) or meta.get("HTTPStatusCode")
        if isinstance(status, int) and status >= 400:
            return f"the server answered {status}", status < 500 and status not in _FOR_NOW
    if isinstance(error, FileNotFoundError) and len(chain) == 1:
        return "there is no such file", True
    innermost = chain[-1] if isinstance(error, FileNotFoundError) else error
    if type(innermost).__name__ == "ClientPayloadError":
        return "the connection broke", False
    words = " ".join(str(innermost).split()).replace(address, public_name(address))
    hopeless = isinstance(innermost, PermissionError | NotImplementedError | ValueError | TypeError)
    return f"{type(innermost).__name__}: {words}", hopeless or "Credential" in type(innermost).__name__


class _Source(Protocol):
    """Gives bytes from anywhere in a file, where it can."""

    def read(self, at: int, size: int) -> bytes: ...
    def close(self) -> None: ...


class _BlockSource:
    """A file that is asked for by ranges."""

    def __init__(self, system: _FileSystem, path: str, size: int | None) -> None:
        self._system, self._path, self._size = system, path, size

    def read(self, at: int, size: int) -> bytes:
        end = at + size if self._size is None else min(at + size, self._size)
        return self._system.cat_file(self._path, start=at, end=end) if at < end else b""

    def close(self) -> None:
        pass


class _WebSource:
    """A file that the web sends: one answer as long as it is read on, a new one from another byte.

    When a connection breaks, what has come but was not yet read is lost. So the next answer is asked to be short.
    """

    def __init__(self, system: _FileSystem, path: str) -> None:
        self._system, self._path = system, path
        self._answer: _Answer | None = None
        self._at = 0
        self._version: tuple[object, ...] | None = None
        self._broke = self._short = False
        self.partial = False

    def read(self, at: int, size: int) -> bytes:
        try:
            if self._answer is None or self._at != at:
                self._answer = self._ask(at)
            data = self._answer.read(size)
            if not data and self._short:
                self._answer = self._ask(at)
                data = self._answer.read(size)
        except BaseException:
            self._broke = True
            self.close()
            raise
        self._at += len(data)
        return data

    def _ask(self, at: int) -> _Answer:
        self.close()
        self._short, self._broke = self._broke, False
        wanted = f"bytes={at}-{at + _LEAST_AHEAD - 1 if self._short else ''}"
        headers = {"Accept-Encoding": "identity", **({"Range": wanted} if at or self._short else {})}
        # A size keeps fsspec from asking for one, a block size of nothing makes it a stream.
        answer = self._system.open(self._path, "rb", block_size=0, size=1, headers=headers)
        try:
            self._check(answer)
            self._at = at if self.partial else 0
            while self._at < at:
                # A server that takes no ranges sends what we have once more.
                passed = answer.read(min(at - self._at, 1 << 20))
                if not passed:
                    raise ValueError("the file has become shorter while it was read")
                self._at += len(passed)
        except BaseException:
            answer.close()
            raise
        return answer

    def _check(self, answer: _Answer) -> None:
        """See that it is the file it was, and whether it begins where it was asked to."""
        told: Mapping[str, str] = getattr(answer.r, "headers", {})
        version = (told.get("ETag"), told.get("Last-Modified"))
        if self._version not in (None, version):
            raise ValueError("the file has changed while it was read")
        self._version = version
        self.partial = getattr(answer.r, "status", 0) == 206
        self._short = self._short and self.partial

    def close(self) -> None:
        if self._answer is not None:
            self._answer.close()
            self._answer = None


class _RemoteFile(RawIOBase):
    """A file behind an address, as a file. Where reading breaks off for good, it ends."""

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self._remote = remote
        self._source = remote.source()
        self._at = 0
        self._block, self._block_at = b"", 0
        self._ahead = _LEAST_AHEAD

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        before = self._at if whence == SEEK_CUR else (self._remote.size() or 0) if whence == SEEK_END else 0
        if before + offset != self._at:
            self._ahead = _LEAST_AHEAD
        self._at = before + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        begin = self._at - self._block_at
        if not 0 <= begin < len(self._block):
            self._block, self._block_at = self._fetch(len(buffer)), self._at
            begin = 0
        data = self._block[begin : begin + len(buffer)]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _fetch(self, wanted: int) -> bytes:
        if self._remote.broken and self._at >= self._remote.broken_at:
            return b""
        at, size = self._at, max(wanted, self._ahead)
        self._ahead = min(2 * self._ahead, _MOST_AHEAD)
        try:
            data = self._remote.again(lambda: self._asked(at, size))
        except OSError as error:
            if not self._remote.n_read:
                raise
            self._remote.broken, self._remote.broken_at = f"{error}, at byte {at}", at
            return b""
        self._remote.n_read += len(data)
        return data

    def _asked(self, at: int, size: int) -> bytes:
        data = self._source.read(at, size)
        if not data and at < (self._remote.size() or 0):
            self._source.close()
            raise ConnectionError("the server sends no more")
        return data

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
