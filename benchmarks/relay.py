"""A relay on loopback between a contender and the model server: it counts, and keeps answers.

Every contender is measured by the same meter this way, whatever it tells of its own usage. An answer is kept under
the hash of the model file and the request, which holds the prompt and the article: only what changed runs again.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
import time
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

CEILING = 2_000
"""Most tokens of an answer where the contender sets no limit: a small model that runs on would go on for minutes."""


@dataclass(frozen=True)
class Meter:
    """What went through: calls, tokens, and the seconds the server took (as measured when it answered)."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    server_seconds: float = 0.0
    waited: float = 0.0
    """Seconds the contender really waited now: less than `server_seconds` where answers were kept."""


class Relay:
    """Relays requests to `base_url`; answers are kept in `folder`, or always asked for anew where that is None."""

    def __init__(self, base_url: str, key: str, model_hash: str, folder: Path | None) -> None:
        self.target, self.key, self.model_hash, self.folder = urlsplit(base_url), key, model_hash, folder
        self.meter = Meter()
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = relay.answer(self.path, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Relay:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """(status, body) of the server, now or earlier."""
        started = time.perf_counter()
        request = json.dumps(json.loads(body), sort_keys=True)
        name = hashlib.sha256(f"{self.model_hash}\0{path}\0{request}".encode()).hexdigest()
        file = self.folder / f"{name}.json" if self.folder else None
        if file and file.exists():
            kept = json.loads(file.read_text(encoding="utf-8"))
        else:
            kept = self._ask(path, body)
            if file and kept["status"] == 200:
                file.write_text(json.dumps(kept), encoding="utf-8")
        usage = json.loads(kept["body"]).get("usage") or {} if kept["status"] == 200 else {}
        self.meter = replace(
            self.meter,
            calls=self.meter.calls + 1,
            input_tokens=self.meter.input_tokens + usage.get("prompt_tokens", 0),
            output_tokens=self.meter.output_tokens + usage.get("completion_tokens", 0),
            server_seconds=self.meter.server_seconds + kept["seconds"],
            waited=self.meter.waited + time.perf_counter() - started,
        )
        return kept["status"], kept["body"].encode()

    def _ask(self, path: str, body: bytes) -> dict[str, Any]:
        started = time.perf_counter()
        body = json.dumps({"max_tokens": CEILING} | json.loads(body)).encode()
        connection = http.client.HTTPConnection(self.target.hostname or "", self.target.port, timeout=3600)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return {"status": response.status, "body": text, "seconds": time.perf_counter() - started}
