"""The Ray cluster of a batch: the one that $RAY_ADDRESS names, or one on this machine for as long as the batch runs."""

from __future__ import annotations

import importlib.util
import logging
import math
import os
import secrets
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from summarizer.errors import UsageError
from summarizer.plain import shorten

SHARDS: Final = "SUMMARIZER_RAY_SHARDS"
"""The variable that names a folder or an address, such as s3://bucket/folder, that every node reads."""
CPUS: Final = 0.25
"""Of a core, that a worker asks for: it waits for the model most of the time."""
_STORE = 200_000_000
"""Bytes of shared memory of a cluster on this machine; what is beyond goes to disk."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that this process is connected to."""

    shards: str
    """An empty folder, or its address, for the files that the workers read."""


def check_installed() -> None:
    """Raise `UsageError` where Ray Data is not installed."""
    for name in ("ray", "pyarrow"):
        if importlib.util.find_spec(name) is None:
            raise UsageError(
                f"--engine ray needs the extra `ray` ({name} is missing): pip install 'desk-summarizer[ray]'"
            )


def _address() -> str | None:
    """The cluster to connect to; None for one on this machine, of our own. Raises `UsageError`."""
    address = os.environ.get("RAY_ADDRESS")
    if address and "://" in address:
        raise UsageError(
            f"RAY_ADDRESS {address!r} is a Ray client's: run the command on a node of the cluster, "
            "with RAY_ADDRESS=auto"
        )
    return None if address in (None, "", "local") else address


def most_workers() -> int:
    """The workers that are of use: on this machine one a core, and two; a cluster may grow."""
    return sys.maxsize if _address() else max(2, os.cpu_count() or 1)


@contextmanager
def connected(workers: int) -> Iterator[Cluster]:
    """Connect to a cluster for the block; one on this machine has room for so many workers.

    A connection that this process already has is used and left open. Raises `UsageError` when there is none to be had.
    """
    address = _address()
    with _environment({"RAY_COLOR_PREFIX": "0"}), _started(workers) if address is None else _joined(address) as folder:
        yield Cluster(folder)


@contextmanager
def _joined(address: str) -> Iterator[str]:
    """Connect to a cluster that is there; gives a folder for the shards."""
    import ray

    own = not ray.is_initialized()
    if own:
        _init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    try:
        with _shared_folder() as folder:
            yield folder
    finally:
        if own:
            ray.shutdown()


@contextmanager
def _started(workers: int) -> Iterator[str]:
    """Start a cluster on this machine, and stop it after the block; gives a folder for the shards."""
    # short, as sockets are in it; nobody else can read it
    folder = Path(tempfile.mkdtemp(prefix="summarizer-ray-"))
    quiet = {
        "RAY_USAGE_STATS_ENABLED": "0",
        # Ray listens on all interfaces: it answers those who have the token, this process and its children
        "RAY_AUTH_TOKEN": _token(),
    }
    try:
        with _environment(quiet):
            import ray

            if ray.is_initialized():
                raise UsageError("this process has a Ray cluster already: set RAY_ADDRESS to use it")
            try:
                _init(
                    address="local",
                    num_cpus=max(os.cpu_count() or 1, 1 + math.ceil(workers * CPUS)),
                    include_dashboard=False,
                    object_store_memory=_STORE,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    _node_ip_address="127.0.0.1",
                    _temp_dir=str(folder),
                )
                yield str(folder)
            finally:
                ray.shutdown()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _token() -> str:
    """One for all clusters of this process, as Ray reads it once."""
    return secrets.token_hex(32)


def _init(**how: Any) -> None:
    try:
        # its core would tell of each worker that it keeps what it was made with, as an error
        with _environment({"RAY_BACKEND_LOG_LEVEL": os.environ.get("RAY_BACKEND_LOG_LEVEL", "fatal")}):
            import ray.data

            logging.getLogger("ray.data").setLevel(logging.ERROR)
            ray.init(**how)
    except Exception as error:
        raise UsageError(
            f"no Ray cluster: {shorten(str(error), 300)} (versions of Ray and Python must be the same on every node)"
        ) from error


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _shared_folder() -> Iterator[str]:
    """A folder of this batch that every node of the cluster reads."""
    import ray
    from pyarrow.fs import FileSystem, FileType

    root = os.environ.get(SHARDS)
    if root is None:
        nodes = {node["NodeID"] for node in ray.nodes() if node["Alive"]}
        if nodes != {ray.get_runtime_context().get_node_id()}:
            raise UsageError(
                f"the cluster has {len(nodes)} nodes: set {SHARDS} to a folder or address that all of them read, "
                "such as s3://bucket/folder"
            )
        root = tempfile.gettempdir()
    name = f"summarizer-{uuid.uuid4().hex}"
    try:
        files, path = FileSystem.from_uri(root if "://" in root else str(Path(root).resolve()))
        if files.get_file_info(path).type != FileType.Directory and "://" not in root:
            raise FileNotFoundError(f"there is no folder {root}")
        files.create_dir(f"{path}/{name}")
    except (OSError, ValueError) as error:
        raise UsageError(f"{SHARDS} {root!r} cannot be written: {shorten(str(error), 200)}") from error
    try:
        yield f"{root.rstrip('/')}/{name}"
    finally:
        files.delete_dir(f"{path}/{name}")
