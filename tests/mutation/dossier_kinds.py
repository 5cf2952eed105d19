"""What people do wrong in dossiers: kinds of fault, thought of before the rules were looked at.

Each kind changes a draft in place and returns the steps to the records that are wrong then. It hits only what cannot be
true afterwards: a number that could be in a report is not a fault.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.mutation.dossier_text import FINDINGS, Draft, Raw, Record, Steps

if TYPE_CHECKING:
    from random import Random

Place: TypeAlias = tuple[Steps, Record]
Made: TypeAlias = "list[Steps]"


class NoPlaceError(Exception):
    """The dossier has nothing that a fault of this kind can hit."""


@dataclass(frozen=True, slots=True)
class World:
    """What a fault must know of other files.

    Attributes:
        drafts: all dossiers by key.
        lists: the lists of words and registers by name.
        disputed: rows, as KEY#id, that a conflict names; rules are lenient with these.
    """

    drafts: dict[str, Draft]
    lists: dict[str, dict[str, Record]]
    disputed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Chance:
    """One dossier to be made faulty at a place left to chance."""

    draft: Draft
    world: World
    random: Random

    def one(self, places: Iterable[Place]) -> Place:
        """Choose a place."""
        found = list(places)
        if not found:
            raise NoPlaceError
        return self.random.choice(found)

    def rows(self, *sections: str) -> list[Place]:
        """Return the rows that are not doubted anyway."""
        return [
            (steps, row)
            for steps, row in self.draft.records(*(sections or FINDINGS))
            if f"{self.draft.key}#{row['id']}" not in self.world.disputed and "doubtful" not in row
        ]

    def row(self, fits: Callable[[Record], Any], *sections: str) -> Place:
        """Choose a row that fits."""
        return self.one(place for place in self.rows(*sections) if fits(place[1]))

    def cohort(self, fits: Callable[[Record], Any]) -> Place:
        """Choose a cohort that fits."""
        return self.one(place for place in self.draft.records("cohorts") if fits(place[1]))

    def text(self, fits: Callable[[str], Any] = bool) -> tuple[Steps, Record, str]:
        """Choose a text for people."""
        names = ("title", "conclusion", "label", "says", "note", "name", "journal", "what", "text", "matter")
        sections = ("therapies", "arms", "cohorts", *FINDINGS, "statements", "conflicts", "sources")
        places = [*self.draft.records(*sections), (("publication",), self.draft.root["publication"])]
        found = [(steps, at, name) for steps, at in places for name in names if name in at and fits(at[name])]
        if not found:
            raise NoPlaceError
        return self.random.choice(found)

    def size(self, row: Record) -> int | None:
        """Return the patients of a row's cohort, when it is one of this dossier and counts patients."""
        return number(self.draft.cohort(row["cohort"]).get("n"))


Make: TypeAlias = Callable[[Chance], Made]
KINDS: dict[str, Make] = {}
#: Kinds that were thought of only after the rules had been extended.
LATER: dict[str, Make] = {}


def kind(make: Make) -> Make:
    """Take a kind into the list."""
    KINDS[make.__name__.replace("_", " ")] = make
    return make


def later(make: Make) -> Make:
    """Take a kind into the list of those thought of later."""
    LATER[make.__name__.replace("_", " ")] = make
    return make


def number(value: object) -> int | None:
    """Return a whole number; None for anything else."""
    return int(value) if isinstance(value, Raw) and value.isdecimal() else None


def real(value: object) -> float | None:
    """Return a number; None for anything else."""
    return float(value) if isinstance(value, Raw) and value not in {"true", "false"} else None


def raw(value: object) -> Raw:
    """Return a value as it is written without quotes."""
    return Raw(str(value))


DAYS = {"d": 1, "wk": 7, "mo": 30.4, "a": 365.25}


def days(value: object, unit: object) -> float | None:
    """Return a span in days; None when it has no number or its unit is another."""
    length = real(value)
    return None if length is None or str(unit) not in DAYS else length * DAYS[str(unit)]


def share_of(row: Record, first: str = "count") -> Record:
    """Return the count, or another part, of a row, else its percentage; the row where it has neither."""
    found: Record = row.get(first) or row.get("percent") or row
    return found


def has(*names: str) -> Callable[[Record], bool]:
    """Fit the records with a value at this way of fields."""

    def fits(record: Record) -> bool:
        at: Any = record
        for name in names:
            if not isinstance(at, dict) or name not in at:
                return False
            at = at[name]
        return True

    return fits


def drop(chance: Chance, places: Iterable[Place], *way: str) -> Made:
    """Leave a field out."""
    steps, record = chance.one(place for place in places if has(*way)(place[1]))
    for name in way[:-1]:
        record = record[name]
    del record[way[-1]]
    return [steps]


def patients(record: Record) -> bool:
    """Fit counts of patients out of a number."""
    count = record.get("count", {})
    return number(count.get("n")) is not None and number(count.get("of")) is not None and "unit" not in count


# times


@kind
def a_result_after_the_longest_follow_up(chance: Chance) -> Made:
    """State a result long after the last patient was seen."""
    longest: dict[str, float] = {}
    for row in (row for _, row in chance.rows("characteristics") if row.get("measure") == "follow-up"):
        value = row.get("value", {})
        high = value.get("spread", {}).get("high") if value.get("spread", {}).get("kind") == "range" else None
        end = days(high, value.get("unit"))
        if end is not None:
            longest[row["cohort"]] = end
    steps, row = chance.row(lambda row: row["cohort"] in longest and has("time", "at")(row), "results")
    row["time"] = {"at": raw(round(3 * longest[row["cohort"]])), "unit": "d"}
    return [steps]


@kind
def months_written_as_days(chance: Chance) -> Made:
    """Change the unit of a time whose row is named by its months."""
    steps, row = chance.row(
        lambda row: has("time", "at")(row) and row["time"]["unit"] == "mo" and f"{row['time']['at']}mo" in row["id"]
    )
    row["time"]["unit"] = "d"
    return [steps]


@kind
def a_follow_up_of_months_written_as_days(chance: Chance) -> Made:
    """Make the follow-up far shorter than the results that all patients of the cohort have."""
    late = {
        row["cohort"]
        for _, row in chance.draft.records("results")
        if patients(row) and number(row["count"]["of"]) == chance.size(row) and has("time", "at")(row)
        if (days(row["time"]["at"], row["time"]["unit"]) or 0) > 60
    }
    steps, row = chance.row(
        lambda row: row.get("measure") == "follow-up" and row["cohort"] in late and row["value"]["unit"] == "mo",
        "characteristics",
    )
    row["value"]["unit"] = "d"
    return [steps]


@kind
def a_window_that_ends_before_it_begins(chance: Chance) -> Made:
    """Swap the ends of a window of time."""
    steps, row = chance.row(has("time", "to"))
    low = row["time"].get("from", raw(1))
    if real(low) == real(row["time"]["to"]):
        raise NoPlaceError
    row["time"]["from"], row["time"]["to"] = row["time"]["to"], low
    return [steps]


@kind
def a_time_before_the_infusion(chance: Chance) -> Made:
    """Put a minus before the time of a result."""
    reached = {"met", "not-met", "improved", "normalised", "recovered", "maintained"}
    steps, row = chance.row(
        lambda row: has("time", "at")(row) and (share_of(row).get("result") in reached or has("value", "change")(row)),
        "results",
    )
    row["time"]["at"] = raw(f"-{row['time']['at']}")
    return [steps]


@kind
def a_time_in_milligrams(chance: Chance) -> Made:
    """Give a time the unit of something else."""
    steps, row = chance.row(has("time", "at"))
    row["time"]["unit"] = "mg"
    return [steps]


@kind
def a_time_without_unit(chance: Chance) -> Made:
    """Leave out the unit of a time."""
    return drop(chance, chance.rows(), "time", "unit")


@kind
def a_result_without_month(chance: Chance) -> Made:
    """Leave out the time of a result."""
    return drop(chance, chance.rows("results", "events"), "time")


@kind
def a_change_at_baseline(chance: Chance) -> Made:
    """State a change since baseline at baseline."""
    steps, row = chance.row(
        lambda row: row.get("value", {}).get("change") in {"change", "percent-change"}, "results", "events"
    )
    row["time"] = "baseline"
    return [steps]


@kind
def a_publication_of_a_year_to_come(chance: Chance) -> Made:
    """Swap the last digits of a year."""
    publication = chance.draft.root["publication"]
    year = publication.get("issued", "")[:4]
    if year[2:4] not in {"23", "24", "25", "26"}:
        raise NoPlaceError
    swapped = f"20{year[3]}{year[2]}"
    publication["issued"] = swapped + publication["issued"][4:]
    return [("publication",)]


@kind
def a_day_that_no_calendar_has(chance: Chance) -> Made:
    """Date a publication on the 30th of February or in the 13th month."""
    publication = chance.draft.root["publication"]
    if len(publication.get("issued", "")) < 7:
        raise NoPlaceError
    publication["issued"] = publication["issued"][:4] + chance.random.choice(["-02-30", "-13-05", "-00-12", "-13"])
    return [("publication",)]


@kind
def a_publication_before_its_patients(chance: Chance) -> Made:
    """Date a publication before the first patient was enrolled."""
    steps, cohort = chance.cohort(lambda cohort: has("enrolled", "from")(cohort) and "same_as" not in cohort)
    publication = chance.draft.root["publication"]
    if "issued" not in publication:
        raise NoPlaceError
    publication["issued"] = str(int(cohort["enrolled"]["from"][:4]) - 1)
    return [("publication",), steps]


@kind
def an_enrolment_after_the_publication(chance: Chance) -> Made:
    """Let the enrolment end after the publication."""
    issued = chance.draft.root["publication"].get("issued")
    if not issued or int(issued[:4]) > 2024:
        raise NoPlaceError
    steps, cohort = chance.cohort(lambda cohort: has("enrolled", "to")(cohort) and "same_as" not in cohort)
    cohort["enrolled"]["to"] = f"{int(issued[:4]) + 1}-06"
    return [steps, ("publication",)]


@kind
def an_enrolment_that_ends_before_it_begins(chance: Chance) -> Made:
    """Swap the ends of an enrolment."""
    steps, cohort = chance.cohort(
        lambda cohort: (
            has("enrolled", "to")(cohort)
            and has("enrolled", "from")(cohort)
            and cohort["enrolled"]["to"][:4] > cohort["enrolled"]["from"][:4]
        )
    )
    period = cohort["enrolled"]
    period["from"], period["to"] = period["to"], period["from"]
    return [steps]


@kind
def a_data_cut_off_after_the_publication(chance: Chance) -> Made:
    """Date the data after the report on them."""
    issued = chance.draft.root["publication"].get("issued")
    if not issued or int(issued[:4]) > 2024:
        raise NoPlaceError
    steps, cohort = chance.cohort(lambda cohort: "data_cut_off" in cohort)
    cohort["data_cut_off"] = f"{int(issued[:4]) + 1}-03"
    return [steps, ("publication",)]


@kind
def a_page_read_before_it_was_written(chance: Chance) -> Made:
    """Date the reading of a page before the page."""
    steps, source = chance.one(place for place in chance.draft.records("sources") if "issued" in place[1])
    source["looked"] = str(int(source["issued"][:4]) - 1) + "-05-05"
    return [steps]


# what is missing


@kind
def a_count_without_denominator(chance: Chance) -> Made:
    """Leave out how many patients were assessed."""
    return drop(chance, chance.rows(), "count", "of")


@kind
def a_percentage_without_denominator(chance: Chance) -> Made:
    """Leave out of how many patients a percentage is."""
    return drop(chance, chance.rows(), "percent", "of")


@kind
def a_count_of_nobody_knows_what(chance: Chance) -> Made:
    """Leave out what was counted."""
    return drop(chance, chance.rows(), "count", "result")


@kind
def a_value_without_unit(chance: Chance) -> Made:
    """Leave out the unit of a value."""
    return drop(chance, chance.rows(), "value", "unit")


@kind
def a_value_without_statistic(chance: Chance) -> Made:
    """Leave out whether a value is a mean or a median."""
    return drop(chance, chance.rows(), "value", "statistic")


@kind
def a_spread_of_no_kind(chance: Chance) -> Made:
    """Leave out what a spread is."""
    return drop(chance, chance.rows(), "value", "spread", "kind")


@kind
def a_spread_with_one_end(chance: Chance) -> Made:
    """Leave out the upper end of a spread."""
    return drop(chance, chance.rows(), "value", "spread", "high")


@kind
def a_dose_without_unit(chance: Chance) -> Made:
    """Leave out the unit of a dose."""
    return drop(chance, [*chance.draft.inside_arms("drugs"), *chance.draft.inside_arms("cells")], "dose", "unit")


@kind
def an_event_without_grade(chance: Chance) -> Made:
    """Leave out the grade of an event."""
    return drop(chance, chance.rows("events"), "grade")


@kind
def a_grade_on_no_scale(chance: Chance) -> Made:
    """Leave out which scale a grade is on."""
    return drop(chance, chance.rows("events"), "grade", "system")


@kind
def a_row_that_nobody_states(chance: Chance) -> Made:
    """Leave out the claims of a row."""
    return drop(chance, chance.rows(), "claims")


@kind
def a_claim_without_page(chance: Chance) -> Made:
    """Leave out the page of a claim."""
    steps, row = chance.one(chance.rows())
    del row["claims"][0]["source"]
    return [steps]


@kind
def a_claim_of_unknown_origin(chance: Chance) -> Made:
    """Leave out whose result it is."""
    steps, row = chance.row(lambda row: "own" in row["claims"][0])
    del row["claims"][0]["own"]
    return [steps]


@kind
def a_row_without_measure(chance: Chance) -> Made:
    """Leave out what was measured."""
    return drop(chance, chance.rows("characteristics", "results"), "measure")


@kind
def a_cohort_without_size(chance: Chance) -> Made:
    """Leave out how many patients a cohort has."""
    return drop(chance, chance.draft.records("cohorts"), "n")


@kind
def a_cohort_without_disease(chance: Chance) -> Made:
    """Leave out what the patients suffer from."""
    return drop(chance, chance.draft.records("cohorts"), "diseases")


@kind
def a_treated_cohort_without_arm(chance: Chance) -> Made:
    """Leave out what the patients received."""
    own = [place for place in chance.draft.records("cohorts") if place[1].get("n_is") == "treated"]
    return drop(chance, [place for place in own if "same_as" not in place[1]], "arm")


@kind
def a_study_without_design(chance: Chance) -> Made:
    """Leave out what sort of study it is."""
    return drop(chance, [(("study",), chance.draft.root.get("study", {}))], "design")


@kind
def a_comparison_with_nothing(chance: Chance) -> Made:
    """Leave out the arm with which a row was compared."""
    places = [place for place in chance.rows() if not has("comparison", "text")(place[1])]
    return drop(chance, places, "comparison", "with")


@kind
def a_baseline_that_is_not_there(chance: Chance) -> Made:
    """Drop the row that gives the value before treatment."""
    steps, row = chance.row(has("value", "baseline_row"))
    name = row["value"]["baseline_row"]
    for section in FINDINGS:
        rows = chance.draft.root.get(section, [])
        if any(each["id"] == name for each in rows):
            index = next(index for index, each in enumerate(rows) if each["id"] == name)
            del rows[index]
            later_one = steps[0] == section and int(steps[1]) > index
            return [(steps[0], int(steps[1]) - 1) if later_one else steps]
    raise NoPlaceError


# numbers


@kind
def more_patients_counted_than_assessed(chance: Chance) -> Made:
    """Count more patients than there were."""
    steps, row = chance.row(patients)
    row["count"]["n"] = raw(int(row["count"]["of"]) + chance.random.randint(1, 9))
    row["count"].pop("percent", None)
    return [steps]


@kind
def more_patients_assessed_than_in_the_cohort(chance: Chance) -> Made:
    """Assess more patients than the cohort has."""
    steps, row = chance.row(lambda row: patients(row) and (chance.size(row) or 0) > 1)
    row["count"]["of"] = raw((chance.size(row) or 0) + chance.random.randint(2, 9))
    row["count"].pop("percent", None)
    return [steps]


@kind
def more_women_than_patients(chance: Chance) -> Made:
    """Count more women than patients."""
    steps, row = chance.row(lambda row: row.get("measure") == "women" and patients(row))
    row["count"]["n"] = raw(int(row["count"]["of"]) + 1)
    return [steps]


@kind
def women_and_men_that_are_more_than_all(chance: Chance) -> Made:
    """Count a patient as woman and as man."""
    men = {row["cohort"] for _, row in chance.rows("characteristics") if row.get("measure") == "men" and patients(row)}
    steps, row = chance.row(
        lambda row: (
            row.get("measure") == "women"
            and row["cohort"] in men
            and patients(row)
            and int(row["count"]["n"]) < int(row["count"]["of"])
        )
    )
    row["count"]["n"] = raw(int(row["count"]["n"]) + 1)
    row["count"].pop("percent", None)
    others = [place for place, each in chance.rows("characteristics") if each.get("measure") == "men"]
    return [steps, *others]


@kind
def a_percentage_unlike_its_count(chance: Chance) -> Made:
    """Change the percentage beside a count."""
    steps, row = chance.row(lambda row: patients(row) and has("count", "percent")(row))
    row["count"]["percent"] = raw(round((float(row["count"]["percent"]) + 11.7) % 100, 1))
    return [steps]


@kind
def a_percentage_that_no_count_gives(chance: Chance) -> Made:
    """Change a percentage to one that no number of patients makes."""
    steps, row = chance.row(lambda row: (number(row.get("percent", {}).get("of")) or 99) < 20)
    of = int(row["percent"]["of"])
    row["percent"]["number"] = raw(round(100 * (int(of / 2) + 0.4) / of, 1))
    row["percent"].pop("comparator", None)
    return [steps]


@kind
def a_percentage_above_100(chance: Chance) -> Made:
    """Give a share of patients above all."""
    steps, row = chance.row(has("percent", "number"))
    row["percent"]["number"] = raw(float(row["percent"]["number"]) + 100)
    return [steps]


@kind
def a_count_below_zero(chance: Chance) -> Made:
    """Count fewer than none."""
    steps, row = chance.row(lambda row: patients(row) and int(row["count"]["n"]) > 0)
    row["count"]["n"] = raw(f"-{row['count']['n']}")
    return [steps]


@kind
def half_a_patient(chance: Chance) -> Made:
    """Count a part of a patient."""
    steps, row = chance.row(lambda row: patients(row) and int(row["count"]["n"]) > 0)
    row["count"]["n"] = raw(int(row["count"]["n"]) - 0.5)
    return [steps]


@kind
def a_decimal_comma(chance: Chance) -> Made:
    """Write a number as it is written in German."""
    steps, row = chance.row(lambda row: "." in row.get("value", {}).get("number", ""))
    written = row["value"]["number"].replace(".", ",")
    row["value"]["number"] = raw(written) if chance.random.random() < 0.5 else written
    return [steps]


@kind
def a_count_in_another_notation(chance: Chance) -> Made:
    """Write a count as YAML of other programs reads it, or in words."""
    steps, row = chance.row(patients)
    row["count"]["n"] = chance.random.choice([raw("0o17"), raw("1_000"), raw("0x1F"), "eight", "~ 3", "3/5"])
    return [steps]


@kind
def a_part_larger_than_its_whole(chance: Chance) -> Made:
    """Let a part have more patients than the whole."""
    steps, cohort = chance.cohort(
        lambda cohort: (
            number(cohort.get("n")) is not None
            and any(number(chance.draft.cohort(whole).get("n")) for whole in cohort.get("part_of", ()))
        )
    )
    sizes = [number(chance.draft.cohort(whole).get("n")) or 0 for whole in cohort["part_of"]]
    cohort["n"] = raw(max(sizes) + 1)
    return [steps]


@kind
def an_interval_upside_down(chance: Chance) -> Made:
    """Swap the ends of an interval."""
    steps, row = chance.row(lambda row: has("value", "spread", "high")(row) and has("value", "spread", "low")(row))
    spread = row["value"]["spread"]
    if spread["low"] == spread["high"]:
        raise NoPlaceError
    spread["low"], spread["high"] = spread["high"], spread["low"]
    return [steps]


@kind
def a_median_outside_its_spread(chance: Chance) -> Made:
    """Move a median out of its range or quartiles."""
    steps, row = chance.row(
        lambda row: (
            has("value", "spread", "high")(row)
            and row["value"]["statistic"] == "median"
            and row["value"]["spread"]["kind"] in {"range", "iqr"}
        )
    )
    row["value"]["number"] = raw(float(row["value"]["spread"]["high"]) + 3)
    return [steps]


@kind
def an_age_outside_its_range(chance: Chance) -> Made:
    """Move the range of ages off the median."""
    steps, row = chance.row(
        lambda row: (
            row.get("measure") == "age"
            and has("value", "spread", "low")(row)
            and row["value"]["spread"]["kind"] in {"range", "iqr"}
            and "number" in row["value"]
        )
    )
    row["value"]["number"] = raw(float(row["value"]["spread"]["low"]) - 2)
    return [steps]


@kind
def an_estimate_outside_its_confidence_interval(chance: Chance) -> Made:
    """Move an estimate out of its confidence interval."""
    steps, row = chance.row(
        lambda row: (
            share_of(row, "value").get("spread", {}).get("kind") == "ci"
            and "high" in (row.get("value") or row["percent"])["spread"]
        )
    )
    at = row.get("value") or row["percent"]
    at["number"] = raw(float(at["spread"]["high"]) + 1)
    return [steps]


@kind
def a_deviation_below_zero(chance: Chance) -> Made:
    """Make a standard deviation negative."""
    steps, row = chance.row(lambda row: row.get("value", {}).get("spread", {}).get("kind") in {"sd", "se"})
    row["value"]["spread"]["number"] = raw(f"-{row['value']['spread']['number']}")
    return [steps]


SCALES = {"sledai-2k": 105, "mg-adl": 24, "qmg": 39, "mrss": 51, "edss": 10, "vas": 100, "mmt8": 150, "das28-crp": 10}


@kind
def a_value_off_the_scale(chance: Chance) -> Made:
    """Give a score that its scale does not have."""
    steps, row = chance.row(
        lambda row: row.get("measure") in SCALES and has("value", "number")(row) and "change" not in row["value"]
    )
    row["value"]["number"] = raw(SCALES[row["measure"]] + 20)
    row["value"].pop("spread", None)
    return [steps]


@kind
def an_age_in_months_of_an_old_man(chance: Chance) -> Made:
    """Give an age that nobody reaches."""
    steps, row = chance.row(lambda row: row.get("measure") == "age" and has("value", "number")(row))
    row["value"]["number"] = raw(float(row["value"]["number"]) * 10)
    row["value"].pop("spread", None)
    if float(row["value"]["number"]) < 130:
        raise NoPlaceError
    return [steps]


@kind
def a_probability_above_1(chance: Chance) -> Made:
    """Give a p value that is none."""
    steps, row = chance.row(has("comparison", "p"))
    row["comparison"]["p"] = raw(chance.random.choice(["1.8", "18", "-0.018"]))
    return [steps]


@kind
def a_confidence_level_that_is_none(chance: Chance) -> Made:
    """Give a confidence level below zero, above 100 or as a share."""
    places = [place for place in chance.rows() if has("value", "spread", "level")(place[1])]
    places += [place for place in chance.rows() if has("percent", "spread", "level")(place[1])]
    steps, row = chance.one(places)
    (row.get("value") or row["percent"])["spread"]["level"] = raw(chance.random.choice(["950", "-95", "0.95"]))
    return [steps]


@kind
def a_fall_below_everything(chance: Chance) -> Made:
    """Let a quantity fall by more than all of it."""
    steps, row = chance.row(
        lambda row: row.get("value", {}).get("change") == "percent-change" and has("value", "number")(row)
    )
    row["value"]["number"] = raw(-abs(float(row["value"]["number"])) - 100.5)
    row["value"].pop("spread", None)
    return [steps]


@kind
def a_change_with_the_wrong_sign(chance: Chance) -> Made:
    """Let a fall have the sign of a rise."""
    words = {"decreased": "-", "reduced": "-", "increased": ""}
    steps, row = chance.row(
        lambda row: (
            row.get("value", {}).get("change") in {"change", "percent-change"}
            and (row.get("result") in words or re.search(r"\b(fell|lost|decreas|drop|reduc)", row.get("says", "")))
            and real(row["value"].get("number"))
        )
    )
    row["value"]["number"] = raw(-float(row["value"]["number"]))
    return [steps]


# characters


@kind
def a_cyrillic_letter_in_the_name_of_a_cohort(chance: Chance) -> Made:
    """Write the c of a name in Cyrillic."""
    steps, row = chance.row(lambda row: re.search("[aceopx]", row["cohort"]))
    row["cohort"] = row["cohort"].translate(str.maketrans("aceopx", "асеорх"))
    return [steps]


@kind
def a_cyrillic_letter_in_a_word(chance: Chance) -> Made:
    """Write one letter of a text in Cyrillic."""
    steps, at, name = chance.text(lambda text: re.search("[a-z][aeopc][a-z]", text))
    at[name] = re.sub(
        "([a-z])([aeopc])([a-z])",
        lambda found: found[1] + found[2].translate(str.maketrans("aeopc", "аеорс")) + found[3],
        at[name],
        count=1,
    )
    return [steps]


@kind
def a_greek_letter_in_a_word(chance: Chance) -> Made:
    """Write one letter of a word in Greek."""
    steps, at, name = chance.text(lambda text: re.search("[A-Za-z][ov][a-z]", text))
    at[name] = re.sub(
        "([A-Za-z])([ov])([a-z])", lambda found: found[1] + {"o": "ο", "v": "ν"}[found[2]] + found[3], at[name], count=1
    )
    return [steps]


@kind
def a_greek_letter_in_an_author(chance: Chance) -> Made:
    """Write the initial of an author in Greek."""
    publication = chance.draft.root["publication"]
    found = [index for index, name in enumerate(publication.get("authors", ())) if re.search("[ABEHIKMNOPTXYZ]", name)]
    if not found:
        raise NoPlaceError
    index = chance.random.choice(found)
    letters = str.maketrans("ABEHIKMNOPTXYZ", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
    publication["authors"][index] = publication["authors"][index].translate(letters)
    return [("publication",)]


def _inside(text: str, mark: str, random: Random) -> str:
    place = random.randint(1, max(1, len(text) - 1))
    return text[:place] + mark + text[place:]


@kind
def an_invisible_character_in_a_text(chance: Chance) -> Made:
    """Put what nobody sees into a text."""
    steps, at, name = chance.text()
    at[name] = _inside(at[name], chance.random.choice("\u200b\u00ad\ufeff\u2060\u200e"), chance.random)
    return [steps]


@kind
def an_invisible_character_in_a_name(chance: Chance) -> Made:
    """Put what nobody sees into the name of a measure, a page or a cohort."""
    steps, row = chance.row(lambda row: "measure" in row)
    name = chance.random.choice(["measure", "cohort"])
    row[name] = _inside(row[name], chance.random.choice("\u200b\u00ad\ufeff"), chance.random)
    return [steps]


@kind
def a_no_break_space_in_a_text(chance: Chance) -> Made:
    """Put a no-break space into a text."""
    steps, at, name = chance.text(lambda text: " " in text)
    at[name] = at[name].replace(" ", "\u00a0", 1)
    return [steps]


@kind
def smart_quotes_as_delimiters(chance: Chance) -> Made:
    """Put a text into the quotes of a word processor."""
    steps, at, name = chance.text()
    at[name] = f"\u201c{at[name]}\u201d"
    return [steps]


@kind
def letters_of_the_wrong_encoding(chance: Chance) -> Made:
    """Read UTF-8 as Latin-1."""
    steps, at, name = chance.text(lambda text: not text.isascii() or "-" in text or "'" in text)
    text = at[name] if not at[name].isascii() else at[name].replace("-", "\u2013").replace("'", "\u2019")
    at[name] = text.encode().decode("cp1252", "replace")
    return [steps]


@kind
def a_letter_that_was_lost(chance: Chance) -> Made:
    """Lose a letter to an encoding."""
    steps, at, name = chance.text(lambda text: len(text) > 3)
    at[name] = at[name][:2] + chance.random.choice(["\ufffd", "?\ufffd"]) + at[name][3:]
    return [steps]


@kind
def markup_of_a_web_page(chance: Chance) -> Made:
    """Paste a text with its markup."""
    steps, at, name = chance.text()
    at[name] += chance.random.choice(["<sup>2</sup>", " &amp; more", "&nbsp;", "<br/>", " &gt; 5"])
    return [steps]


@kind
def a_space_at_the_end_of_a_text(chance: Chance) -> Made:
    """Leave a space at the end of a text."""
    steps, at, name = chance.text()
    at[name] += " "
    return [steps]


@kind
def a_line_break_in_a_name(chance: Chance) -> Made:
    """Paste a title or name with the line break of the page."""
    places = [*chance.draft.records("therapies", "cohorts"), (("publication",), chance.draft.root["publication"])]
    found = [
        (steps, at, name) for steps, at in places for name in ("title", "label", "name") if " " in at.get(name, "")
    ]
    if not found:
        raise NoPlaceError
    steps, at, name = chance.random.choice(found)
    at[name] = at[name].replace(" ", "\n", 1)
    return [steps]


@kind
def a_conclusion_cut_off(chance: Chance) -> Made:
    """Lose the end of the conclusion."""
    publication = chance.draft.root["publication"]
    text = publication.get("conclusion", "")
    if len(text) < 30:
        raise NoPlaceError
    publication["conclusion"] = text[: chance.random.randint(15, len(text) - 5)].rstrip(" .")
    return [("publication",)]


@kind
def a_text_cut_off_by_its_comma(chance: Chance) -> Made:
    """Write a text with a comma without quotes."""
    steps, row = chance.one(chance.rows())
    row["says"] = raw("better within weeks, and without further drugs")
    return [steps]


@kind
def a_quote_that_does_not_end(chance: Chance) -> Made:
    """Leave out the quote at the end of a text."""
    steps, row = chance.one(chance.rows())
    row["says"] = raw('"better within weeks')
    return [steps]


# what YAML makes of words


@kind
def yes_instead_of_true(chance: Chance) -> Made:
    """Write yes where true is asked for."""
    steps, row = chance.row(lambda row: "own" in row["claims"][0])
    row["claims"][0]["own"] = raw(chance.random.choice(["yes", "on", "1", "Y"]))
    return [steps]


@kind
def a_pmid_that_is_a_number(chance: Chance) -> Made:
    """Leave out the quotes of a PMID, so that it is a number."""
    publication = chance.draft.root["publication"]
    if "pmid" not in publication:
        raise NoPlaceError
    publication["pmid"] = raw(publication["pmid"])
    return [("publication",)]


@kind
def a_field_twice(chance: Chance) -> Made:
    """Leave the old value beside the new one."""
    steps, row = chance.row(patients)
    row["count"]["n"] = raw(f"{row['count']['n']}, n: {int(row['count']['n']) + 1}")
    return [steps]


@kind
def a_misspelt_field(chance: Chance) -> Made:
    """Misspell the name of a field."""
    steps, row = chance.one(chance.rows())
    name = chance.random.choice([name for name in row if len(name) > 3])
    row[name[:-2] + name[-1] + name[-2]] = row.pop(name)
    return [steps]


@kind
def a_misspelt_word(chance: Chance) -> Made:
    """Misspell a word of a closed list."""
    steps, row = chance.row(has("count", "result"))
    row["count"]["result"] = chance.random.choice(["presnet", "Met", "mets", "n/a", "yes", "achieved"])
    return [steps]


@kind
def a_tab_before_a_field(chance: Chance) -> Made:
    """Indent by a tab."""
    steps, row = chance.one(chance.rows())
    row["note"] = raw("kept\n\tas printed: yes")
    return [steps]


# references


@kind
def a_cohort_renamed_but_in_one_row(chance: Chance) -> Made:
    """Rename a cohort and all rows but one."""
    steps, row = chance.row(lambda row: chance.draft.cohort(row["cohort"]))
    old = row["cohort"]
    chance.draft.cohort(old)["id"] = f"{old}-all"
    for place, each in chance.draft.records(*FINDINGS):
        if place != steps and each["cohort"] == old:
            each["cohort"] = f"{old}-all"
    return [steps]


@kind
def a_copied_row_with_the_same_id(chance: Chance) -> Made:
    """Copy a row and change its value alone."""
    steps, row = chance.row(patients)
    other = copy.deepcopy(row)
    other["count"]["n"] = raw(0 if int(row["count"]["n"]) else 1)
    rows = chance.draft.root[str(steps[0])]
    rows.insert(int(steps[1]) + 1, other)
    return [steps, (steps[0], int(steps[1]) + 1)]


@kind
def a_copied_row_with_another_value(chance: Chance) -> Made:
    """State another value of the same thing in a second row."""
    steps, row = chance.row(patients)
    other = copy.deepcopy(row)
    other["id"] += "-2"
    other["count"]["n"] = raw(0 if int(row["count"]["n"]) else 1)
    other["count"].pop("percent", None)
    chance.draft.root[str(steps[0])].append(other)
    return [steps, (steps[0], len(chance.draft.root[str(steps[0])]) - 1)]


@kind
def a_row_entered_twice(chance: Chance) -> Made:
    """Enter the same row again under another id."""
    steps, row = chance.one(chance.rows())
    other = copy.deepcopy(row)
    other["id"] += "-again"
    chance.draft.root[str(steps[0])].append(other)
    return [steps, (steps[0], len(chance.draft.root[str(steps[0])]) - 1)]


@kind
def a_page_that_is_not_declared(chance: Chance) -> Made:
    """Name a page that is not in the list."""
    steps, row = chance.one(chance.rows())
    row["claims"][0]["source"] = f"s{len(chance.draft.root['sources']) + 7}"
    return [steps]


@kind
def a_misspelt_measure(chance: Chance) -> Made:
    """Misspell a measure."""
    steps, row = chance.row(lambda row: len(row.get("measure", "")) > 3)
    row["measure"] = row["measure"][:-2] + row["measure"][-1]
    if row["measure"] in chance.world.lists["measures"]:
        raise NoPlaceError
    return [steps]


@kind
def a_result_restated_from_nowhere(chance: Chance) -> Made:
    """Restate a report that is not there."""
    steps, row = chance.row(lambda row: "restates" in row["claims"][0])
    row["claims"][0]["restates"] = "nobody-2024-nowhere"
    return [steps]


@kind
def an_own_result_that_is_restated(chance: Chance) -> Made:
    """Call a result own and restated."""
    steps, row = chance.row(lambda row: "own" in row["claims"][0])
    row["claims"][0]["restates"] = "unnamed"
    return [steps]


@kind
def an_own_result_of_the_cohort_of_another_study(chance: Chance) -> Made:
    """Give an own result to the cohort of another study."""
    steps, row = chance.row(lambda row: "own" in row["claims"][0] and chance.draft.cohort(row["cohort"]))
    own = {name for _, cohort in chance.draft.records("cohorts") for name in cohort["diseases"]}
    others = [
        f"{draft.key}#{cohort['id']}"
        for draft in chance.world.drafts.values()
        for _, cohort in draft.records("cohorts")
        if draft.key != chance.draft.key and not own & set(cohort["diseases"]) and "same_as" not in cohort
    ]
    row["cohort"] = chance.random.choice(others)
    return [steps]


@kind
def the_trial_of_another_product_and_disease(chance: Chance) -> Made:
    """Name a registered trial of another product in another disease."""
    study = chance.draft.root.get("study", {})
    if "trials" not in study:
        raise NoPlaceError
    products = {therapy["product"] for _, therapy in chance.draft.records("therapies")}
    diseases = {name for _, cohort in chance.draft.records("cohorts") for name in cohort["diseases"]}
    others = [
        name
        for name, trial in chance.world.lists["trials"].items()
        if trial.get("products") and trial.get("diseases")
        if not products & set(trial["products"]) and not diseases & set(trial["diseases"])
    ]
    if not diseases or "not-reported" in products or not products:
        raise NoPlaceError
    study["trials"] = [chance.random.choice(others)]
    return [("study",)]


@kind
def a_trial_number_of_seven_digits(chance: Chance) -> Made:
    """Lose a digit of a trial's number."""
    for name in ("publication", "study"):
        trials = chance.draft.root.get(name, {}).get("trials", [])
        for index, trial in enumerate(trials):
            if trial.startswith("nct"):
                trials[index] = trial[:-1]
                return [(name,)]
    raise NoPlaceError


@kind
def a_pmid_with_another_digit(chance: Chance) -> Made:
    """Change a digit of a PMID."""
    publication = chance.draft.root["publication"]
    if "pmid" not in publication:
        raise NoPlaceError
    publication["pmid"] = _another_digit(publication["pmid"], chance.random)
    return [("publication",)]


@kind
def a_doi_with_another_digit(chance: Chance) -> Made:
    """Change a digit of a DOI."""
    publication = chance.draft.root["publication"]
    if "doi" not in publication:
        raise NoPlaceError
    prefix, _, suffix = publication["doi"].partition("/")
    if not re.search("[0-9]", suffix):
        raise NoPlaceError
    publication["doi"] = f"{prefix}/{_another_digit(suffix, chance.random)}"
    return [("publication",)]


def _another_digit(text: str, random: Random) -> str:
    place = random.choice([index for index, letter in enumerate(text) if letter.isdecimal()])
    return text[:place] + str((int(text[place]) + random.randint(1, 9)) % 10) + text[place + 1 :]


@kind
def a_doi_with_its_resolver(chance: Chance) -> Made:
    """Paste a DOI as an address."""
    publication = chance.draft.root["publication"]
    if "doi" not in publication:
        raise NoPlaceError
    publication["doi"] = "https://doi.org/" + publication["doi"]
    return [("publication",)]


@kind
def a_disease_with_another_digit(chance: Chance) -> Made:
    """Change a digit of a disease's number."""
    steps, cohort = chance.cohort(lambda cohort: any(name.startswith("MONDO") for name in cohort["diseases"]))
    index = next(index for index, name in enumerate(cohort["diseases"]) if name.startswith("MONDO"))
    cohort["diseases"][index] = _another_digit(cohort["diseases"][index], chance.random)
    if cohort["diseases"][index] in chance.world.lists["diseases"]:
        raise NoPlaceError
    return [steps]


@kind
def a_whole_that_is_part_of_its_part(chance: Chance) -> Made:
    """Turn round which cohort contains which."""
    steps, cohort = chance.cohort(
        lambda cohort: any(
            (number(chance.draft.cohort(whole).get("n")) or 0) > (number(cohort.get("n")) or 10**6)
            for whole in cohort.get("part_of", ())
        )
    )
    whole = chance.draft.cohort(next(name for name in cohort["part_of"] if chance.draft.cohort(name)))
    cohort["part_of"] = [name for name in cohort["part_of"] if name != whole["id"]]
    whole["part_of"] = [*whole.get("part_of", ()), cohort["id"]]
    return [steps, *(place for place, each in chance.draft.records("cohorts") if each is whole)]


@kind
def lupus_remission_in_myositis(chance: Chance) -> Made:
    """Ask a criterion of lupus of patients with another disease."""
    steps, row = chance.row(
        lambda row: (
            (cohort := chance.draft.cohort(row["cohort"]))
            and cohort["diseases"]
            and not set(cohort["diseases"]) & set(LUPUS)
            and all(name.startswith("MONDO") for name in cohort["diseases"])
            and patients(row)
            and not LUPUS_WORDS & set(cohort.get("label", "").lower().split())
        ),
        "results",
    )
    row["measure"] = "doris-remission"
    return [steps]


LUPUS = ("MONDO:0007915", "MONDO:0005556", "MONDO:0004670", "MONDO:0007179", "MONDO:0019716", "MONDO:0015938")
LUPUS_WORDS = frozenset({"lupus", "sle", "overlap"})


# safety


@kind
def a_grade_of_6(chance: Chance) -> Made:
    """Give a grade above death."""
    steps, row = chance.row(has("grade", "low"), "events")
    row["grade"][chance.random.choice(["low", "high"])] = raw(6)
    return [steps]


@kind
def a_highest_grade_below_the_lowest(chance: Chance) -> Made:
    """Swap the grades of an event."""
    steps, row = chance.row(lambda row: (real(row["grade"].get("low")) or 0) > 1 if has("grade", "low")(row) else False)
    row["grade"]["high"] = raw(int(row["grade"]["low"]) - 1)
    return [steps]


@kind
def crs_graded_as_icans(chance: Chance) -> Made:
    """Swap the gradings of cytokine release and neurotoxicity."""
    swap = {"cytokine-release-syndrome": "astct-icans", "icans": "astct-crs"}
    steps, row = chance.row(lambda row: row.get("event") in swap, "events")
    grade = row["grade"] if isinstance(row["grade"], dict) else {"low": raw(1)}
    row["grade"] = {**grade, "system": swap[row["event"]]}
    return [steps]


@kind
def fewer_of_any_grade_than_severe(chance: Chance) -> Made:
    """Count fewer patients with an event than with the severe event."""
    high = [
        (steps, row)
        for steps, row in chance.rows("events")
        if patients(row) and int(row["count"]["n"]) > 0 and row.get("grade") == "any" and "qualifier" not in row
    ]
    steps, row = chance.one(high)
    other = copy.deepcopy(row)
    other["id"] += "-severe"
    other["grade"] = {"low": raw(3), "system": "not-reported"}
    row["count"]["n"] = raw(int(row["count"]["n"]) - 1)
    row["count"].pop("percent", None)
    chance.draft.root["events"].append(other)
    return [steps, ("events", len(chance.draft.root["events"]) - 1)]


@kind
def an_event_treated_with_an_unknown_drug(chance: Chance) -> Made:
    """Misspell the drug given for an event."""
    steps, row = chance.one(chance.rows("events"))
    row["treated_with"] = ["tocilizumap"]
    return [steps]


@kind
def an_event_among_the_results(chance: Chance) -> Made:
    """Put an event into the wrong list."""
    _, row = chance.one(chance.rows("events"))
    chance.draft.root["events"].remove(row)
    if not chance.draft.root["events"]:
        del chance.draft.root["events"]
    chance.draft.root.setdefault("results", []).append(row)
    return [("results", len(chance.draft.root["results"]) - 1)]


# therapy


@kind
def a_target_that_the_product_does_not_have(chance: Chance) -> Made:
    """Let a product bind another antigen."""
    products = chance.world.lists["products"]
    steps, therapy = chance.one(
        place
        for place in chance.draft.records("therapies")
        if products.get(place[1]["product"], {}).get("targets") and place[1].get("targets")
    )
    known = products[therapy["product"]]["targets"]
    therapy["targets"] = [next(name for name in ("bcma", "cd20", "cd19", "cd70") if name not in known)]
    return [steps]


@kind
def own_cells_of_a_donor_product(chance: Chance) -> Made:
    """Let a product come from other cells than it does."""
    products = chance.world.lists["products"]
    steps, therapy = chance.one(
        place
        for place in chance.draft.records("therapies")
        if products.get(place[1]["product"], {}).get("source") in (["autologous"], ["allogeneic"])
    )
    other = {"autologous": "allogeneic", "allogeneic": "autologous"}
    therapy["cell_source"] = [other[products[therapy["product"]]["source"][0]]]
    return [steps]


@kind
def drugs_of_a_lymphodepletion_that_was_not_given(chance: Chance) -> Made:
    """Deny a lymphodepletion whose drugs are listed."""
    steps, arm = chance.one(
        place
        for place in chance.draft.records("arms")
        if any(drug["role"] == "lymphodepletion" and "given" not in drug for drug in place[1].get("drugs", ()))
    )
    arm["lymphodepletion"] = "none"
    places = [place for place, _ in chance.draft.inside_arms("drugs") if place[:2] == steps]
    return [steps, *places]


@kind
def grams_instead_of_milligrams(chance: Chance) -> Made:
    """Give a drug a thousand times its dose."""
    steps, drug = chance.one(
        place
        for place in chance.draft.inside_arms("drugs")
        if place[1].get("dose", {}).get("unit", "").startswith("mg")
        and (real(place[1]["dose"].get("number")) or 0) > 20
    )
    drug["dose"]["unit"] = drug["dose"]["unit"].replace("mg", "g", 1)
    return [steps]


@kind
def last_day_before_the_first(chance: Chance) -> Made:
    """Swap the days on which a drug was given."""
    steps, drug = chance.one(
        place
        for place in chance.draft.inside_arms("drugs")
        if has("days", "last")(place[1]) and place[1]["days"]["first"] != place[1]["days"]["last"]
    )
    at = drug["days"]
    at["first"], at["last"] = at["last"], at["first"]
    return [steps]


@kind
def cells_for_an_untreated_arm(chance: Chance) -> Made:
    """Call an arm untreated that received cells."""
    steps, arm = chance.one(place for place in chance.draft.records("arms") if place[1].get("therapies"))
    arm["role"] = "untreated"
    return [steps]


@kind
def no_infusion_of_a_treated_arm(chance: Chance) -> Made:
    """Count no infusion in an arm that received cells."""
    steps, arm = chance.one(place for place in chance.draft.records("arms") if "infusions" in place[1])
    arm["infusions"]["count"] = raw(chance.random.choice([0, -1]))
    return [steps]


# publication and study


@kind
def a_case_report_of_many(chance: Chance) -> Made:
    """Call the report of many patients a report of one."""
    sizes = [number(cohort.get("n")) or 0 for _, cohort in chance.draft.records("cohorts") if "same_as" not in cohort]
    own = any("own" in row["claims"][0] for _, row in chance.draft.records(*FINDINGS))
    if not sizes or max(sizes) < 5 or not own or chance.draft.root["publication"]["kind"] == "case-report":
        raise NoPlaceError
    chance.draft.root["publication"]["kind"] = "case-report"
    steps = [place for place, cohort in chance.draft.records("cohorts") if (number(cohort.get("n")) or 0) > 1]
    return [("publication",), *steps]


@kind
def a_table_in_an_abstract(chance: Chance) -> Made:
    """Place a result in a table of which the abstract alone was read."""
    read = {
        source["id"]
        for _, source in chance.draft.records("sources")
        if source.get("read") in {"whole-abstract", "abstract-in-part", "citation"}
    }
    steps, row = chance.row(lambda row: row["claims"][0]["source"] in read)
    row["claims"][0]["place"] = "table"
    return [steps]


@kind
def pages_backwards(chance: Chance) -> Made:
    """Swap the first and the last page."""
    publication = chance.draft.root["publication"]
    first, _, last = publication.get("pages", "").partition("-")
    if not (first.isdecimal() and last.isdecimal() and len(first) == len(last) and first != last):
        raise NoPlaceError
    publication["pages"] = f"{last}-{first}"
    return [("publication",)]


@kind
def a_status_that_nobody_looked_up(chance: Chance) -> Made:
    """Call a publication sound without having looked."""
    chance.draft.root["publication"]["status"] = {"retracted": "no", "looked": "not-yet"}
    return [("publication",)]


@kind
def a_country_that_is_none(chance: Chance) -> Made:
    """Write a country by a code that no country has."""
    steps, cohort = chance.cohort(lambda cohort: "countries" in cohort)
    cohort["countries"] = [chance.random.choice(["UK", "EN", "GER", "Germany", "XX"])]
    return [steps]


@kind
def an_overlap_of_a_cohort_with_itself(chance: Chance) -> Made:
    """Compare a cohort with itself."""
    steps, overlap = chance.one(chance.draft.records("overlaps"))
    overlap["between"][1] = overlap["between"][0]
    return [steps]


@kind
def a_conflict_explained_without_words(chance: Chance) -> Made:
    """Call a conflict explained and do not explain it."""
    steps, conflict = chance.one(
        place for place in chance.draft.records("conflicts") if place[1]["status"] == "open" and len(place[1]) < 9
    )
    conflict["status"] = "explained"
    conflict.pop("explanation", None)
    return [steps]


@kind
def an_address_without_its_scheme(chance: Chance) -> Made:
    """Paste an address without https."""
    steps, source = chance.one(place for place in chance.draft.records("sources") if "address" in place[1])
    source["address"] = source["address"].partition("//")[2]
    return [steps]


@kind
def a_key_unlike_the_file(chance: Chance) -> Made:
    """Rename the file and not the dossier."""
    chance.draft.root["key"] += "-new"
    return [("key",)]


# thought of later


@later
def a_name_in_capitals(chance: Chance) -> Made:
    """Name a row in capitals."""
    steps, row = chance.one(chance.rows())
    row["id"] = row["id"].upper().replace("-", "_")
    return [steps]


@later
def a_response_at_time_0(chance: Chance) -> Made:
    """State a response on the day of the infusion."""
    steps, row = chance.row(
        lambda row: has("time", "at")(row) and row.get("count", {}).get("result") in {"met", "improved"}, "results"
    )
    row["time"]["at"] = raw(0)
    return [steps]


@later
def a_count_and_a_percentage(chance: Chance) -> Made:
    """State a share twice, differently."""
    steps, row = chance.row(patients)
    row["percent"] = {"number": raw(12.5), "of": row["count"]["of"], "result": row["count"]["result"]}
    return [steps]


@later
def a_conflict_about_a_row_that_is_gone(chance: Chance) -> Made:
    """Name a row in a conflict that is not there."""
    steps, conflict = chance.one(
        place for place in chance.draft.records("conflicts") if any("rows" in side for side in place[1]["sides"])
    )
    side = next(side for side in conflict["sides"] if "rows" in side)
    side["rows"][0] += "-old"
    return [steps]


@later
def a_change_wider_than_its_scale(chance: Chance) -> Made:
    """Let a score change by more than its scale is wide."""
    steps, row = chance.row(
        lambda row: (
            row.get("measure") in SCALES and row.get("value", {}).get("change") == "change" and "number" in row["value"]
        )
    )
    row["value"]["number"] = raw(-SCALES[row["measure"]] - 30)
    row["value"].pop("spread", None)
    return [steps]


@later
def nobody_assessed(chance: Chance) -> Made:
    """Count patients out of none."""
    steps, row = chance.row(lambda row: patients(row) and int(row["count"]["n"]) > 0)
    row["count"]["of"] = raw(0)
    row["count"].pop("percent", None)
    return [steps]


@later
def more_shared_patients_than_there_are(chance: Chance) -> Made:
    """Share more patients than a cohort has."""
    steps, overlap = chance.one(
        place
        for place in chance.draft.records("overlaps")
        if place[1]["degree"] == "known" and number(chance.draft.cohort(place[1]["between"][0]).get("n"))
    )
    size = number(chance.draft.cohort(overlap["between"][0])["n"]) or 0
    overlap["shared"] = {"low": raw(size + 1), "high": raw(size + 2)}
    return [steps]


@later
def a_dose_of_a_drug_that_was_not_given(chance: Chance) -> Made:
    """Give the dose of a drug that nobody received."""
    steps, drug = chance.one(place for place in chance.draft.inside_arms("drugs") if "dose" in place[1])
    drug["given"] = "no"
    return [steps, steps[:2]]


@later
def a_claim_twice(chance: Chance) -> Made:
    """Let one page state a row twice."""
    steps, row = chance.one(chance.rows())
    row["claims"].append(copy.deepcopy(row["claims"][0]))
    return [steps]


@later
def a_date_in_german(chance: Chance) -> Made:
    """Write the day first."""
    publication = chance.draft.root["publication"]
    if len(publication.get("issued", "")) < 10:
        raise NoPlaceError
    year, month, day = publication["issued"].split("-")
    publication["issued"] = f"{day}.{month}.{year}"
    return [("publication",)]


@later
def a_journal_in_another_spelling(chance: Chance) -> Made:
    """Abbreviate a journal that other dossiers write in full."""
    publication = chance.draft.root["publication"]
    short = {
        "Nature Medicine": "Nat Med",
        "New England Journal of Medicine": "NEJM",
        "Frontiers in Immunology": "Front. Immunol.",
        "Annals of the Rheumatic Diseases": "Ann Rheum Dis",
        "Lancet Rheumatology": "Lancet Rheumatol",
        "Blood": "Blood (journal)",
    }
    if publication.get("journal") not in short:
        raise NoPlaceError
    publication["journal"] = short[publication["journal"]]
    return [("publication",)]


@later
def a_dose_range_upside_down(chance: Chance) -> Made:
    """Swap the ends of a dose."""
    places = [*chance.draft.inside_arms("drugs"), *chance.draft.inside_arms("cells")]
    steps, drug = chance.one(
        place
        for place in places
        if has("dose", "low")(place[1]) and place[1]["dose"]["low"] != place[1]["dose"]["high"]
    )
    dose = drug["dose"]
    dose["low"], dose["high"] = dose["high"], dose["low"]
    return [steps]


@later
def a_doi_in_the_place_of_the_pmid(chance: Chance) -> Made:
    """Paste a DOI as the PMID."""
    publication = chance.draft.root["publication"]
    if "doi" not in publication:
        raise NoPlaceError
    publication["pmid"] = publication["doi"]
    return [("publication",)]


@later
def the_single_value_of_many(chance: Chance) -> Made:
    """Call the median of many patients the value of one."""
    steps, row = chance.row(
        lambda row: (
            row.get("value", {}).get("statistic") == "median"
            and has("value", "spread")(row)
            and (chance.size(row) or 0) > 3
        )
    )
    row["value"]["statistic"] = "single-value"
    return [steps]


@later
def an_author_with_the_initial_first(chance: Chance) -> Made:
    """Write an author as on a visiting card."""
    publication = chance.draft.root["publication"]
    found = [name for name in publication.get("authors", ()) if re.fullmatch(r"\S+ [A-Z]+", name)]
    if not found:
        raise NoPlaceError
    name = chance.random.choice(found)
    surname, initials = name.split(" ")
    publication["authors"][publication["authors"].index(name)] = f"{'. '.join(initials)}. {surname}"
    return [("publication",)]


@later
def an_address_with_a_space(chance: Chance) -> Made:
    """Paste an address with what stood beside it."""
    steps, source = chance.one(place for place in chance.draft.records("sources") if "address" in place[1])
    source["address"] += chance.random.choice([" (accessed 2 May)", " ", " .", "\n"])
    return [steps]
