"""The register of an export, by its content; each trial of it once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.literature.formats.format import TWICE, Undecodable, encoding_of
from cartkg.literature.registries.clinicaltrials_gov import ClinicalTrialsGov
from cartkg.literature.registries.ctis import Ctis
from cartkg.literature.registries.ictrp import Ictrp
from cartkg.literature.registries.trial import RegisteredTrial, RegisterExport

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.literature.registries.trial import Register

REGISTERS: tuple[Register, ...] = (ClinicalTrialsGov(), Ictrp(), Ctis())
NAMES = ", ".join(each.name for each in REGISTERS)
_HEAD = 1 << 16


def read_register(data: bytes, path: Path) -> RegisterExport:
    """Return the trials of an export of a register, each once, and what is wrong with the others.

    Args:
        data: the bytes of the file.
        path: the file, named in the diagnostics.
    """
    head = data[:_HEAD].decode(encoding_of(data), errors="replace")
    found = next((each for each in REGISTERS if each.begins(head)), None)
    if found is None:
        message = f"the content is not an export of a register that is read here: {NAMES}"
        return RegisterExport((), (Diagnostic(path, 1, 1, "export-unknown", message),))
    try:
        export = found.read(data, path)
    except Undecodable as error:
        return RegisterExport((), (error.diagnostic,), found.name)
    kept: dict[str, RegisteredTrial] = {}
    problems = list(export.diagnostics)
    for trial in export.trials:
        first = kept.setdefault(trial.number.upper(), trial)
        if first is not trial:
            message = f"{trial.number} is at line {first.line} too, which alone is taken"
            problems.append(Diagnostic(path, trial.line, 1, TWICE, message, Severity.WARNING))
        elif trial.status_as_listed and not trial.status:
            message = f"{trial.number}: the status `{trial.status_as_listed}` has no equal here; look it up"
            problems.append(Diagnostic(path, trial.line, 1, "register-status", message, Severity.WARNING))
    return RegisterExport(tuple(kept.values()), tuple(problems), export.name)
