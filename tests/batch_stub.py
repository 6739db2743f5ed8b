"""A stub of OpenAI's files and batches, kept to the documented shapes; what a model would answer comes from a rule.

A batch moves on by one status each time it is looked at. Its output is in another order than its input; what failed is
in a file of its own; an output or error file without lines does not exist.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.stub_server import Body, Reply, json_reply

Rule = Callable[[Body, int], Reply | str]
"""(body of a request, how often it was run before) -> its answer, or the code of an error that is no HTTP answer."""

_ENDS = ("failed", "completed", "expired", "cancelled")
_STAMPS = {
    "in_progress": "in_progress_at",
    "finalizing": "finalizing_at",
    "cancelling": "cancelling_at",
    **{end: f"{end}_at" for end in _ENDS},
}


def line_of(request: str, reply: Reply | str) -> dict[str, Any]:
    """A line of an output or error file."""
    line: dict[str, Any] = {"id": f"batch_req_{request[:8]}", "custom_id": request, "response": None, "error": None}
    if isinstance(reply, str):
        return {**line, "error": {"code": reply, "message": f"This request could not be executed: {reply}."}}
    status, _, data = reply
    return {**line, "response": {"status_code": status, "request_id": f"req_{request[:8]}", "body": json.loads(data)}}


@dataclass
class BatchStub:
    """The server's side: files, batches, and what was done."""

    rule: Rule
    url: str = ""
    steps: tuple[str, ...] = ("in_progress", "finalizing", "completed")
    """The statuses of a batch after `validating`."""
    refusals: list[list[dict[str, Any]]] = field(default_factory=list)
    """`errors.data` of the next batches, which fail."""
    token_limit: int | None = None
    """Enqueued tokens, at four bytes each."""
    faults: dict[str, list[Reply]] = field(default_factory=dict)
    """What is answered instead to the next requests, by event: `upload`, `create`, `look`, `list`, `content`."""
    hooks: dict[str, Callable[[], None]] = field(default_factory=dict)
    """Called when an event has happened, before it is answered."""
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    """In the order in which they were made."""
    run: Counter[str] = field(default_factory=Counter)
    """How often each request was answered with a completion: what is paid."""
    tried: Counter[str] = field(default_factory=Counter)
    events: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, method: str, path: str, headers: dict[str, str], data: bytes) -> Reply:
        """The answer to a request."""
        with self.lock:
            self.headers.append(headers)
            event, reply = self._route(method, urlsplit(path), headers, data)
            self.events.append(event)
            hook = self.hooks.get(event)
            if self.faults.get(event):
                reply = self.faults[event].pop(0)
        if hook:
            hook()
        return reply

    def _route(self, method: str, url: Any, headers: dict[str, str], data: bytes) -> tuple[str, Reply]:
        asked = (method, url.path.removeprefix("/v1"))
        if asked == ("POST", "/files"):
            return "upload", self._dropped("upload") or self._upload(headers, data)
        if asked == ("POST", "/batches"):
            return "create", self._dropped("create") or self._create(json.loads(data))
        if asked == ("GET", "/batches"):
            return "list", self._list(parse_qs(url.query))
        if match := re.fullmatch(r"/files/([\w-]+)/content", asked[1]):
            found = self.files.get(match[1])
            return "content", (200, {"content-type": "application/octet-stream"}, found) if found else _missing(
                match[1]
            )
        if match := re.fullmatch(r"/batches/([\w-]+)(/cancel)?", asked[1]):
            batch = self.batches.get(match[1])
            if batch is None:
                return "look", _missing(match[1])
            if match[2]:
                self._move(batch, "cancelling")
                return "cancel", json_reply(200, batch)
            self._advance(batch)
            return "look", json_reply(200, batch)
        return "unknown", _error(404, f"Invalid URL ({method} {url.path})")

    def _dropped(self, event: str) -> Reply | None:
        """An error that is answered to an event that then does not happen."""
        waiting = self.faults.get(event)
        return waiting[0] if waiting and 400 <= waiting[0][0] < 600 else None

    def _upload(self, headers: dict[str, str], data: bytes) -> Reply:
        message = message_from_bytes(
            b"content-type: " + headers["content-type"].encode() + b"\r\n\r\n" + data, policy=HTTP
        )
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        name = parts["file"].get_filename() or ""
        content = parts["file"].get_payload(decode=True)
        if parts["purpose"].get_payload().strip() != "batch":
            return _error(400, "Invalid purpose")
        if not name.endswith(".jsonl"):
            return _error(400, "Invalid file format for Batch API. Must be .jsonl")
        if len(content) > 200_000_000:
            return _error(400, "File is too large.")
        return json_reply(200, self._file(content, name, "batch"))

    def _file(self, content: bytes, name: str, purpose: str) -> dict[str, Any]:
        file = f"file-{len(self.files) + 1:03d}"
        self.files[file] = content
        described = {"id": file, "object": "file", "bytes": len(content), "created_at": int(time.time())}
        return {**described, "filename": name, "purpose": purpose, "status": "processed", "status_details": None}

    def _create(self, asked: Body) -> Reply:
        if asked.get("completion_window") != "24h" or asked.get("endpoint") != "/v1/chat/completions":
            return _error(400, "Invalid completion_window or endpoint")
        metadata = asked.get("metadata") or {}
        if len(metadata) > 16 or any(len(k) > 64 or len(v) > 512 for k, v in metadata.items()):
            return _error(400, "Invalid metadata")
        now = int(time.time())
        batch = {
            "id": f"batch_{len(self.batches) + 1:03d}",
            "object": "batch",
            "endpoint": asked["endpoint"],
            "errors": None,
            "input_file_id": asked["input_file_id"],
            "completion_window": "24h",
            "status": "validating",
            "output_file_id": None,
            "error_file_id": None,
            "created_at": now,
            "expires_at": now + 86_400,
            **dict.fromkeys(_STAMPS.values()),
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": metadata or None,
        }
        self.batches[str(batch["id"])] = batch
        return json_reply(200, batch)

    def _list(self, query: dict[str, list[str]]) -> Reply:
        limit = int(query.get("limit", ["20"])[0])
        newest = list(self.batches.values())[::-1]
        after = query.get("after", [None])[0]
        start = next((n for n, b in enumerate(newest, 1) if b["id"] == after), 0)
        page = newest[start : start + limit]
        ids = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {"first_id": None, "last_id": None}
        return json_reply(200, {"object": "list", "data": page, **ids, "has_more": start + limit < len(newest)})

    def _move(self, batch: dict[str, Any], status: str) -> None:
        batch["status"] = status
        if status in _STAMPS:
            batch[_STAMPS[status]] = int(time.time())

    def _advance(self, batch: dict[str, Any]) -> None:
        status = batch["status"]
        if status in _ENDS:
            return
        if status == "validating" and (errors := self._invalid(batch)):
            batch["errors"] = {"object": "list", "data": errors}
            self._move(batch, "failed")
            return
        if status == "cancelling":
            self._finish(batch, "cancelled")
            return
        order = ("validating", *self.steps)
        following = order[order.index(status) + 1]
        if following in _ENDS:
            self._finish(batch, following)
        else:
            self._move(batch, following)

    def _invalid(self, batch: dict[str, Any]) -> list[dict[str, Any]]:
        if self.refusals:
            return self.refusals.pop(0)
        content = self.files.get(batch["input_file_id"])
        if not content:
            return [_problem("empty_file", "The file is empty or not there.")]
        lines = [json.loads(line) for line in content.splitlines()]
        batch["request_counts"]["total"] = len(lines)
        if len(lines) > 50_000:
            return [_problem("too_many_tasks", "The batch has more than 50,000 requests.")]
        seen: set[str] = set()
        for number, line in enumerate(lines, 1):
            if line["custom_id"] in seen:
                return [_problem("duplicate_custom_id", "The custom_id was used before.", number)]
            if (line["method"], line["url"]) != ("POST", batch["endpoint"]):
                return [_problem("url_mismatch", "The URL is not the batch's.", number)]
            if line["body"]["model"] != lines[0]["body"]["model"]:
                return [_problem("model_mismatch", "All requests must name the same model.", number)]
            seen.add(line["custom_id"])
        if self.token_limit is not None and len(content) // 4 > self.token_limit:
            said = f"Enqueued token limit reached for stub. Limit: {self.token_limit:,} enqueued tokens."
            return [_problem("token_limit_exceeded", said)]
        return []

    def _finish(self, batch: dict[str, Any], status: str) -> None:
        """Run the requests; what an expired or cancelled batch did not come to is an error."""
        output, errors = [], []
        for text in reversed(self.files[batch["input_file_id"]].splitlines()):
            line = json.loads(text)
            request = line["custom_id"]
            reply = self.rule(line["body"], self.tried[request])
            self.tried[request] += 1
            paid = not isinstance(reply, str) and reply[0] == 200
            self.run[request] += paid
            (output if paid else errors).append(line_of(request, reply))
        for name, lines in (("output", output), ("error", errors)):
            if lines:
                content = "".join(json.dumps(line) + "\n" for line in lines).encode()
                made = self._file(content, f"{batch['id']}_{name}.jsonl", "batch_output")
                batch[f"{name}_file_id"] = made["id"]
        batch["request_counts"] |= {"completed": len(output), "failed": len(errors), "total": len(output) + len(errors)}
        self._move(batch, status)


def _problem(code: str, message: str, line: int | None = None) -> dict[str, Any]:
    return {"code": code, "line": line, "message": message, "param": None}


def _missing(name: str) -> Reply:
    return _error(404, f"No such object: {name}")


def _error(status: int, message: str) -> Reply:
    return json_reply(
        status, {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
    )


@contextmanager
def batch_stub(rule: Rule, **settings: Any) -> Iterator[BatchStub]:
    """Run the stub for the block."""
    stub = BatchStub(rule, **settings)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            data = self._body()
            headers = {k.lower(): v for k, v in self.headers.items()}
            status, more, answer = stub.answer(self.command, self.path, headers, data)
            try:
                if not status:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in {**more, "content-length": str(len(answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)
            except OSError:
                self.close_connection = True  # the client is gone

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            data = b""
            while size := int(self.rfile.readline(), 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Clients are killed here; that is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    stub.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
