"""Merging, and the headline and key points out of verified items."""

from __future__ import annotations

from summarizer.brief import Condition, Evidence, Position
from summarizer.digest import key_points, merge
from summarizer.grounding import Grounded
from summarizer.sections import SECTIONS
from summarizer.verification import HEADLINE_LENGTH


def evidence(start: int, quote: str = "abc") -> Evidence:
    """Evidence at a place."""
    return Evidence(sentence=1, start=start, end=start + len(quote), quote=quote)


def grounded(start: int, actor: str, text: str, quote: str | None = None) -> Grounded:
    """A position, by default in the article's own words."""
    return Grounded(SECTIONS[0], actor, text, (evidence(start, quote or text),))


def merged(*statements: Grounded) -> list[Grounded]:
    """The statements merged; nobody has a name."""
    return merge(statements, lambda actor: ())


def test_the_same_statement_in_lede_and_body_is_one_with_both_evidences() -> None:
    """Same actor, same section, mostly the same words."""
    first, second = grounded(0, "a", "Arland rejects the truce"), grounded(90, "a", "Arland rejects the truce again")
    (one,) = merged(second, first)
    assert one.text == first.text
    assert [e.start for e in one.evidence] == [0, 90]


def test_two_actors_saying_the_same_stay_two() -> None:
    """The holder is part of a statement."""
    assert len(merged(grounded(0, "a", "the truce holds"), grounded(9, "b", "the truce holds"))) == 2


def test_statements_come_in_the_order_of_the_article() -> None:
    """Whatever the order of the answers."""
    assert [s.evidence[0].start for s in merged(grounded(50, "a", "x y z"), grounded(5, "b", "u v w"))] == [5, 50]


def test_two_wars_and_a_denial_are_kept_apart() -> None:
    """Most words are the same, but the first text does not stand on the second's evidence."""
    here = grounded(0, "a", "the council calls for a truce in the valley of Arland")
    there = grounded(90, "a", "the council calls for a truce in the valley of Velia")
    assert len(merged(here, there)) == 2
    yes = grounded(0, "a", "the council will accept the truce in the valley")
    no = grounded(90, "a", "the council will not accept the truce in the valley")
    assert len(merged(yes, no)) == 2


def items() -> list[tuple[str, Position | Condition]]:
    """Seven positions of one actor and one condition of another."""
    positions = [
        Position(id=f"position-{n}", actor="a", text=f"claim number {n}", evidence=(evidence(n * 10),))
        for n in range(1, 8)
    ]
    condition = Condition(id="condition-1", actor="b", text="talks only after a truce", evidence=(evidence(200),))
    return [*(("positions", p) for p in positions), ("conditions_for_talks", condition)]


def test_conditions_come_first_and_each_actor_before_a_second_line_of_any() -> None:
    """The headline is the condition, and so is the first of at most five points."""
    headline, points = key_points(items(), lambda actor: actor.upper())
    assert headline is not None
    assert headline.text == "B: talks only after a truce."
    assert len(points) == 5
    assert [point.text[0] for point in points] == ["B", "A", "A", "A", "A"]


def test_a_headline_fits_its_length_or_is_none() -> None:
    """A point that is too long is no headline."""
    long = Position(id="position-1", actor="a", text="x" * HEADLINE_LENGTH, evidence=(evidence(0),))
    assert key_points([("positions", long)], str)[0] is None
    assert key_points([], str) == (None, ())


def test_a_passing_remark_heads_no_brief_of_others_who_say_more() -> None:
    """The first item that fits is taken of terms, or of somebody who says more than one thing."""
    remark = Position(id="position-1", actor="b", text="the meeting opens tomorrow", evidence=(evidence(5),))
    first, _ = key_points([("positions", remark), *items()[:7]], lambda actor: actor.upper())
    assert first is not None
    assert first.text == "A: claim number 1."
    alone, _ = key_points([("positions", remark)], lambda actor: actor.upper())
    assert alone is not None
    assert alone.text == "B: the meeting opens tomorrow."


def test_what_an_actor_says_of_two_things_is_two_statements() -> None:
    """However alike the sentences: nothing is lost by merging."""
    places = ("talks", "bridge", "harbour", "valley")
    text = " ".join(f"Foreign Minister Lena Moor said that Arland would not leave the {place}." for place in places)
    told = [grounded(100 * i, "a", s.strip()) for i, s in enumerate(text.split(".")) if s]
    assert len(merged(*told)) == 4


def test_a_key_point_without_its_open_mark_is_still_one_line() -> None:
    """The blank behind the mark goes with it."""
    odd = Position(id="position-1", actor="a", text="« 0", evidence=(evidence(0, "«\ufbc30"),))
    first, _ = key_points([("positions", odd)], lambda actor: actor.upper())
    assert first is not None
    assert first.text == "A: 0."
