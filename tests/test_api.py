"""`summarize` and `asummarize` as a whole, against a stub server of the hosted shape."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from summarizer import (
    Article,
    Brief,
    BudgetExceeded,
    Limits,
    ModelRefused,
    ModelUnavailable,
    Progress,
    SummarizerError,
    UsageError,
    asummarize,
    pipeline,
    summarize,
)
from summarizer.model import LiveModel
from tests.stub_server import Body, Reply, completion, entries, error, nothing, numbered, stub_server

TEXT = (
    "Foreign Minister Lena Moor said Arland wants peace. "
    "“We will talk only if the siege ends,” Moor told reporters. "
    "General Ivo Brandt said the enemy has lost two hundred tanks. "
    "The river will freeze on Monday. "
    "Moor will arrive by train. "
    "Brandt rejected the offer of a ceasefire."
)


def tagged(n: int, text: str) -> tuple[str, str, str]:
    """A stub's answer for the sentences of `TEXT`."""
    return {
        1: ("Lena Moor", "Arland wants peace", "position"),
        2: ("Moor", "talks only if the siege ends", "condition"),
        3: ("Ivo Brandt", "the enemy has lost two hundred tanks", "assessment"),
        6: ("Brandt", "rejected the offer of a ceasefire", "position"),
    }.get(n, ("", "", "none"))


def whole(body: Body) -> Reply:
    """A stub's answer for the plan over the whole article: statements only."""
    rows = [(n, *tagged(n, text)) for n, text in numbered(body)]
    kept = [{"n": n, "who": w, "says": s, "kind": k} for n, w, s, k in rows if k != "none"]
    return completion(body, json.dumps({"entries": kept}))


@pytest.mark.parametrize("plan", ["windows", "whole"])
def test_both_plans_ground_the_same_statements(plan: str) -> None:
    """One set of draft classes, one grounding: the plans differ only in how they ask."""
    with stub_server(whole if plan == "whole" else entries(tagged)) as stub:
        brief = summarize(TEXT, model="m", base_url=stub.url, plan=plan)  # type: ignore[arg-type]
        assert len(stub.requests) == (1 if plan == "whole" else 2)
    names = {actor.id: actor.name for actor in brief.actors}
    assert [names[i.actor] for i in brief.positions] == ["Lena Moor", "Ivo Brandt"]
    assert [(names[i.actor], i.stance, i.regarding) for i in brief.conditions_for_talks] == [
        ("Lena Moor", "sets", "talks")
    ]
    assert [(names[i.actor], i.about) for i in brief.military_assessments] == [("Ivo Brandt", "losses")]
    assert brief.conditions_for_talks[0].evidence[0].quote.startswith("“We will talk only if the siege ends")
    assert brief.audit.complete
    assert brief.provenance.plan == plan
    assert brief.provenance.endpoint == "127.0.0.1"


def test_a_model_that_finds_nothing_and_one_that_fails_do_not_look_alike() -> None:
    """Nothing found is a complete empty brief; a failing model is an error."""
    quiet = "The river froze on Monday. The bridge was closed. Snow fell on the road to the coast."
    with stub_server(entries(nothing)) as stub:
        brief = summarize(quiet, model="m", base_url=stub.url)
    assert brief.audit.complete
    assert not list(brief.items())
    assert brief.headline is None
    with stub_server(error(404)) as stub, pytest.raises(ModelUnavailable, match="404"):
        summarize(quiet, model="m", base_url=stub.url)


def test_what_other_windows_gave_is_kept_and_the_rest_is_marked_unread() -> None:
    """A refusal in one window leaves the others' statements, and the brief says what is missing."""

    def refuse_second(body: Body) -> Reply:
        first = numbered(body)[0][0]
        return completion(body, None, refusal="no") if first > 4 else entries(tagged)(body)

    with stub_server(refuse_second) as stub:
        brief = summarize(TEXT, model="m", base_url=stub.url)
    assert not brief.audit.complete
    assert [(u.first, u.last) for u in brief.audit.unread] == [(5, 6)]
    assert brief.audit.unread[0].reason.startswith("refused")
    assert set(brief.audit.sections.values()) == {"incomplete"}
    assert brief.conditions_for_talks


def test_a_cut_answer_leads_to_smaller_windows_not_to_a_shorter_brief() -> None:
    """Finish reason `length`: the window is taken up in halves, each asked once."""

    def cut_long(body: Body) -> Reply:
        if len(numbered(body)) > 2:
            return completion(body, '{"entries": [', finish="length")
        return entries(tagged)(body)

    with stub_server(cut_long) as stub:
        brief = summarize(TEXT, model="m", base_url=stub.url)
        assert len(stub.requests) == 4  # four sentences, two halves of them, and the last two
    assert brief.audit.complete
    assert len(list(brief.items())) == 4


FAILURES = {
    "refused": (lambda body: completion(body, None, refusal="no"), ModelRefused, Limits()),
    "unknown_model": (error(404), ModelUnavailable, Limits()),
    "no_calls_left": (lambda body: completion(body, "prose"), BudgetExceeded, Limits(max_calls=1)),
}


@pytest.mark.parametrize("name", FAILURES)
def test_where_nothing_could_be_read_the_error_says_so_and_carries_usage(name: str) -> None:
    """The typed error for each outcome, with the calls it cost."""
    reply, kind, limits = FAILURES[name]
    with stub_server(reply) as stub:
        with pytest.raises(kind) as caught:
            summarize(TEXT, model="m", base_url=stub.url, limits=limits)
        assert caught.value.usage is not None
        assert caught.value.usage.calls == len(stub.requests)
        assert "\n" not in str(caught.value)


def test_after_a_404_no_further_window_is_asked() -> None:
    """What a second call cannot change is not tried for every window."""
    with stub_server(error(404)) as stub:
        with pytest.raises(ModelUnavailable):
            summarize(TEXT, model="m", base_url=stub.url)
        assert len(stub.requests) == 1


def test_asummarize_gives_the_same_brief_and_leaves_the_loop_running() -> None:
    """Inside a running event loop, with others at work."""

    async def main(url: str) -> tuple[Brief, int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.02)

        other = asyncio.create_task(tick())
        brief = await asummarize(TEXT, model="m", base_url=url)
        other.cancel()
        return brief, ticks

    with stub_server(entries(tagged), delay=0.3) as stub:
        brief, ticks = asyncio.run(main(stub.url))
        same = summarize(TEXT, model="m", base_url=stub.url)
    assert brief.to_json(stable=True) == same.to_json(stable=True)
    assert ticks >= 10


def test_a_job_cancelled_while_it_starts_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It starts in a thread, which nobody can stop: what it opens is closed when it is done."""
    closed: list[str] = []
    begun, go_on = threading.Event(), threading.Event()
    prepare = pipeline.prepare

    def slowly(*given: Any) -> Any:
        begun.set()
        go_on.wait(5)
        return prepare(*given)

    monkeypatch.setattr(pipeline, "prepare", slowly)
    monkeypatch.setattr(LiveModel, "close", lambda self: closed.append(str(self.name)))

    async def main() -> None:
        job = asyncio.create_task(asummarize(TEXT, model="m", base_url="http://127.0.0.1:1/v1"))
        await asyncio.to_thread(begun.wait, 5)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert closed == []
        go_on.set()
        while not closed:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(main(), 10))


def test_summarize_works_inside_a_running_event_loop() -> None:
    """As in a notebook cell."""

    async def cell(url: str) -> Brief:
        return summarize(TEXT, model="m", base_url=url)

    with stub_server(entries(tagged)) as stub:
        assert list(asyncio.run(cell(stub.url)).items())


def test_progress_is_told_before_each_call_and_at_the_end() -> None:
    """Label, planned calls, usage and time, in order."""
    seen: list[Progress] = []
    with stub_server(entries(tagged)) as stub:
        summarize(TEXT, model="m", base_url=stub.url, progress=seen.append)
    assert [(p.label, p.done, p.planned) for p in seen] == [
        ("window 1 of 2", 0, 2),
        ("window 2 of 2", 1, 2),
        ("done", 2, 2),
    ]
    assert [p.usage.calls for p in seen] == [0, 1, 2]


def test_names_that_leak_from_the_worked_example_never_reach_a_brief() -> None:
    """A model that answers with the example's names gets those items grounded elsewhere or rejected."""

    def leaking(n: int, text: str) -> tuple[str, str, str]:
        return "Orla Dennick", "Pavo Lund frees all prisoners of Norland", "position"

    with stub_server(entries(leaking)) as stub:
        brief = summarize(TEXT, model="m", base_url=stub.url)
    for leaked in ("Dennick", "Lund", "Norland"):
        assert leaked not in json.dumps([i.model_dump() for _, i in brief.items()])
        assert leaked not in json.dumps([a.model_dump() for a in brief.actors])


def test_all_rejected_is_flagged() -> None:
    """A model whose every statement is rejected gives a complete brief that says so."""
    quiet = "The river froze on Monday. The bridge was closed."
    with stub_server(entries(lambda n, text: ("Nobody Known", "quite different words here", "position"))) as stub:
        brief = summarize(quiet, model="m", base_url=stub.url)
    assert not list(brief.items())
    assert brief.audit.rejected
    assert "all_rejected" in {flag.code for flag in brief.audit.flags}


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ({"model": "openai/gpt-5-mini"}, "set OPENAI_API_KEY"),
        ({"model": "gpt-5-mini"}, "provider/name"),
        ({"model": "nobody/x"}, "unknown provider"),
        ({"base_url": "http://127.0.0.1:1/v1"}, "--model"),
        ({"model": "m", "base_url": "ftp://x"}, "http"),
        ({"model": "xai/grok"}, "pip install"),
        ({"model": "local//no/such/file.gguf"}, r"file\.gguf|desk-summarizer\[local\]"),
        ({"record": "a", "replay": "b"}, "exclude"),
    ],
)
def test_wrong_use_is_one_line_that_says_what_to_do(arguments: dict[str, str], advice: str) -> None:
    """Missing key, wrong name, missing package, missing file."""
    with pytest.raises(UsageError, match=advice) as caught:
        summarize(TEXT, **arguments)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_an_unreachable_host_is_one_line_with_its_name() -> None:
    """Within a short time limit, and typed."""
    with stub_server(entries(nothing)) as stub:
        closed = stub.url
    with pytest.raises(SummarizerError, match=r"127\.0\.0\.1") as caught:
        summarize(TEXT, model="m", base_url=closed, limits=Limits(timeout=1.5))
    assert caught.value.exit_code == 4


def test_a_cost_ceiling_without_a_known_price_is_wrong_use() -> None:
    """A ceiling that could not hold is refused before anything is spent."""
    with stub_server(entries(nothing)) as stub:
        with pytest.raises(UsageError, match="price"):
            summarize(TEXT, model="m", base_url=stub.url, limits=Limits(max_cost=1.0))
        assert not stub.requests


def test_metadata_reaches_the_brief() -> None:
    """What the caller knows of the article stands in the brief."""
    article = Article(TEXT, title="Peace", date="2030-01-02", publisher="P", source="S", external_id="7")
    with stub_server(entries(nothing)) as stub:
        record = summarize(article, model="m", base_url=stub.url).article
    assert (record.title, record.date, record.publisher, record.source, record.external_id) == (
        "Peace",
        "2030-01-02",
        "P",
        "S",
        "7",
    )
    assert record.id == article.id
    assert record.language == "en"


def test_a_near_empty_answer_is_asked_again_and_never_taken_for_nothing_found() -> None:
    """Valid JSON without a statement from a text full of them: two calls, then an error, not an empty brief."""
    with stub_server(lambda body: completion(body, '{"entries": []}')) as stub:
        with pytest.raises(ModelUnavailable, match="lists 0 statements"):
            summarize(TEXT, model="m", base_url=stub.url, plan="whole")
        assert len(stub.requests) == 2
    with stub_server(lambda body: completion(body, '{"entries": []}'), whole) as stub:
        assert list(summarize(TEXT, model="m", base_url=stub.url, plan="whole").items())


def test_more_statements_than_an_answer_may_hold_lead_to_smaller_calls() -> None:
    """An answer with too many entries is taken up in halves, not thrown away."""
    text = " ".join(f"General Ivo Brandt said that village number {n} must be left at once." for n in range(60))

    def each(body: Body) -> Reply:
        rows = [{"n": n, "who": "Brandt", "says": t, "kind": "position"} for n, t in numbered(body)]
        return completion(body, json.dumps({"entries": rows}))

    with stub_server(each) as stub:
        brief = summarize(text, model="m", base_url=stub.url, plan="whole")
        assert len(stub.requests) == 3
    assert brief.audit.complete


@pytest.mark.parametrize("wrong", [{"plan": "nonsense"}, {"article": None}, {"article": b"bytes"}])
def test_wrong_types_are_wrong_use(wrong: dict[str, object]) -> None:
    """Typed errors from the library as well, without a path."""
    with pytest.raises(UsageError) as caught:
        summarize(**{"article": TEXT, **wrong})  # type: ignore[arg-type]
    assert "/" not in str(caught.value)


@pytest.mark.parametrize("limits", [{"max_calls": 0}, {"timeout": float("nan")}, {"timeout": -1}, {"max_cost": -0.1}])
def test_a_limit_that_cannot_hold_is_wrong_use(limits: dict[str, float]) -> None:
    """Zero calls, no time, a negative cost."""
    with pytest.raises(UsageError):
        Limits(**limits)  # type: ignore[arg-type]


def test_every_error_carries_usage() -> None:
    """All zero where no call was made."""
    with pytest.raises(UsageError) as caught:
        summarize(TEXT, model="nobody/x")
    assert caught.value.usage.calls == 0


DENIED = "Foreign Minister Lena Moor said Arland would not leave the talks. General Ivo Brandt said 40 tanks were lost."


def worded(*answers: dict[int, str]) -> list[Callable[[Body], Reply]]:
    """A stub's answers, one after the other: wordings by sentence number, of those asked for."""

    def step(says: dict[int, str]) -> Callable[[Body], Reply]:
        return lambda body: completion(body, json.dumps({"entries": [{"n": n, "says": s} for n, s in says.items()]}))

    return [step(says) for says in answers]


def test_an_entry_that_fails_its_check_goes_back_once_with_the_reason() -> None:
    """Alone, behind the same messages; what passes then is the item, and nothing is rejected."""
    good = {1: "Arland would not leave the talks", 2: "40 tanks were lost"}
    with stub_server(*worded({**good, 2: "400 tanks were lost"}, {2: good[2]})) as stub:
        brief = summarize(DENIED, model="m", base_url=stub.url, plan="windows")
    first, second = (body["messages"] for body in stub.requests)
    assert second[:-1] == first[:-1]
    assert second[-1]["content"].startswith(first[-1]["content"])
    told = second[-1]["content"].removeprefix(first[-1]["content"])
    assert "400" in told
    assert "Word only 2 again" in told
    assert not [line for line in told.splitlines() if line.startswith("[")]
    assert {item.text for _, item in brief.items()} == {"Arland would not leave the talks", "40 tanks were lost"}
    assert not brief.audit.rejected
    assert brief.provenance.usage.calls == 2


def test_an_entry_that_fails_twice_is_rejected_and_the_article_s_own_words_stand() -> None:
    """With the reason, and without quotation marks of the model's."""
    bad = {1: 'Arland would leave the talks "at once"', 2: "40 tanks were lost"}
    with stub_server(*worded(bad, {1: bad[1]})) as stub:
        brief = summarize(DENIED, model="m", base_url=stub.url, plan="windows")
    assert len(stub.requests) == 2
    (rejected,) = brief.audit.rejected
    assert rejected.reason == "unsupported_text"
    assert rejected.draft == "Arland would leave the talks at once"
    assert [item.text for item in brief.positions] == ["Arland would not leave the talks"]
    assert "verbatim_text" in {flag.code for flag in brief.audit.flags}


def test_an_answer_that_came_at_the_second_attempt_is_not_sent_back() -> None:
    """Two attempts at one planned call, whatever was wrong."""
    bad = worded({1: "Arland would leave the talks", 2: "40 tanks were lost"})
    with stub_server(lambda body: completion(body, "prose"), *bad) as stub:
        brief = summarize(DENIED, model="m", base_url=stub.url, plan="windows")
    assert len(stub.requests) == 2
    assert brief.audit.rejected


def test_what_cannot_be_asked_again_is_rejected_and_not_unread() -> None:
    """The sentence was read: a fault of the second request loses nothing."""
    bad = worded({1: "Arland would leave the talks", 2: "40 tanks were lost"})
    with stub_server(*bad, error(404)) as stub:
        brief = summarize(DENIED, model="m", base_url=stub.url, plan="windows")
    assert brief.audit.complete
    assert len(brief.audit.rejected) == 1
    assert len(list(brief.items())) == 2
