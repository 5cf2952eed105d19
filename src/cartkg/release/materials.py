"""Write the bill of materials of a release as CycloneDX: packages, versions and licences.

Source: CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/). The same installation gives the same bytes.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cartkg import __version__
from cartkg.namespaces import BASE
from cartkg.systems import EXTRAS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cyclonedx.model.license import License

_PROGRAM = "cartkg"
_LONGEST = 100
#: Archives that come inside a package and run with it.
_INSIDE = ".jar"


def bill_of_materials(data_version: str) -> bytes:
    """Return the bill of materials of this installation, as JSON.

    Args:
        data_version: date of the data that the release contains, as YYYY-MM-DD.
    """
    found = _Found()
    found.add(_PROGRAM, frozenset(EXTRAS))
    bom = Bom(components=(found.components[name] for name in found.components if name != _PROGRAM))
    program = found.components[_PROGRAM]
    program.type = ComponentType.APPLICATION
    made = datetime.fromisoformat(data_version).replace(tzinfo=UTC)
    properties = [Property(name="cartkg:data-version", value=data_version)]
    bom.metadata = BomMetaData(component=program, timestamp=made, properties=properties)
    for name, needed in found.needed.items():
        bom.register_dependency(found.components[name], [found.components[each] for each in sorted(needed)])
    bom.serial_number = uuid.UUID(int=0)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, BASE + JsonV1Dot6(bom).output_as_string())
    return (JsonV1Dot6(bom).output_as_string(indent=2) + "\n").encode()


@dataclass(slots=True)
class _Found:
    """What has been found so far: component of each package, and the packages that each one needs."""

    components: dict[str, Component] = field(default_factory=dict)
    needed: dict[str, set[str]] = field(default_factory=dict)
    _seen: set[tuple[str, frozenset[str]]] = field(default_factory=set)

    def add(self, name: str, extras: frozenset[str]) -> bool:
        """Add an installed package and all its dependencies; return whether it is installed."""
        if (name, extras) in self._seen:
            return True
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            return False
        self._seen.add((name, extras))
        if name not in self.components:
            self.components[name] = _component(name, package)
        needed = self.needed.setdefault(name, set())
        for requirement in _requirements(package, extras):
            other = canonicalize_name(requirement.name)
            if other != name and self.add(other, frozenset(requirement.extras)):
                needed.add(other)
        return True


def _requirements(package: metadata.Distribution, extras: Iterable[str]) -> Iterator[Requirement]:
    """Return what a package needs on this system, with what the extras need besides."""
    for line in package.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": each}) for each in ("", *extras)):
            yield requirement


def _component(name: str, package: metadata.Distribution) -> Component:
    version = __version__ if name == _PROGRAM else package.version
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{name}=={version}",
        purl=PackageURL("pypi", None, name, version),
        licenses=_licences(package),
        components=list(_inside(name, package)),
    )


def _licences(package: metadata.Distribution) -> list[License]:
    stated = package.metadata.json
    said = str(stated.get("license_expression") or stated.get("license") or "")
    return [LicenseFactory().make_from_string(said.strip())] if 0 < len(said.strip()) <= _LONGEST else []


def _inside(name: str, package: metadata.Distribution) -> Iterator[Component]:
    """Return the archives that a package brings along, with their hashes, which name them to a scanner."""
    for file in sorted(each.as_posix() for each in package.files or () if each.suffix == _INSIDE):
        digest = hashlib.sha256(Path(str(package.locate_file(file))).read_bytes()).hexdigest()
        yield Component(
            name=Path(file).name,
            type=ComponentType.FILE,
            bom_ref=f"{name}/{file}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        )
