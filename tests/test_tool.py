"""The tool for assistants: the official client drives it over stdio; real recorded answers, or a stub of a server."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from jsonschema import Draft202012Validator

from summarizer import Brief, summarize
from summarizer.article import Article
from summarizer.cli import main
from summarizer.review import disclosure
from tests.conftest import ROOT
from tests.stub_server import StubServer, completion, entries, error, nothing, stub_server

if TYPE_CHECKING:  # a second, for each worker that collects tests
    from mcp import Client
    from mcp.types import CallToolResult

CASSETTES = str(ROOT / "cassettes")
KHERSON = (ROOT / "seeds" / "000_31555e438435f307.txt").read_text(encoding="utf-8")
WIRE = (ROOT / "seeds" / "invented-wire.md").read_text(encoding="utf-8").split("---\n", 2)[2]
QUIET = (ROOT / "seeds" / "invented-quiet.md").read_text(encoding="utf-8").split("---\n", 2)[2]
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
NAME = "brief_article"


class Host:
    """What an assistant's program does, in plain calls."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self.portal, self.client = portal, client

    def start(self, arguments: dict[str, Any], heard: Callable[..., None] = lambda *_: None) -> Any:
        """Begin a call; its future."""

        async def progress(*told: Any) -> None:
            heard(*told)

        return self.portal.start_task_soon(lambda: self.client.call_tool(NAME, arguments, 20, progress))

    def call(self, **arguments: Any) -> CallToolResult:
        result: CallToolResult = self.start(arguments).result()
        return result


@contextmanager
def connected(*options: str) -> Iterator[Host]:
    """A host connected to `summarizer mcp` with these options."""
    from mcp import Client, StdioServerParameters

    command = StdioServerParameters(
        command=sys.executable, args=["-m", "summarizer", "mcp", *options], env=ENVIRONMENT, cwd=ROOT
    )
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(command)) as client,
    ):
        yield Host(portal, client)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A host whose server answers from the recordings."""
    with connected("--replay", CASSETTES) as connection:
        yield connection


@pytest.fixture(scope="module")
def live() -> Iterator[tuple[Host, StubServer]]:
    """A host whose server asks a stub; each test sets its script."""
    with stub_server(error(500)) as stub, connected("--base-url", stub.url, "--model", "stub") as connection:
        yield connection, stub


def script(stub: StubServer, *steps: Any) -> None:
    """What the stub answers from now on."""
    stub.script[:] = steps
    stub.requests.clear()


def text(result: CallToolResult) -> str:
    """What an assistant reads."""
    (content,) = result.content
    return str(content.text)  # type: ignore[union-attr]


def code(result: CallToolResult) -> str:
    """The code of an error, which is no result."""
    assert result.is_error
    assert result.structured_content is None
    assert result.meta is not None
    told = result.meta["desk-summarizer/error"]
    assert told["message"] in text(result)
    assert "Traceback" not in text(result)
    return str(told["code"])


@pytest.mark.slow
def test_there_is_one_tool_and_it_only_reads(host: Host) -> None:
    """Its schemas are valid, every argument is described, and nothing else can be given."""
    (tool,) = host.portal.call(host.client.list_tools).tools
    assert tool.name == NAME
    assert tool.annotations is not None
    assert tool.annotations.read_only_hint
    assert tool.annotations.idempotent_hint
    assert tool.annotations.destructive_hint is False
    assert tool.annotations.open_world_hint is False
    Draft202012Validator.check_schema(tool.input_schema)
    Draft202012Validator.check_schema(tool.output_schema)
    assert set(tool.input_schema["properties"]) == {
        "text", "html", "title", "date", "publisher", "source", "language", "id",
    }  # fmt: skip
    assert all(value["description"] for value in tool.input_schema["properties"].values())
    assert tool.input_schema["additionalProperties"] is False
    assert tool.output_schema == json.loads((ROOT / "schemas" / "brief.schema.json").read_text(encoding="utf-8"))
    assert len((host.client.instructions or "").split()) < 50


def test_the_structured_content_is_the_verified_brief(host: Host) -> None:
    """It fits the output schema, loads, and is what the library gives for the same recording."""
    result = host.call(text=KHERSON, id="desk-7")
    (tool,) = host.portal.call(host.client.list_tools).tools
    Draft202012Validator(tool.output_schema).validate(result.structured_content)
    brief = Brief.load(json.dumps(result.structured_content))
    assert brief == summarize(Article(KHERSON, external_id="desk-7"), replay=CASSETTES)
    assert brief.article.external_id == "desk-7"
    assert brief.provenance.replayed
    assert any(brief.items())


@pytest.mark.slow
def test_the_text_opens_with_the_disclosure_and_says_what_may_be_quoted(host: Host) -> None:
    """Headline, lines and evidence stand in it; metadata given by the caller is shown."""
    result = host.call(text=KHERSON, title="After Kherson", date="2022-11-12")
    brief = Brief.load(json.dumps(result.structured_content))
    shown = text(result)
    assert shown.startswith("Made by AI, not yet reviewed.")
    assert disclosure(brief) in shown
    assert brief.headline
    assert brief.headline.text in shown
    assert "After Kherson" in shown
    for _, item in brief.items():
        assert item.text in shown
        assert all(f"[{e.sentence}] {e.quote}" in shown for e in item.evidence)
    assert "quote nothing else" in shown.split("How to cite:")[1]


@pytest.mark.slow
def test_nothing_found_is_an_answer_and_no_error(live: tuple[Host, StubServer]) -> None:
    """An article without statements gives a complete brief with empty sections, and the text says so."""
    host, stub = live
    script(stub, entries(nothing))
    result = host.call(text=QUIET)
    brief = Brief.load(json.dumps(result.structured_content))
    assert brief.audit.complete
    assert not result.is_error
    assert not list(brief.items())
    assert "Nothing found" in text(result)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "one of them"),
        ({"text": "", "html": None}, "one of them"),
        ({"text": "A.", "html": "<p>A.</p>"}, "one of them"),
        ({"text": 5}, "must be a string"),
        ({"text": "\u200b \n"}, "empty"),
        ({"text": "A man spoke.", "url": "http://news.example/"}, "unknown arguments: url"),
        ({"text": "A man spoke.", "date": "yesterday"}, "not a date"),
        ({"text": "A" * 1_000_001}, "the limit is 1,000,000"),
        ({"html": "<p>" + "A " * 1_000_001}, "the limit is 1,000,000"),
    ],
    ids=["nothing", "empty", "both", "number", "blank", "unknown", "date", "too-large", "too-large-html"],
)
def test_bad_input_is_an_input_error(host: Host, arguments: dict[str, Any], said: str) -> None:
    """It says what is wrong with the arguments, and that nothing was read."""
    result = host.call(**arguments)
    assert code(result) == "input_error"
    assert text(result).startswith("InputError: ")
    assert said in text(result)
    assert "Nothing was read" in text(result)


@pytest.mark.slow
def test_a_missing_recording_is_the_servers_fault_not_the_articles(host: Host) -> None:
    """The assistant is told to tell its user."""
    result = host.call(text="Minister Ada Roy said on Monday that Orland wants peace.")
    assert code(result) == "stale_recording"
    assert "Tell the user" in text(result)


@pytest.mark.slow
def test_another_tool_is_a_protocol_error(host: Host) -> None:
    """Nothing is guessed from its name."""
    from mcp import MCPError

    with pytest.raises(MCPError, match="the only one is brief_article"):
        host.portal.call(host.client.call_tool, "fetch", {"url": "http://news.example/"})


@pytest.mark.slow
def test_a_model_that_fails_is_not_an_article_that_says_nothing(live: tuple[Host, StubServer]) -> None:
    """Each way of failing has its code, the usage and the advice."""
    host, stub = live
    script(stub, error(401))
    result = host.call(text=WIRE)
    assert code(result) == "model_unavailable"
    assert "does not mean that the article says nothing" in text(result)
    script(stub, lambda body: completion(body, None, refusal="I cannot help with that."))
    result = host.call(text=WIRE)
    assert code(result) == "model_refused"
    assert result.meta is not None
    assert result.meta["desk-summarizer/error"]["usage"]["calls"] == len(stub.requests)


@pytest.mark.slow
def test_progress_is_told_and_rises(host: Host) -> None:
    """Once for each planned call and at the end."""
    told: list[tuple[float, float | None, str | None]] = []
    host.start({"text": KHERSON}, lambda *note: told.append(note)).result()
    assert [note[0] for note in told] == list(range(8))
    assert {note[1] for note in told} == {7}
    assert told[0][2] == "window 1 of 7"


@pytest.mark.slow
def test_a_cancelled_call_asks_the_model_no_more(live: tuple[Host, StubServer]) -> None:
    """An answer that would be asked for again is not, and the server goes on."""
    host, stub = live
    asked, answered = threading.Event(), threading.Event()

    def held(body: Any) -> Any:
        asked.set()
        answered.wait(5)
        return completion(body, "no JSON")

    script(stub, held)
    call = host.start({"text": WIRE})
    assert asked.wait(10)
    call.cancel()
    time.sleep(0.2)
    answered.set()
    time.sleep(0.5)
    assert len(stub.requests) == 1
    assert code(host.call(text=WIRE)) == "model_unavailable"
    assert len(stub.requests) > 2, "without cancelling, an answer that is no JSON is asked for again"


@pytest.mark.slow
def test_two_calls_at_once_are_worked_on_at_once(live: tuple[Host, StubServer], host: Host) -> None:
    """The second does not wait for the first, and each gets its own brief."""
    asking, stub = live
    both = threading.Barrier(2)

    def together(body: Any) -> Any:
        both.wait(10)
        return error(401)

    script(stub, together)
    assert [code(call.result()) for call in [asking.start({"text": WIRE}), asking.start({"text": KHERSON})]] == [
        "model_unavailable"
    ] * 2
    calls = [host.start({"text": article}) for article in (KHERSON, WIRE, QUIET)]
    ids = [call.result().structured_content["article"]["id"] for call in calls]
    assert ids == [Article(article).id for article in (KHERSON, WIRE, QUIET)]


@pytest.mark.slow
def test_no_more_than_four_articles_are_read_at_a_time(live: tuple[Host, StubServer]) -> None:
    """Further calls wait, and all are answered."""
    host, stub = live
    lock, now, most = threading.Lock(), 0, 0

    def counted(body: Any) -> Any:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.3)
        with lock:
            now -= 1
        return error(401)

    script(stub, counted)
    calls = [host.start({"text": f"{WIRE}\n\nMinister Roy said so {n} times."}) for n in range(10)]
    assert {code(call.result()) for call in calls} == {"model_unavailable"}
    assert most == 4


LOUD = f"""
import os, sys
import summarizer.tool as tool

real = tool.asummarize

async def loud(*arguments, **options):
    os.write(1, b"from native code\\n")
    print("from Python")
    return await real(*arguments, **options)

tool.asummarize = loud
from summarizer.cli import main
sys.exit(main(["mcp", "--replay", {CASSETTES!r}]))
"""


CALL = rb'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "brief_article", "arguments": %s}}'
ODD_LINES: dict[bytes, tuple[int | str | None, int | str]] = {
    CALL % rb'{"text": "\ud800 hi."}': (1, "stale_recording"),
    CALL % rb'{"\udfff": "hi"}': (1, "input_error"),
    CALL.replace(b"brief_article", rb"\ud800") % b"{}": (1, -32602),
    CALL % (b'{"text": ' + b"[" * 300 + b"]" * 300 + b"}"): (1, -32600),
    b'{"jsonrpc": "1.0", "id": 7, "method": "tools/list"}': (7, -32600),
    b'{"jsonrpc": "2.0", "id": "x", "method": {"id": 5}}': ("x", -32600),
    b"[]": (None, -32600),
    b"{oops": (None, -32700),
    b"\xff\xfe": (None, -32700),
}
"""What a host may send, half a character in it for one; the id that is answered, and the code."""


@pytest.mark.slow
def test_standard_output_carries_the_protocol_only_and_every_line_is_answered() -> None:
    """What native code and `print` write goes to stderr; a client of the protocol of 2025 is served; EOF ends it.

    A line that is no message is answered with an error, and told on stderr.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", LOUD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | ENVIRONMENT,
        cwd=ROOT,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}}
    for method, params in (("initialize", hello), ("tools/call", {"name": NAME, "arguments": {"text": WIRE}})):
        request = {"jsonrpc": "2.0", "id": method, "method": method, "params": params}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert answer["id"] == method
        assert "error" not in answer
        if method == "initialize":
            process.stdin.write('{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
    assert answer["result"]["structuredContent"]["article"]["id"] == Article(WIRE).id
    for line, told in ODD_LINES.items():
        process.stdin.buffer.write(line + b"\n")
        process.stdin.buffer.flush()
        answer = json.loads(process.stdout.readline())
        failed = answer.get("error") or answer["result"]["_meta"]["desk-summarizer/error"]
        assert (answer["id"], failed["code"]) == told, line
    rest, logged = process.communicate(timeout=10)
    assert rest == ""
    assert process.returncode == 0
    assert "from native code" in logged
    assert "from Python" in logged
    assert logged.count("dropped what the host sent") == sum(told in (-32600, -32700) for _, told in ODD_LINES.values())


def test_it_does_not_start_with_what_no_article_could_be_read_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2 and one line: no recordings, no such provider."""
    with io.TextIOWrapper(io.BytesIO()) as stdin, io.TextIOWrapper(io.BytesIO()) as stdout:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "stdout", stdout)
        for option, value, told in [
            ("--replay", str(tmp_path / "none"), "no folder of recordings"),
            ("--replay", str(tmp_path), "no recordings in"),
            ("--replay", str(ROOT / "README.md"), "no recordings in"),
            ("--model", "nope/x", "unknown provider 'nope'"),
        ]:
            assert main(["mcp", option, value]) == 2
            assert told in capsys.readouterr().err


def test_a_missing_extra_is_a_usage_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what to install."""
    for name in [name for name in sys.modules if name.split(".")[0] == "mcp"] + ["summarizer.tool"]:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr("summarizer.tool", raising=False)
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert main(["mcp"]) == 2
    assert "pip install 'desk-summarizer[mcp]'" in capsys.readouterr().err
