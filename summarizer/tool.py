"""The tool for assistants: one read-only MCP tool, `brief_article`, served over standard input and output.

It takes an article's text and gives the verified brief: as structured content, and rendered for reading with the
disclosure and how to cite. It fetches no address and reads no file. Standard output carries the protocol only.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sys
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
from anyio.abc import ObjectSendStream
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    PARSE_ERROR,
    CallToolRequestParams,
    CallToolResult,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from summarizer import __version__
from summarizer.api import DEFAULT_LIMITS, Progress, ProgressCallback, asummarize
from summarizer.article import Article
from summarizer.asking import Limits
from summarizer.brief import Brief
from summarizer.errors import BudgetExceeded, InputError, ModelRefused, ModelUnavailable, SummarizerError
from summarizer.render import text
from summarizer.review import disclosure

log = logging.getLogger(__name__)

NAME: Final = "brief_article"

ERROR_KEY: Final = "desk-summarizer/error"
"""Where a failed call's `_meta` holds the error for programs: `{"code", "message", "usage"}`."""

INSTRUCTIONS: Final = (
    "brief_article turns the text of one news article on a conflict or on diplomacy into a brief whose every line "
    "points at the sentences it rests on. Quote only its evidence, and pass its disclosure on."
)

DESCRIPTION: Final = (
    "Brief one piece of conflict or diplomacy reporting: who speaks, what each party says and wants, on what terms it "
    "would talk or stop fighting, how it judges the military situation. Use it when the user has the text of such an "
    "article and asks who said what, for positions, conditions for talks or a ceasefire, military assessments, or a "
    "summary that an editor can check. Not for other kinds of text, for several articles at once, or for questions "
    "about the world.\n\n"
    "Give the whole article in `text` (or its page in `html`), unshortened and unchanged: nothing is fetched, and an "
    "address is not an article. It takes seconds to minutes.\n\n"
    "Every `evidence[].quote` of the result is copied from the article by code; every `text` is a model's paraphrase. "
    "Quote only evidence, with its sentence number. Empty sections mean that nothing was found in what was read; "
    "`audit.complete` false means that parts were not read. An error says nothing about the article."
)

_ARGUMENTS: Final = {
    "text": "The article's text, whole and verbatim; at most 1,000,000 characters. Give this or html.",
    "html": "The article's page as HTML, in place of text; what its readers would not see is left out.",
    "title": "Its title.",
    "date": "The day it was published, as YYYY-MM-DD.",
    "publisher": "Who published it.",
    "source": "Where it comes from, such as its address: a label, it is not opened.",
    "language": "Its language as an ISO 639-1 code, such as uk; detected when left out.",
    "id": "Your own name for the article; it comes back as article.external_id.",
}

# No oneOf for "text or html": several hosts refuse a schema with one at its top.
_INPUT_SCHEMA: Final = {
    "type": "object",
    "properties": {name: {"type": "string", "description": told} for name, told in _ARGUMENTS.items()},
    "additionalProperties": False,
}

_CITE: Final = (
    "How to cite: the lines that begin with a sentence number in brackets are the article's own words, verbatim; quote "
    "nothing else. The other lines are paraphrases made by AI: attribute them to who said them, and keep the sentence "
    "on AI and review above with whatever you pass on."
)

_ADVICE: Final[dict[type[SummarizerError], str]] = {
    InputError: "Nothing was read. Correct the arguments and call again.",
    **dict.fromkeys(
        (ModelUnavailable, ModelRefused, BudgetExceeded),
        "The model failed and nothing was read: this does not mean that the article says nothing. Tell the user so.",
    ),
}
_ELSE: Final = "No brief was made: the server needs its user's attention. Tell the user."


@dataclass(frozen=True, slots=True)
class Settings:
    """With what the tool makes its briefs; the arguments of `summarize`."""

    model: str | None = None
    base_url: str | None = None
    replay: Path | None = None
    limits: Limits = DEFAULT_LIMITS
    concurrency: int = 4
    """Articles that are read at a time; further calls wait."""


def definition() -> Tool:
    """The tool as assistants see it."""
    return Tool(
        name=NAME,
        title="Brief an article on a conflict or on diplomacy",
        description=DESCRIPTION,
        input_schema=_INPUT_SCHEMA,
        output_schema=Brief.model_json_schema(),
        annotations=ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def server(settings: Settings) -> Server[Any]:
    """An MCP server with the one tool."""
    places = asyncio.Semaphore(settings.concurrency)

    async def tools(context: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[definition()])

    async def call(context: ServerRequestContext[Any, Any], params: CallToolRequestParams) -> CallToolResult:
        if params.name != NAME:
            raise MCPError(code=INVALID_PARAMS, message=f"no tool {params.name!r}: the only one is {NAME}")
        return await _answer(context, params.arguments or {}, settings, places)

    return Server(
        "summarizer",
        version=__version__,
        title="Verified briefs of conflict and diplomacy reporting",
        instructions=INSTRUCTIONS,
        on_list_tools=tools,
        on_call_tool=call,
    )


async def serve(settings: Settings) -> None:
    """Serve one host over standard input and output until it closes them.

    Meanwhile whatever else writes to standard output, native code included, writes to standard error.
    """
    served = server(settings)
    try:
        async with stdio_server() as (reading, writing):  # sends the descriptor of stdout to stderr
            # And Python's buffer too, which is flushed after that is undone.
            with redirect_stdout(sys.stderr):
                async with anyio.create_task_group() as passing:
                    understood, messages = anyio.create_memory_object_stream[SessionMessage | Exception]()
                    passing.start_soon(_pass_on, reading, understood, writing.send)
                    await served.run(messages, writing, served.create_initialization_options())
    except* BrokenPipeError:
        log.info("the host went away")


async def _pass_on(
    reading: AsyncIterable[SessionMessage | Exception],
    understood: ObjectSendStream[SessionMessage | Exception],
    answer: Callable[[SessionMessage], Awaitable[None]],
) -> None:
    """Pass messages on; what the SDK could not read, and would drop without a word, is mended or answered."""
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # the host went away
        async with understood:
            async for item in reading:
                if isinstance(item, SessionMessage):
                    await understood.send(item)
                elif isinstance(message := _mended(item), JSONRPCError):
                    log.warning("dropped what the host sent: %s", message.error.message)
                    await answer(SessionMessage(message))
                else:
                    await understood.send(SessionMessage(message))


def _mended(fault: Exception) -> JSONRPCMessage:
    """The message in a line that the SDK could not read, or the error to answer.

    JSON may hold half characters, which the SDK refuses: they become U+FFFD, as `Article` has it.
    """
    found = fault.errors(include_url=False) if isinstance(fault, ValidationError) else []
    unread = next((one for one in found if one["type"] == "json_invalid"), None)
    if unread is None:
        whole = (one["input"] for one in found if one["type"] == "missing" and len(one["loc"]) == 2)
        return _refusal(next(whole, None))
    try:
        line = re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(json.loads(unread["input"]), ensure_ascii=False))
        given = json.loads(line)
    except (ValueError, RecursionError):
        return JSONRPCError(jsonrpc="2.0", id=None, error=ErrorData(code=PARSE_ERROR, message=unread["msg"]))
    try:
        return jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError:
        return _refusal(given)


def _refusal(given: Any) -> JSONRPCError:
    """The answer to JSON that is no message, under its id where it has one."""
    name = given.get("id") if isinstance(given, dict) else None
    usable = isinstance(name, int | str) and not isinstance(name, bool)
    error = ErrorData(code=INVALID_REQUEST, message="not a JSON-RPC 2.0 message, or one that is nested too deeply")
    return JSONRPCError(jsonrpc="2.0", id=name if usable else None, error=error)


async def _answer(
    context: ServerRequestContext[Any, Any],
    arguments: Mapping[str, Any],
    settings: Settings,
    places: asyncio.Semaphore,
) -> CallToolResult:
    """The result of a call; cancelling it ends the model call under way."""
    told = -1
    async with anyio.create_task_group() as notes:

        def tell(progress: Progress) -> None:
            nonlocal told
            if progress.done > told:  # the protocol wants it to rise; a second attempt is no progress
                told = progress.done
                notes.start_soon(context.session.report_progress, progress.done, progress.planned, progress.label)

        result = await _brief(arguments, settings, places, tell)
    return result  # noqa: RET504 - mypy cannot know that the group swallows nothing


async def _brief(
    arguments: Mapping[str, Any], settings: Settings, places: asyncio.Semaphore, tell: ProgressCallback
) -> CallToolResult:
    try:
        article = await asyncio.to_thread(_article, arguments)
        async with places:
            brief = await asummarize(
                article,
                model=settings.model,
                base_url=settings.base_url,
                replay=settings.replay,
                limits=settings.limits,
                progress=tell,
            )
        return _result(brief)
    except SummarizerError as error:
        return _failed(error)
    except Exception as error:
        log.exception("a bug")
        message = f"a bug: {type(error).__name__}; the server's log has more. {_ELSE}"
        return CallToolResult(content=[TextContent(text=message)], is_error=True)


def _article(arguments: Mapping[str, Any]) -> Article:
    unknown = arguments.keys() - _ARGUMENTS.keys()
    if unknown:
        raise InputError(f"unknown arguments: {', '.join(sorted(unknown))}; known are {', '.join(_ARGUMENTS)}")
    given = {name: value for name, value in arguments.items() if value is not None and value != ""}
    if len({"text", "html"} & given.keys()) != 1:
        raise InputError("give the article's text, or its page as html, and one of them only")
    return Article.from_json(given)


def _result(brief: Brief) -> CallToolResult:
    written = io.StringIO()
    text.write(brief, written)
    readable = f"{disclosure(brief)}\n\n{written.getvalue()}\n{_CITE}"
    return CallToolResult(content=[TextContent(text=readable)], structured_content=json.loads(brief.to_json()))


def _failed(error: SummarizerError) -> CallToolResult:
    kind = type(error).__name__
    advice = next((told for kinds, told in _ADVICE.items() if isinstance(error, kinds)), _ELSE)
    code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
    told = {"code": code, "message": str(error), "usage": error.usage.model_dump(mode="json")}
    return CallToolResult(
        content=[TextContent(text=f"{kind}: {error}\n{advice}")], is_error=True, _meta={ERROR_KEY: told}
    )
