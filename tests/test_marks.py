"""Quotation marks in a line: whatever a reader would take for quoted is looked up, and marks can be taken out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.marks import DOUBLE, SINGLE, between_words, has_markup, quoted_parts, whole_words, without_marks
from summarizer.plain import one_line
from summarizer.verification import line_problems

QUOTE = (
    "“We will not retreat,” said Brandt of the ‘so-called’ plan: it is unacceptable to us, let us march toward Tarn."
)

INVENTED = [
    'the army "will surrender"',
    "the army “will surrender",
    "the army will surrender”",
    "We surrender” at once",
    "«We „surrender and“ will not retreat»",
    "“We “do surrender and” will not retreat”",
    '""we surrender""',
    "““we surrender””",
    "««we surrender»»",
    '"“we surrender”"',
    "“ “we surrender” ”",
    "```we surrender''",
    "``we surrender''",
    "''we surrender''",
    ',,we surrender"',
    ",,we surrender''",
    "<<we surrender>>",
    "'we surrender'",
    "'...we surrender'",
    "'[we] surrender'",
    "'—we surrender'",
    "'$5 million and surrender'",
    "' we surrender '",
    "'\u0301we surrender'",
    "‘We ‘will’ surrender’",
    "'We will not retreat' army surrendered'",
    "'em surrender now'",
    "<q>we surrender</q>",
    "&ldquo;we surrender&rdquo;",
    "&quot;we surrender&quot;",
    "&#8220;we surrender&#8221;",
    "\\u201cwe surrender\\u201d",
    "it is “acceptable”",
    "a step “toward Tar”",
    "a step “ward” Tarn",
    "he told “US” to march",
    "“let US march”",
    "it is “UNACCEPTABLE”",
    "“We will not retreat!”",
    "“We will … retreat”",
    "“not retreat, let us march”",
]
INVENTED += [f"the army {mark}will surrender{mark} soon" for mark in sorted(DOUBLE | SINGLE)]


@pytest.mark.parametrize("line", INVENTED)
def test_no_kind_of_mark_hides_an_invented_quotation(line: str) -> None:
    """Nested, doubled, lost, written with other characters, or of another script."""
    assert line_problems(line, [QUOTE])


@pytest.mark.parametrize(
    "line",
    [
        "Brandt: “We will not retreat”",
        "Brandt: 'We will not retreat'",
        "Brandt: „we will not retreat“ and “unacceptable”",
        'Brandt: "we will not retreat" and "unacceptable"',
        "Brandt: « We will not retreat »",
        "Brandt spoke of the “so-called plan”",
        "““We will not retreat””",
        "Brandt's army won't retreat in the rebels' valley",
        "the ’90s army will not retreat",
        "the army will not retreat",
        "the Qur'an, O’Neil and об’єкт",
    ],
)
def test_what_the_evidence_says_may_be_quoted(line: str) -> None:
    """In any marks; an apostrophe is none."""
    assert line_problems(line, [QUOTE]) == []


def test_agency_copy_in_capitals_may_be_quoted_in_small_letters() -> None:
    """Old wires have no other letters; elsewhere the case counts, but for the first letter."""
    assert line_problems("“not the time for truces”", ["IT IS NOT THE TIME FOR TRUCES, HE SAID."]) == []
    assert line_problems("“Not the time”", ["It is not the time, he said."]) == []


LETTERS = (
    st.sampled_from(sorted(DOUBLE | SINGLE))
    | st.sampled_from("ab sxZ0.,;:<>&\\/#u[(—\u0301\u200c\u00ad")
    | st.characters()
)


@settings(max_examples=800)
@given(st.text(LETTERS, max_size=60))
def test_without_marks_nothing_reads_as_quoted(text: str) -> None:
    """Whatever the text: a line without its marks can stand on any evidence."""
    line = one_line(without_marks(text))
    assert quoted_parts(line) == []
    assert not has_markup(line)
    assert line_problems(line, ["x"]) == []


@settings(max_examples=500)
@given(st.text(LETTERS, max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_a_widened_span_ends_between_words(text: str, a: int, b: int) -> None:
    """And holds the span it was made of."""
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    first, last = whole_words(text, start, end)
    assert 0 <= first <= start <= end <= last <= len(text)
    assert between_words(text, first)
    assert between_words(text, last)
