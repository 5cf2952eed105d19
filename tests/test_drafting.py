"""What `cartkg draft` proposes: never better than the words, always to be confirmed, and readable again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from cartkg.cli import cli
from cartkg.compile.compiling import Reader, compile_dossiers
from cartkg.compile.values.directions import direction_of
from cartkg.dossier.form import faults
from cartkg.dossier.reading import MAX_BYTES, read_bytes
from cartkg.dossier.schema import validator
from cartkg.dossier.terms import Vocabulary
from cartkg.literature.drafting import Draft, Drafts, draft, draft_records, is_export
from cartkg.literature.suggestions import DESCRIBED, suggest_result
from cartkg.literature.writing import scalar
from cartkg.project import Project, find

if TYPE_CHECKING:
    from cartkg.dossier.node import Node

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases" / "literature"
EXAMPLES = sorted(CASES.iterdir())
TERMS = Vocabulary.read(find(ROOT))
#: One measure of each kind: more is better, less is better, neither, unknown.
MEASURES = ("DORIS", "muscle strength", "proteinuria", "relapse", "disease activity", "thing of no list")

POSITIVE = ("improved", "improved in all patients", "resolved", "returned to normal", "normalised", "score fell in all",
            "reached", "maintained over 6 months", "recovered", "gone", "clear improvement", "absent")  # fmt: skip
NEGATIVE = ("no improvement", "did not resolve", "not maintained", "remission lost", "didn't improve", "never reached",
            "failed to improve", "without improvement", "no resolution", "hasn\u2019t normalised", "none recovered",
            "loss of response", "lack of improvement", "not absent", "worsened", "nobody improved", "non-improved",
            "relapsed", "improvement was not sustained", "neither improved nor resolved")  # fmt: skip
SHARES = ((None, None), (0, 5), (1, 5), (5, 5), (5, None))


def drafts_of(data: bytes, path: Path = Path("a.yaml")) -> Drafts:
    return draft_records(data, path) if is_export(data) else draft(data, path, TERMS)


def only(data: bytes, path: Path = Path("a.yaml")) -> Draft:
    """Return the one draft of a file that has no problem."""
    drafted = drafts_of(data, path)
    assert drafted.diagnostics == (), drafted.diagnostics
    (one,) = drafted.drafts
    return one


def node(text: str) -> Node:
    document = read_bytes(text.encode(), Path("draft.yaml"))
    assert document.diagnostics == ()
    return document.root


def outcome(criterion: str, words: str, n: int | None = None, of: int | None = None, **more: str) -> Node:
    """Return the row that is proposed for an outcome with these words."""
    fields = {"cohort": "all", "criterion": criterion, "kind": "responder", "text": words, "source": "s1", **more}
    fields |= {name: str(value) for name, value in (("n_achieved", n), ("n_assessed", of)) if value is not None}
    row = ", ".join(f"{name}: {value if value.isdigit() else scalar(value)}" for name, value in fields.items())
    text = f"key: a\npublication: {{title: a}}\ncohorts: [{{id: all, n: 5}}]\noutcomes: [{{{row}}}]\n"
    return node(only(text.encode()).text).children("results")[0]


def verdict(row: Node) -> str:
    return direction_of("results", row, TERMS.get("measure", row.text("measure") or ""))


def result(row: Node) -> str | None:
    return row.child("count").text("result") or row.child("percent").text("result") or row.text("result")


@pytest.mark.parametrize("words", NEGATIVE)
@pytest.mark.parametrize("criterion", MEASURES)
@pytest.mark.parametrize(("n", "of"), SHARES)
def test_a_denied_result_is_never_better(words: str, criterion: str, n: int | None, of: int | None) -> None:
    assert verdict(outcome(criterion, words, n, of)) != "supports"


@pytest.mark.parametrize("number", ["0", "40", "100"])
@pytest.mark.parametrize("words", NEGATIVE)
def test_a_denied_percentage_is_never_better(words: str, number: str) -> None:
    for criterion in MEASURES:
        assert verdict(outcome(criterion, words, value=number, unit="percent")) != "supports"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("no improvement", "not-improved"),
        ("did not resolve", "not-resolved"),
        ("not maintained", "lost"),
        ("remission lost", "lost"),
        ("did not improve in any way", DESCRIBED),
        ("never reached", "not-met"),
        ("improved in all", "improved"),
        ("normal in all three", "normalised"),
        ("gone in two", DESCRIBED),
        ("improved in one of the patients", DESCRIBED),
        ("improved, then worse", DESCRIBED),
        ("went the way of all things", DESCRIBED),
        ("", DESCRIBED),
    ],
)
def test_words_propose_a_result(words: str, expected: str) -> None:
    assert suggest_result(words, {"remission"}).result == expected


def test_most_positive_phrases_are_understood() -> None:
    assert [words for words in POSITIVE if suggest_result(words).result == DESCRIBED] == []
    assert verdict(outcome("muscle strength", "improved in all patients")) == "supports"


_WORD = st.text(st.characters(categories=("Ll", "Lu", "Nd")), min_size=1, max_size=12)
_DENIAL = st.sampled_from(["no", "not", "never", "without", "failed", "neither", "didn't", "n't", "lack of", "hardly"])


@given(st.sampled_from(POSITIVE), _DENIAL, st.integers(0, 6), st.sampled_from(MEASURES), st.sampled_from(SHARES))
def test_a_denial_anywhere_in_a_phrase_keeps_it_from_being_better(
    phrase: str, denial: str, place: int, criterion: str, share: tuple[int | None, int | None]
) -> None:
    words = phrase.split()
    words.insert(min(place, len(words)), denial)
    assert verdict(outcome(criterion, " ".join(words), *share)) != "supports"


@given(st.sampled_from(POSITIVE), _WORD, st.integers(0, 6), st.sampled_from(MEASURES), st.sampled_from(SHARES))
def test_one_unknown_word_keeps_a_phrase_from_being_better(
    phrase: str, word: str, place: int, criterion: str, share: tuple[int | None, int | None]
) -> None:
    words = phrase.split()
    words.insert(min(place, len(words)), f"x{word}q")
    assert verdict(outcome(criterion, " ".join(words), *share)) != "supports"
    assert result(outcome(criterion, " ".join(words), *share)) == DESCRIBED


@given(st.lists(_WORD.map(lambda word: f"{word}x"), min_size=1, max_size=8), st.sampled_from(MEASURES))
def test_random_words_are_described_and_kept(words: list[str], criterion: str) -> None:
    row = outcome(criterion, " ".join(words))
    assert row.text("result") == DESCRIBED
    assert row.text("says") == " ".join(words)


@pytest.mark.parametrize("text", ["none", "no infections", "absent", "resolved", "went away"])
def test_an_adverse_event_in_words_only_is_never_proposed_as_absent(text: str) -> None:
    source = f"key: a\npublication: {{title: a}}\ncohorts: [{{id: all, n: 5}}]\nadverse_events: [{{cohort: all, term: infections, text: {text}}}]\n"  # noqa: E501
    row = node(only(source.encode()).text).children("events")[0]
    assert row.text("result") == DESCRIBED
    assert direction_of("events", row, TERMS.get("event", "infection")) == "neutral"


def test_a_drug_that_was_denied_does_not_make_lymphodepletion() -> None:
    text = "key: a\npublication: {title: a}\ncohorts: [{id: all, n: 5}]\nregimen: {lymphodepletion: [{drug: fludarabine, text: not given}]}\n"  # noqa: E501
    assert node(only(text.encode()).text).children("arms")[0].text("lymphodepletion") == ("not-reported")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_a_draft_follows_the_schema_and_every_row_is_unconfirmed(path: Path) -> None:
    drafted = only(path.read_bytes(), path)
    root = node(drafted.text)
    assert faults(root, path, validator()) == []
    rows = [each for each in root.walk() if isinstance(each.value, dict) and "id" in each.value]
    assert [each.path for each in [*rows, root.child("publication")] if not each.flag("unconfirmed")] == []
    compiled = compile_dossiers(Reader({drafted.key: path}, {drafted.key: drafted.text.encode()}), TERMS)
    refused = [found for found in compiled.diagnostics if found.rule == "dossier-unconfirmed"]
    marked = [each for each in root.walk() if isinstance(each.value, dict) and each.flag("unconfirmed")]
    assert {found.line for found in refused} == {each.place.line for each in [*marked, root.child("read_by")]}


def test_no_field_of_a_first_form_is_dropped() -> None:
    path = CASES / "first-form.yaml"
    text = only(path.read_bytes(), path).text
    for word in ("a remark that has no place", "all with nephritis", "resolved on antibiotics", "five of eight"):
        assert word in text


@pytest.mark.whole
def test_a_draft_becomes_addable_when_its_rows_are_confirmed(tmp_project: Project, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["--project", str(tmp_project.root), *arguments])
        return done.exit_code, done.output

    output = tmp_path / "example-2026-lupus.yaml"
    assert run("draft", str(CASES / "first-form.yaml"), "--output", str(output))[0] == 0
    code, said = run("add", str(output))
    assert code == 1
    text = output.read_text("utf-8")
    marks = re.findall(r"^ *unconfirmed: true$", text, flags=re.MULTILINE)
    assert said.count("dossier-unconfirmed") == len(marks) + 1  # the rows, and the reader who is not named
    confirmed = re.sub(r"^ *unconfirmed: true\n", "", text, flags=re.MULTILINE)
    confirmed = confirmed.replace("read_by: unconfirmed", "read_by: a")
    output.write_text(confirmed, "utf-8")
    code, said = run("add", str(output))
    assert code == 0, said
    assert (tmp_project.data / "example-2026-lupus.ttl").is_file()


def test_a_draft_overwrites_no_file(tmp_path: Path) -> None:
    output = tmp_path / "there.yaml"
    output.write_text("mine", "utf-8")
    done = CliRunner().invoke(cli, ["draft", str(CASES / "bare.yaml"), "--output", str(output)])
    assert done.exit_code != 0
    assert output.read_text("utf-8") == "mine"


def test_a_pubmed_record_fills_the_head() -> None:
    path = CASES / "record.nbib"
    drafted = only(path.read_bytes(), path)
    head = node(drafted.text).child("publication")
    expected = {
        "kind": "phase-1-trial", "title": "CD19 CAR T cells in an example disease: a case series that goes on over two lines",  # noqa: E501
        "journal": "N Engl J Med", "issued": "2026-02-22", "volume": "390", "issue": "8", "pages": "687-700",
        "doi": "10.1056/EXAMPLE2026", "pmid": "99999999", "pmcid": "PMC7654321", "read": "whole-abstract",
    }  # fmt: skip
    assert {name: head.text(name) for name in expected} == expected
    assert head.texts("authors") == ["Alpha A", "van Beta B"]
    assert head.texts("trials") == ["nct06333483", "nct05859997"]
    assert head.child("status").text("retracted") == "yes"
    (notice,) = head.children("corrections")
    assert (notice.text("kind"), notice.text("pmid")) == ("retraction-notice", "77777777")
    assert "# comment: N Engl J Med. 2026 Feb 22;390(8):754-755. PMID: 88888888" in drafted.text
    assert "There was no" in drafted.text


def test_a_ris_record_fills_the_head() -> None:
    path = CASES / "record.ris"
    head = node(only(path.read_bytes(), path).text).child("publication")
    expected = {
        "title": "An example in RIS",
        "issued": "2025-04-27",
        "doi": "10.1016/EXAMPLE-2025",
        "pages": "1627-1630",
    }
    assert {name: head.text(name) for name in expected} == expected
    assert head.texts("authors") == ["Alpha AB", "Beta B"]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "draft-form"),
        (b"just words", "draft-form"),
        (b"[1, 2", "dossier-unreadable"),
        (b"a: &x 1\nb: *x\n", "dossier-unreadable"),
        (b"publication: {title: \xff}", "dossier-unreadable"),
        (b"publication: {title: a\x00b}", "dossier-unreadable"),
        (b"format: 2\npublication: {title: a}\n", "draft-format"),
        (b"publication: words\n", "draft-form"),
        (b"publication: {title: " + b"a" * MAX_BYTES + b"}", "dossier-unreadable"),
        (b"TY  - JOUR\nTI  - cut off\n", "record-truncated"),
        (b"PMID- 1\nTI  - \xff\n", "record-unreadable"),
        (b"PMID- " + b"1" * MAX_BYTES, "record-empty"),
    ],
)
def test_hostile_input_is_a_diagnostic(data: bytes, rule: str) -> None:
    drafted = drafts_of(data, Path("hostile.yaml"))
    assert ([found.rule for found in drafted.diagnostics], drafted.drafts) == ([rule], ())


@pytest.mark.parametrize(
    "words", ["\x1b[31m\n- id: x", "::error::x", "a\u2028b: c", "# no", "'", '"', "yes", "- a", "!x"]
)
def test_no_words_get_out_of_their_place(words: str) -> None:
    quoted = '"' + "".join(f"\\u{ord(sign):04x}" for sign in words) + '"'
    text = f"key: a\npublication: {{title: {quoted}}}\ncohorts: [{{id: {quoted}, n: 5}}]\noutcomes: [{{criterion: {quoted}, text: {quoted}}}]\n{quoted}: {quoted}\n"  # noqa: E501
    drafted = only(text.encode())
    root = node(drafted.text)
    assert faults(root, Path("a.yaml"), validator()) == []
    assert [each.text("id") for each in root.children("sources")] == ["s1"]
    assert "\x1b" not in drafted.text


@given(st.binary(max_size=200))
@example(b"]")
def test_any_bytes_are_drafted_or_diagnosed(data: bytes) -> None:
    leads = (
        b"", b"PMID- 1\n", b"TY  - JOUR\n", b"publication: {title: a}\n", b"@a{b, title={c}}\n", b"<PubmedArticleSet>",
        b"<xml><records><record>", b'[{"type": "article", "DOI": "x"', b'{"message-type": 1, "items": [',
    )  # fmt: skip
    for lead in leads:
        drafted = drafts_of(lead + data, Path("any"))
        assert drafted.diagnostics or drafted.drafts
        for each in drafted.drafts:
            assert faults(node(each.text), Path("any"), validator()) == []
