"""The file of a cassette: it keeps every character, is written one way only, and harms nobody who reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer import Article, StaleRecording, cassette
from summarizer.cassette import Exchange, Lost, Run
from summarizer.errors import InputError
from tests.conftest import ROOT

CASSETTES = sorted((ROOT / "cassettes").glob("*.yaml"))
LETTERS = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("\n \t\x85\u2028\u2029\ufeff:#'\"|>-")), max_size=80
)


def a_run(article: Article, exchanges: int = 0, **other: object) -> Run:
    """A run of no particular model."""
    return Run("2026-11-22", "server", "m", "windows", "p", "s", "CC0-1.0", article.id, exchanges, **other)  # type: ignore[arg-type]


@given(text=LETTERS, said=LETTERS, title=LETTERS)
def test_every_character_survives(tmp_path_factory: pytest.TempPathFactory, text: str, said: str, title: str) -> None:
    """Article, request, answer and metadata are read as they were written, whatever line ends or quotes they hold."""
    try:
        article = Article(f"A.\n{text}", title=title, licence="CC0-1.0")
    except InputError:
        return
    path = tmp_path_factory.mktemp("cassette") / "a.yaml"
    body = {"messages": [{"role": "user", "content": said}], "b": 1, "a": [said]}
    exchange = Exchange("POST", "http://llm.test/v1", body, 200, {"content": said}, {"content-type": ("x",)}, {})
    run = a_run(article, 1, about=cassette.about(article), lost=(Lost(1, "unavailable", "gone", True, False),))
    cassette.write(path, [(run, [exchange], article.text)])
    read = cassette.read(path)
    assert read.runs == (run,)
    assert read.of(read.runs[0]) == (exchange,)
    assert read.article(run) == article
    assert cassette.read_runs(path) == (run,)


def test_an_answer_that_is_no_json_survives(tmp_path: Path) -> None:
    """A gateway's page of HTML is kept as text."""
    article = Article("A text.")
    exchange = Exchange("POST", "http://llm.test/v1", {}, 502, "<html>\x85bad\n gateway ")
    cassette.write(tmp_path / "a.yaml", [(a_run(article, 1), [exchange], article.text)])
    assert cassette.read(tmp_path / "a.yaml").exchanges == (exchange,)


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_there_is_one_way_to_write_a_cassette(path: Path, tmp_path: Path) -> None:
    """What was read is written to the same bytes, so a new recording differs where the answers do."""
    read = cassette.read(path)
    cassette.write(tmp_path / "a.yaml", [(run, read.of(run), read.texts[run.article]) for run in read.runs])
    assert (tmp_path / "a.yaml").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_a_cassette_says_what_it_is(path: Path) -> None:
    """Model, hashes, date, licence and the article's text, and nothing of where the article lay."""
    read = cassette.read(path)
    (run,) = read.runs
    assert run.model == "local/qwen2.5-coder-1.5b-instruct-q4_k_m"
    assert len(run.prompt) == len(run.schema) == 16
    assert run.exchanges == len(read.exchanges)
    assert run.licence == ("CC0-1.0" if path.name.startswith("invented") else "unknown")
    assert read.article(run).id == run.article
    assert "/" not in run.about["source"]


BOMB = "\n".join(["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12)])
NONE = "recorded: []\narticles: []\ninteractions:\n"
RUN = "recorded:\n- {date: d, provider: p, model: m, plan: whole, prompt: p, schema: s, licence: l, article: {id: x}, "


def asked(uri: str = "u", body: str = "'{}'") -> str:
    """A file with one interaction."""
    request = f"- request: {{method: POST, uri: '{uri}', body: {body}}}\n"
    return f"{NONE}{request}  response: {{status: {{code: 200}}, body: {{string: x}}}}\n"


HOSTILE = {
    "empty": "",
    "a list": "- 1\n",
    "binary": "\x00\x01",
    "code": "recorded: !!python/object/apply:os.system ['touch /nowhere']\n",
    "nested": "recorded: " + "[" * 200_000,
    "nested blocks": "recorded:\n" + "".join(" " * n + "-\n" for n in range(1, 400)),
    "merged": BOMB,
    "the same part many times": f"{NONE}- &a {{request: {{}}}}\n" + "- *a\n" * 1000,
    "many parts": NONE + "- 1\n" * 600_000,
    "a number beyond floats": f"{NONE}- 1\nextra: " + "1:" * 5000 + "1.0\n",
    "a cost beyond floats": f"{RUN}exchanges: 0, max_cost: 1{'0' * 400}}}\ninteractions: []\narticles: []\n",
    "unfinished": "recorded:\n- date: 'x",
    "wrong types": "recorded: 7\ninteractions: []\narticles: []\n",
    "no plan": "recorded:\n- {date: d, model: m, plan: none, article: {id: x}}\ninteractions: []\narticles: []\n",
    "a number of 5,000 digits": f"recorded: []\ninteractions: []\narticles: [{{id: a, text: {'9' * 5000}}}]\n",
    "an endless circle": "recorded: &a [*a]\ninteractions: []\narticles: []\n",
    "deep JSON": asked(body="'" + "[" * 100_000 + "'"),
    "rather deep JSON": asked(body="'" + "[" * 900 + "]" * 900 + "'"),
    "a packed body": asked(body="!!binary aGk="),
    "a bad address": asked(uri="http://[::1"),
    "exchanges of nothing": asked(),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.more] if name == "many parts" else []) for name in HOSTILE]
)
def test_a_hostile_file_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    """It runs nothing, multiplies nothing, does not end the process, and is told by its name."""
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE[name], encoding="utf-8")
    with pytest.raises(StaleRecording, match=r"hostile\.yaml cannot be read as a recording") as caught:
        cassette.read(path)
    assert len(str(caught.value)) < 300 + len(str(tmp_path))
    assert cassette.read_runs(path) == ()


def test_another_text_under_the_articles_name_is_noticed(tmp_path: Path) -> None:
    """The text must be the one whose hash the run names."""
    article = Article("A text.")
    cassette.write(tmp_path / "a.yaml", [(a_run(article), [], "Another text.")])
    read = cassette.read(tmp_path / "a.yaml")
    with pytest.raises(StaleRecording, match="does not hold the text"):
        read.article(read.runs[0])


@pytest.mark.parametrize("source", ["/home/anna/desk/story.txt", "C:\\Users\\anna\\story.txt", "a/b/story.txt"])
def test_of_a_path_only_the_name_is_kept(source: str) -> None:
    """Where a file lay is a detail of somebody's machine."""
    assert cassette.about(Article("A text.", source=source))["source"] == "story.txt"


def test_an_answer_with_half_a_character_can_be_kept(tmp_path: Path) -> None:
    """A lone surrogate, which no file can hold, stays as the escape it was."""
    article = Article("A text.")
    exchange = Exchange("POST", "http://llm.test/v1", {}, 200, {"content": "x\ud800"})
    cassette.write(tmp_path / "a.yaml", [(a_run(article, 1), [exchange], article.text)])
    assert cassette.read(tmp_path / "a.yaml").exchanges == (exchange,)


@pytest.mark.parametrize("start", ["\ufeff", "# ours\n", "---\n", "version: 1\n"])
def test_a_file_that_starts_otherwise_is_still_ours(start: str, tmp_path: Path) -> None:
    """By hand or by another program: it is read as a whole then."""
    path = tmp_path / "a.yaml"
    text = CASSETTES[0].read_text(encoding="utf-8").replace("version: 1\n", "")
    path.write_text(start + text, encoding="utf-8")
    assert cassette.read_runs(path) == cassette.read(CASSETTES[0]).runs
    assert not cassette.is_foreign(path)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it points to is written."""
    (tmp_path / "link.yaml").symlink_to(tmp_path / "a.yaml")
    cassette.write(tmp_path / "link.yaml", [])
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "a.yaml").is_file()


def test_of_an_address_the_bare_one_is_kept_and_a_detected_language_is_not() -> None:
    """No password, no query; a language that was found is found again."""
    about = cassette.about(Article("A text.", source="https://anna:pw@news.example/a/story.html?session=1#x"))
    assert about == {"source": "https://news.example/a/story.html"}
    assert cassette.about(Article("A text.", language="de")) == {"language": "de"}
