"""All services that can be searched, by the names that data/searches.yaml gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.literature.fetching.clinicaltrials_gov import ClinicalTrialsGovApi
from cartkg.literature.fetching.crossref import Crossref
from cartkg.literature.fetching.europe_pmc import EuropePmc
from cartkg.literature.fetching.pubmed import Pubmed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.literature.fetching.service import Service

_ALL: tuple[Service, ...] = (Pubmed(), EuropePmc(), Crossref(), ClinicalTrialsGovApi())
SERVICES: Mapping[str, Service] = {each.name: each for each in _ALL}
