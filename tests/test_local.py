"""The embedded model: what it says when it cannot run, and, where it can, that it runs for us alone."""

from __future__ import annotations

import importlib.util
import json
import struct
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from summarizer import local, weights
from summarizer.errors import UsageError

HAS_LLAMA = importlib.util.find_spec("xllamacpp") is not None
needs_llama = pytest.mark.skipif(not HAS_LLAMA, reason="xllamacpp is not installed (extra `local`)")


def gguf(tensor_at: int = 64, body: int = 256) -> bytes:
    """A tiny file with a right GGUF header: four metadata values and two tensors, the last at `tensor_at`."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    values = text("general.architecture") + struct.pack("<I", 8) + text("none")
    values += text("general.alignment") + struct.pack("<II", 4, 64)
    values += text("tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b")
    values += text("scores") + struct.pack("<IIQ2f", 9, 6, 2, 0.5, 1.5)
    tensors = b"".join(
        text(name) + struct.pack("<IQIQ", 1, 16, 0, offset) for name, offset in (("x", 0), ("y", tensor_at))
    )
    header = b"GGUF" + struct.pack("<IQQ", 3, 2, 4) + values + tensors
    return header + bytes(-len(header) % 64) + bytes(body)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if xllamacpp were there; nothing in these tests gets as far as loading it."""
    monkeypatch.setattr(local.importlib.util, "find_spec", lambda name: object())


def test_a_missing_extra_names_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both the question and the attempt give one line with the extra."""
    monkeypatch.setattr(local.importlib.util, "find_spec", lambda name: None)
    assert "pip install 'desk-summarizer[local]'" in str(local.available())
    with pytest.raises(UsageError, match=r"desk-summarizer\[local\]"):
        local.serve()


@pytest.mark.usefixtures("installed")
def test_missing_weights_name_the_command() -> None:
    """Nothing is downloaded behind the user's back."""
    assert "summarizer weights fetch" in str(local.available())
    with pytest.raises(UsageError, match="summarizer weights fetch"):
        local.serve()


@pytest.mark.usefixtures("installed")
def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    """A path the user gave is not replaced by the default weights."""
    path = tmp_path / "none.gguf"
    assert local.available(path) == f"{path}: no such model file"
    with pytest.raises(UsageError, match=r"none\.gguf: no such model file"):
        local.serve(path)


@pytest.mark.usefixtures("installed")
def test_a_model_file_that_is_there_is_usable_as_far_as_a_look_tells(tmp_path: Path) -> None:
    """`available` looks at names and sizes only."""
    path = tmp_path / "x.gguf"
    path.write_bytes(gguf())
    assert local.available(path) is None


def test_model_names_give_files() -> None:
    """`local` is the default, `local//path` an absolute path, `local/path` a relative one."""
    assert local.model_file("local") is None
    assert local.model_file("local//models/x.gguf") == Path("/models/x.gguf")
    assert local.model_file("local/x.gguf") == Path("x.gguf")
    with pytest.raises(UsageError, match="openai/gpt"):
        local.model_file("openai/gpt")


def test_a_whole_gguf_file_passes(tmp_path: Path) -> None:
    """Header read to its end, and the file goes on past the start of its last tensor."""
    path = tmp_path / "x.gguf"
    path.write_bytes(gguf())
    local.check_model_file(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "cut short: .* found 0"),
        (b"GGUF", "cut short"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a GGUF model file"),
        (gguf()[:60], "cut short or damaged: its header"),
        (gguf()[:-256], "cut short: expected more than"),
        (gguf(tensor_at=1 << 40), "cut short: expected more than 1,099,511,"),
        (b"GGUF" + b"\xff" * 200, "cut short or damaged: its header"),
    ],
    ids=["empty", "magic-only", "png", "header-cut", "tensors-cut", "far-tensor", "noise"],
)
@pytest.mark.usefixtures("installed")
def test_a_wrong_model_file_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    """The message begins with the path and says what was found."""
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=rf"x\.gguf is {what}") as caught:
        local.serve(path)
    assert str(caught.value).startswith(str(path))


def test_importing_local_does_not_import_llama() -> None:
    """`doctor` and `--help` may ask about the embedded model without paying for it."""
    code = "import sys; from summarizer import local; local.available(); print('xllamacpp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.slow
@needs_llama
def test_a_file_that_llama_cannot_load_is_named_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The header is right, the model is not one."""
    path = tmp_path / "x.gguf"
    path.write_bytes(gguf())
    with pytest.raises(UsageError, match=r"x\.gguf: llama\.cpp cannot load this file"):
        local.serve(path)
    assert capfd.readouterr() == ("", "")


# --- with the real model ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[local.LocalServer]:
    """The real model, loaded once for these tests."""
    if (reason := local.available()) is not None:
        pytest.skip(reason)
    yield local.serve()
    local.shutdown()


def ask(server: local.LocalServer, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
    """The status and the JSON of an answer."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {key or server.api_key}"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.base_url + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


HI = {"messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 4}


@pytest.mark.slow
@needs_llama
def test_it_answers_under_a_neutral_name(server: local.LocalServer) -> None:
    """The answer names the model, never its path, so a recording holds no machine detail."""
    status, answer = ask(server, "/chat/completions", HI)
    assert status == 200
    assert answer["model"] == server.model_name == Path(weights.MODEL.name).stem
    assert answer["usage"]["completion_tokens"] <= 4


@pytest.mark.slow
@needs_llama
def test_it_is_loaded_once(server: local.LocalServer) -> None:
    """Threads that ask at the same time get the same server."""
    found: list[local.LocalServer] = []
    threads = [threading.Thread(target=lambda: found.append(local.serve())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [server] * 4


@pytest.mark.slow
@needs_llama
def test_it_serves_only_us(server: local.LocalServer) -> None:
    """Loopback, a key of its own, no web page, no slots, no metrics."""
    assert server.base_url.startswith("http://127.0.0.1:")
    assert ask(server, "/chat/completions", HI, key="another")[0] == 401
    assert ask(server, "/../slots")[0] in (404, 501)
    assert ask(server, "/../metrics")[0] in (404, 501)
    assert ask(server, "/../")[0] == 404


EXITS = """
import json, sys, threading, time, urllib.request
from summarizer import local
server = local.serve()
def ask():
    body = json.dumps({"messages": [{"role": "user", "content": "Write a long story."}], "max_tokens": 2000})
    headers = {"content-type": "application/json", "authorization": "Bearer " + server.api_key}
    url = server.base_url + "/chat/completions"
    urllib.request.urlopen(urllib.request.Request(url, data=body.encode(), headers=headers)).read()
threading.excepthook = lambda *args: None
threading.Thread(target=ask, daemon=True).start()
time.sleep(2)
sys.exit(7)
"""


@pytest.mark.slow
@needs_llama
def test_a_process_ends_cleanly_in_the_middle_of_a_request() -> None:
    """Neither a hang nor a crash: the exit code is the program's, and nothing is printed."""
    if (reason := local.available()) is not None:
        pytest.skip(reason)
    done = subprocess.run(
        [sys.executable, "-c", EXITS],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")
