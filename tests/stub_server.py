"""A stub of an OpenAI-compatible server, for faults no real server gives on demand.

It is no model: `tagged` answers from a table, and `StubServer` plays replies from a script. What a
real model answers comes from the cassettes.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Reply = tuple[int, dict[str, str], bytes]
Rule = Callable[[int, str], tuple[str, str, str]]
"""(sentence number, sentence) -> (who, says, kind)."""


def numbered(body: Body) -> list[tuple[int, str]]:
    """The numbered sentences in the last user message of a request."""
    last = [m for m in body["messages"] if m["role"] == "user"][-1]["content"]
    return [(int(n), text) for n, text in re.findall(r"^\[(\d+)\] (.*)$", last, re.MULTILINE)]


def completion(body: Body, content: str | None, *, finish: str = "stop", refusal: str | None = None) -> Reply:
    """A completion in the form the request asked for: a tool call, or content."""
    message: Body = {"role": "assistant", "content": content, "refusal": refusal}
    if body.get("tools") and content is not None:
        name = body["tools"][0]["function"]["name"]
        call = {"id": "call-1", "type": "function", "function": {"name": name, "arguments": content}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    answer = {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [choice],
        "usage": usage,
    }
    return json_reply(200, answer)


def json_reply(status: int, data: Any, **headers: str) -> Reply:
    """A JSON reply."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"content-type": "application/json", **named}, json.dumps(data).encode()


def error(status: int, **headers: str) -> Reply:
    """An error reply as OpenAI words it."""
    return json_reply(status, {"error": {"message": "stub error", "type": "stub"}}, **headers)


def entries(rule: Rule) -> Callable[[Body], Reply]:
    """Answers with one entry for each numbered sentence, as `rule` says."""

    def answer(body: Body) -> Reply:
        rows = [(n, *rule(n, text)) for n, text in numbered(body)]
        filled = [{"n": n, "who": who, "says": says, "kind": kind} for n, who, says, kind in rows]
        return completion(body, json.dumps({"entries": filled}))

    return answer


def nothing(n: int, text: str) -> tuple[str, str, str]:
    """The rule of a model that finds no statement."""
    return "", "", "none"


Step = Callable[[Body], Reply] | Reply

DROPPED: Reply = (0, {}, b"")
"""No answer: the connection is closed."""


@dataclass
class StubServer:
    """A server on loopback; the last step of the script is repeated."""

    script: list[Step]
    delay: float = 0.0
    requests: list[Body] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def reply(self, body: Body, headers: dict[str, str]) -> Reply:
        step = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append(body)
        self.headers.append(headers)
        time.sleep(self.delay)
        return step(body) if callable(step) else step


@contextmanager
def stub_server(*script: Step, delay: float = 0.0) -> Iterator[StubServer]:
    """Run a stub server for the block."""
    stub = StubServer(list(script), delay)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, headers, data = stub.reply(body, {k.lower(): v for k, v in self.headers.items()})
            if not status:
                self.close_connection = True
                return
            try:
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                pass  # the client gave up waiting

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
