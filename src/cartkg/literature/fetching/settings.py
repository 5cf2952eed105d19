"""The environment of the user in, who asks and where out: no file of a project may send a key to a place of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import ConfigError
from cartkg.literature.fetching.line import checked_address
from cartkg.literature.fetching.service import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.literature.fetching.service import Service

EMAIL = "CARTKG_EMAIL"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_KEY = re.compile(r"[\x21-\x7e]{0,200}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user has set: `CARTKG_EMAIL`, and `CARTKG_<SERVICE>_KEY` and `CARTKG_<SERVICE>_ADDRESS` for a service.

    Attributes:
        variables: names and values.
    """

    variables: Mapping[str, str]

    @property
    def email(self) -> str:
        """Return the address of the person who asks.

        Raises:
            ConfigError: none is set, or it is none.
        """
        email = self.variables.get(EMAIL, "").strip()
        if not _EMAIL.fullmatch(email):
            raise ConfigError("set it to your e-mail address, which the services are told with each request", EMAIL)
        return email

    def caller(self, service: Service) -> Caller:
        """Return who asks a service.

        Raises:
            ConfigError: an e-mail address or a key is none.
        """
        name = _variable(service, "KEY")
        key = self.variables.get(name, "").strip()
        if not _KEY.fullmatch(key):
            raise ConfigError("is not a key", name)
        return Caller(self.email, key)

    def address(self, service: Service) -> str:
        """Return where a service is.

        Raises:
            ConfigError: the address that is set is none with https.
        """
        name = _variable(service, "ADDRESS")
        return checked_address(self.variables.get(name) or service.address, name)


def _variable(service: Service, what: str) -> str:
    return f"CARTKG_{service.name.upper().replace('-', '_')}_{what}"
