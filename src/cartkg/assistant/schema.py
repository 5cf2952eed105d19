"""What a call of a tool may hold and what its answer contains: the models behind the JSON Schemas that clients see."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

#: Characters of a name or a word, of a list of words, and of a query.
NAME, WORDS, QUERY = 300, 200, 256 * 1024
#: Kinds of things that a search can be restricted to.
Kind = Literal[
    "any", "publication", "study", "cohort", "finding", "disease", "measure", "event", "product", "target", "drug",
    "trial", "conflict", "remark",
]  # fmt: skip


def _unicode(text: str) -> str:
    """Refuse what UTF-8 cannot hold."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("contains characters that are not valid Unicode")
    return text


Name = Annotated[str, Field(max_length=NAME), AfterValidator(_unicode)]
Words = Annotated[str, Field(max_length=WORDS), AfterValidator(_unicode)]
Query = Annotated[str, Field(max_length=QUERY), AfterValidator(_unicode)]
Value = Name | int | float | list[Name]


class Input(BaseModel):
    """Arguments of a tool: no other ones, and each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SearchArguments(Input):
    """Arguments of `search`."""

    words: Words = Field(min_length=1, description="Words of a name, or a DOI, PMID, NCT number or code: lupus")
    kind: Kind = Field(default="any", description="Kind of thing to search for")
    limit: int = Field(default=20, ge=1, le=50, description="Maximum number of things to return")


class Describe(Input):
    """Arguments of `describe`."""

    thing: Name = Field(
        min_length=1,
        description="IRI, or short name: MONDO:0007915, cohort/mueller-2024-nejm/sle, criterion:doris-remission",
    )
    limit: int = Field(default=20, ge=1, le=100, description="Maximum number of findings to return")
    offset: int = Field(default=0, ge=0, le=100_000, description="Number of findings to skip")


class CountOnce(Input):
    """Arguments of `count_once`."""

    disease: Name = Field(
        default="",
        description="Disease, subtypes included: an identifier such as MONDO:0007915, or a name; empty for any",
    )
    measure: Name = Field(default="", description="Outcome that the patients reached, for instance doris-remission")
    event: Name = Field(default="", description="Adverse event that they had, for instance icans; not with measure")
    target: Name = Field(default="", description="Target of the cells, for instance cd19; empty for any")
    product: Name = Field(default="", description="Product that the patients received; empty for any")
    at: Name = Field(default="any", description="any time; best: the best visit of each cohort; or a visit: 6mo, 24wk")
    own_only: bool = Field(default=False, description="Only results that publications report on their own patients")
    no_press: bool = Field(
        default=False, description="Leave out results known only from news, press releases and web pages"
    )
    summary: bool = Field(
        default=False,
        description="Also pool the share over cohorts that share no patient, and rate the certainty; "
        "needs measure or event",
    )


class ListQuestions(Input):
    """Arguments of `list_questions`."""

    words: Words = Field(default="", description="Only questions whose texts or saved settings contain these words")
    name: Name = Field(default="", description="Name of one question, to see its columns and parameters in full")


class ListValues(Input):
    """Arguments of `list_values`."""

    question: Name = Field(min_length=1, description="Name of a stored question or saved setting")
    parameter: Name = Field(min_length=1, description="Name of one of its parameters, for instance measure")
    words: Words = Field(default="", description="Only values whose names contain these words")
    limit: int = Field(default=50, ge=1, le=500, description="Maximum number of values to return")


class AskQuestion(Input):
    """Arguments of `ask_question`."""

    question: Name = Field(min_length=1, description="Name of a stored question or saved setting, see list_questions")
    parameters: dict[Name, Value] = Field(
        default_factory=dict,
        max_length=20,
        description='Chosen values by parameter, one or several: {"disease": "SLE", "measure": ["doris-remission"]}',
    )
    keep: list[Name] = Field(
        default_factory=list,
        max_length=10,
        description="Rows to keep that the question leaves out by default: comparators, reviews, baseline, cancer ...",
    )
    all_columns: bool = Field(default=False, description="All columns instead of the main ones and the sources")
    count_once: bool = Field(
        default=False, description="Also count the distinct patients of all rows; the question needs a column cohort"
    )
    show_query: bool = Field(default=False, description="Also return the SPARQL query, to adapt it")
    limit: int = Field(default=40, ge=1, le=500, description="Maximum number of rows to return")
    offset: int = Field(default=0, ge=0, le=1_000_000, description="Number of rows to skip")


class SparqlArguments(Input):
    """Arguments of `sparql`."""

    query: Query = Field(min_length=1, description="A SPARQL 1.1 query: SELECT, ASK, CONSTRUCT or DESCRIBE")
    limit: int = Field(default=100, ge=1, le=1000, description="Maximum number of rows or triples to return")


class ExplainEmptyAnswer(Input):
    """Arguments of `explain_empty_answer`."""

    query: Query = Field(default="", description="The SPARQL query that has no rows; or name a stored question instead")
    question: Name = Field(default="", description="Name of the stored question that has no rows")
    parameters: dict[Name, Value] = Field(
        default_factory=dict, max_length=20, description="Its chosen values, as in ask_question"
    )
    keep: list[Name] = Field(default_factory=list, max_length=10, description="Its kept rows, as in ask_question")


class ReleaseDescription(BaseModel):
    """What the answer comes from."""

    data_version: str = Field(description="Date of the data release")
    code_version: str = Field(description="Version of cartkg")
    digest: str = Field(description="SHA-256 of the data; empty when unknown")


class CitedSource(BaseModel):
    """Who says what the answer contains."""

    report: str = Field(description="Citation of the publication")
    read_level: str = Field(default="", description="How much of it was read; empty where nothing states it")
    said_by: str = Field(default="", description="Whether it is its own result, or restates that of others")
    press: bool = Field(default=False, description="Whether it is news, a press release or a web page")


class AbsentTerm(BaseModel):
    """A term of a query that the data lack in its place."""

    term: str
    did_you_mean: list[str]
    note: str = ""


class Warned(BaseModel):
    """Something that can make a reader take the answer for more, or for other, than it is."""

    kind: str = Field(description="cut, empty, suspicious, unknown function, refused, or press")
    text: str
    pattern: str = Field(default="", description="Part of the query that it is about")
    line: int | None = None
    column: int | None = None
    hint: str = Field(default="", description="A pattern that has matches in place of the one written")
    absent: list[AbsentTerm] = Field(default_factory=list, description="Terms that the data lack in their place")


class ToolAnswer(BaseModel):
    """What every answer states about itself."""

    release: ReleaseDescription
    complete: bool = Field(description="Whether the answer is whole")
    completeness: str = Field(description="How many there are and how many of them the answer holds")
    sources: list[CitedSource] = Field(default_factory=list, description="Publications behind the answer, where known")
    notes: list[str] = Field(default_factory=list, description="What to keep in mind when using the answer")
    warnings: list[Warned] = Field(
        default_factory=list,
        description="Problems with this answer: cut off, empty and why, joins that repeat rows",
    )


class Thing(BaseModel):
    """A thing of the graph."""

    iri: str
    name: str
    kind: str = ""
    also: str = Field(default="", description="Other name, abbreviation or identifier by which a search found it")
    known: str = Field(default="", description="What is known of it, in one line")


class FoundThings(ToolAnswer):
    """Answer of `search`."""

    things: list[Thing]


class Claim(BaseModel):
    """Who says a finding."""

    iri: str
    source: CitedSource


class Finding(BaseModel):
    """One finding with those who say it."""

    iri: str
    measure: str
    amount: str = Field(
        description="Patients with the result out of those assessed, or a value, or the words of the report"
    )
    when: str
    grade: str = Field(description="Grade of an adverse event; empty where none is stated")
    cohort: Thing | None = Field(description="The group of patients")
    diseases: list[str]
    claims: list[Claim]
    conflicts: list[str] = Field(description="Where sources disagree on it")
    may_share_patients: list[str] = Field(description="Stated overlaps of its group of patients with others")


class RelatedThings(BaseModel):
    """Things around a thing, under a heading."""

    heading: str
    total: int
    things: list[Thing] = Field(description="At most 20 of them")


class Description(ToolAnswer):
    """Answer of `describe`."""

    iri: str
    name: str
    kind: str
    statements: dict[str, list[str]] = Field(description="What is stated about it, by property; at most 20 values each")
    claims: list[Claim] = Field(description="Sources that state the thing itself")
    findings_total: int
    findings: list[Finding]
    related: list[RelatedThings]


class Patients(BaseModel):
    """A group of patients that a count rests on."""

    cohort: str = Field(description="IRI of the cohort")
    low: int
    high: int | None = Field(description="None if there is no upper bound")
    assessed: int | None = Field(description="Patients assessed; None if no number is stated")
    says: str
    sources: list[CitedSource]
    derived: str = Field(description="How the number was derived where none is printed; empty otherwise")
    press_only: bool = Field(description="Whether it is known only from news, press releases and web pages")
    counted: int = Field(
        description="Patients of the group that the lower bound counts; over all groups these add up to the bound"
    )
    why_not_all: str = Field(description="Why that differs from its number of patients; empty if it does not")
    in_lower_bound: bool = Field(
        description="Whether it counts towards the lower bound; the other groups may be the same patients"
    )


class CountedOnce(ToolAnswer):
    """Answer of `count_once`."""

    question: str
    answer: str = Field(description="The number of distinct patients, as one number or as bounds; or: refused")
    low: int | None = Field(description="Lower bound of the distinct patients; None when refused")
    high: int | None = Field(description="Upper bound of the distinct patients; None when refused or unbounded")
    exact: bool
    bare_sum: int = Field(description="Plain sum, for comparison only: it counts people several times")
    groups: list[Patients]
    counted_elsewhere: list[str] = Field(description="Cohorts inside these groups that the lower bound counts")
    why_bounds_differ: list[str]
    left_out: list[str]
    contradictions: list[str] = Field(
        description="Statements that cannot all be true; if there are any, the count is refused"
    )
    summary: dict[str, Any] | None = Field(description="Pooled shares and certainty, if requested")


class ParameterDescription(BaseModel):
    """A parameter of a stored question."""

    name: str
    kind: str
    meaning: str


class ColumnDescription(BaseModel):
    """A column of an answer."""

    name: str
    unit: str = ""
    meaning: str = ""


class SettingDescription(BaseModel):
    """A saved setting of a question, which is asked by its name."""

    name: str
    title: str


class StoredQuestion(BaseModel):
    """A stored question; columns, description and meaning of parameters only when it was requested by name."""

    name: str
    title: str
    tags: list[str]
    parameters: list[ParameterDescription]
    leaves_out: dict[str, str] = Field(description="Rows left out by default: name for `keep` -> which rows")
    saved: list[SettingDescription]
    description: str = ""
    how_to_read: str = ""
    columns: list[ColumnDescription] = Field(default_factory=list)


class Questions(ToolAnswer):
    """Answer of `list_questions`."""

    questions: list[StoredQuestion]


class ValueOf(BaseModel):
    """A value that a parameter can take."""

    word: str = Field(description="What to write")
    name: str
    used: bool = Field(description="Whether the data contain anything on it")


class ListedValues(ToolAnswer):
    """Answer of `list_values`."""

    values: list[ValueOf]


class LeftOutRows(BaseModel):
    """Rows that a question leaves out by default."""

    keep: str = Field(description="Name to give in `keep` to see them")
    meaning: str
    rows: int


class AnswerRows(ToolAnswer):
    """Answer of `ask_question` and of `sparql` with rows."""

    title: str = ""
    query: str = Field(default="", description="The SPARQL query, if requested")
    columns: list[ColumnDescription]
    rows: list[dict[str, str | int | float]] = Field(description="Each row by column; an unbound cell is left out")
    rows_total: int
    offset: int = 0
    how_to_read: str = ""
    left_out: list[LeftOutRows] = Field(default_factory=list)
    counted_once: str = Field(default="", description="Distinct patients of all rows, if requested")
    truth: bool | None = Field(default=None, description="Answer of an ASK; None for other forms")
    triples: list[str] = Field(default_factory=list, description="Triples of a CONSTRUCT or DESCRIBE, as N-Triples")


class Explanation(ToolAnswer):
    """Answer of `explain_empty_answer`."""

    verdict: str = Field(description="not empty, broken pattern, no match, or cannot tell")
    reason: str
    pattern: str = ""
    line: int | None = None
    column: int | None = None
    hint: str = Field(default="", description="A pattern that has matches in place of the one written")
    absent: list[AbsentTerm]
    text: str = Field(description="The explanation in sentences")
