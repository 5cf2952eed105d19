"""How pages put findings into words, and the intervals they draw."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from cartkg.facts.phrases import PatientShare, amount, number, when
from cartkg.facts.records import AnswerTerm, Record
from cartkg.web.present.charts import exact_interval
from cartkg.web.present.inline_markup import linked


@pytest.mark.parametrize(
    ("events", "total"), [(0, 1), (1, 1), (7, 8), (0, 30), (15, 15), (40, 97), (199, 400), (900, 2000)]
)
def test_interval_is_that_of_scipy(events: int, total: int) -> None:
    drawn = exact_interval(PatientShare(events, total))
    reference = binomtest(events, total).proportion_ci(method="exact")
    assert drawn.low == pytest.approx(100 * reference.low, abs=1e-6)
    assert drawn.high == pytest.approx(100 * reference.high, abs=1e-6)


def _finding(**values: str) -> Record:
    kinds = {"statistic", "spreadKind", "comparator", "timeKind", "timeUnit", "unit", "resultKind", "countedAs"}
    base = "https://w3id.org/cartkg/ontology#"
    nodes = {
        name: (AnswerTerm(base + text, "uri", "", text) if name in kinds else AnswerTerm(text, "literal"),)
        for name, text in values.items()
    }
    return Record("https://w3id.org/cartkg/finding/f", nodes)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"numerator": "5", "denominator": "8"}, "5 of 8 (63\u00a0%)"),
        ({"numerator": "0", "denominator": "8"}, "0 of 8 (0\u00a0%)"),
        ({"numerator": "3"}, "3 patients (denominator not reported)"),
        (
            {"numerator": "1", "denominator": "4", "gradeLow": "3", "gradeHigh": "4"},
            "1 of 4 (25\u00a0%), grade 3\u20134",
        ),
        ({"numerator": "1", "denominator": "4", "gradeLow": "3"}, "1 of 4 (25\u00a0%), grade 3 or higher"),
        (
            {
                "value": "9.0",
                "statistic": "median",
                "spreadKind": "interquartileRange",
                "spreadLow": "7",
                "spreadHigh": "12.50",
            },
            "median 9 (IQR 7 to 12.5)",
        ),
        (
            {"value": "22", "statistic": "median", "spreadKind": "range", "spreadWidth": "6"},
            "median 22 (range width 6, limits not reported)",
        ),
        ({"value": "-3.5", "unit": "points"}, "\u22123.5 points"),
        ({"value": "2", "comparator": "atLeast"}, "\u2265 2"),
        ({"value": "1230000.0"}, "1\u202f230\u202f000"),
        (
            {"spreadKind": "range", "spreadLow": "4", "statistic": "median"},
            "median not reported, range 4 to not reported",
        ),
        (
            {"spreadKind": "range", "spreadLow": "20", "spreadHigh": "60", "statistic": "range", "unit": "year"},
            "range 20 to 60 years",
        ),
        ({"value": "1", "unit": "month"}, "1 month"),
        ({"value": "9", "unit": "point of a score"}, "9 points of a score"),
        ({"numerator": "1"}, "1 patient (denominator not reported)"),
        ({"numerator": "5", "denominator": "8", "resultKind": "lost"}, "5 of 8 (63\u00a0%): lost"),
        ({"numerator": "5", "denominator": "8", "resultKind": "present"}, "5 of 8 (63\u00a0%)"),
        ({"value": "90", "unit": "percent", "statistic": "percentOnly", "resultKind": "met"}, "90 percent: met"),
        ({"eventCount": "54", "countedAs": "events"}, "54 events"),
        (
            {"value": "-6", "unit": "points", "spreadKind": "spreadKindNotReported", "spreadNumber": "2.1"},
            "\u22126 points (\u00b1 2.1)",
        ),
        ({"value": "6", "spreadKind": "standardError", "spreadNumber": "0.5"}, "6 (SE 0.5)"),
        (
            {"value": "6", "spreadKind": "spreadKindNotReported", "spreadLow": "4", "spreadHigh": "8"},
            "6 (spread of a kind not reported 4 to 8)",
        ),
        (
            {"value": "6", "spreadKind": "interquartileRange", "spreadWidth": "3"},
            "6 (IQR width 3, limits not reported)",
        ),
        ({"resultText": "almost normal"}, "almost normal"),
        ({}, "no amount reported"),
    ],
)
def test_amount_says_number_statistic_spread_and_grade(values: dict[str, str], words: str) -> None:
    assert amount(_finding(**values)) == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"timeKind": "atTimePoint", "timeValue": "6.0", "timeUnit": "months"}, "at 6 months"),
        ({"timeKind": "withinWindow", "timeValue": "28", "timeUnit": "days"}, "within 28 days"),
        ({"timeKind": "lastFollowUp", "timeText": "at the last visit"}, "at the last visit"),
        ({"timeKind": "overFollowUp", "timeHigh": "12", "timeUnit": "month"}, "overFollowUp, to 12 months"),
        (
            {"timeKind": "withinWindow", "timeLow": "3", "timeHigh": "6", "timeUnit": "month"},
            "withinWindow, from 3 to 6 months",
        ),
        ({"timeKind": "timeNotReported"}, "timeNotReported"),
        ({}, "time not reported"),
    ],
)
def test_time_is_said_even_when_it_is_not_reported(values: dict[str, str], words: str) -> None:
    assert when(_finding(**values)) == words


def test_numbers_keep_their_value_when_written() -> None:
    assert [number(text) for text in ("0", "0.50", "1000", "-2", "12345.678", "n/a")] == [
        "0", "0.5", "1000", "\u22122", "12\u202f345.678", "n/a",
    ]  # fmt: skip


def test_prose_sets_code_apart_links_questions_and_escapes_the_rest() -> None:
    text = linked("ask sle-doris or `x <y>`; <b>not</b> un-known", {"sle-doris"})
    assert text == (
        'ask <a href="/questions/sle-doris">sle-doris</a> or <code>x &lt;y&gt;</code>; &lt;b&gt;not&lt;/b&gt; un-known'
    )
