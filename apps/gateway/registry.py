"""The register of what clients may reach: what is not in it is denied. Source: AC-07.

Besides, the register of dialects: how connectors that do not take our signed messages are told.

Each app says in ``AppConfig.ready`` which addresses are a resource and which scopes open it.
A view asks for the scope (``permissions.HasScope``); a call to an address under no resource is
refused before the view is asked, so a new view is closed until somebody says what it is.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from apps.gateway.enums import PersonalField

if TYPE_CHECKING:
    from apps.gateway.models import Connector, Delivery
    from apps.gateway.services.sending import Result

#: Makes one call that brings a delivery to a connector; never raises, runs in no transaction.
Dialect = Callable[["Connector", "Delivery"], "Result"]
_dialects: dict[str, Dialect] = {}


def register_dialect(code: str, send: Dialect) -> None:
    """Will have connectors of this dialect told by ``send``, with our claims and repeats.

    Raises: ValueError (another one has the code).
    """
    if _dialects.get(code, send) is not send:
        raise ValueError(f"dialect {code} is registered already")
    _dialects[code] = send


def dialect_of(code: str) -> Dialect | None:
    """Will give what tells connectors of a dialect; None: our own signed messages."""
    return _dialects.get(code)


@dataclass(frozen=True)
class Resource:
    """One thing clients may be let into.

    paths: prefixes of addresses, each ending with a slash; whole: single addresses. scopes:
    what can be granted, with the words for people; asks: scopes of others its views ask for.
    Neither: open to every client. personal: personal data its answers carry, masked unless the
    client is granted it; ``PersonalField.ADDRESS`` makes a bare ``address`` one of them.
    is_exact: its answers are signed or hashed texts without personal data, given as they are.
    """

    code: str
    label: Promise | str
    description: Promise | str
    paths: tuple[str, ...]
    scopes: Mapping[str, Promise | str] = field(default_factory=dict)
    asks: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    version: str = "1"
    personal: tuple[PersonalField, ...] = ()
    is_exact: bool = False

    @property
    def is_open(self) -> bool:
        """Whether every client may call it without being granted anything."""
        return not self.needed

    @property
    def needed(self) -> list[str]:
        """The scopes that open it or parts of it."""
        return sorted({*self.scopes, *self.asks})


_resources: dict[str, Resource] = {}


def register_resource(resource: Resource) -> None:
    """Will make a resource known. Raises: ValueError (the code or a scope is taken)."""
    if resource.code in _resources:
        raise ValueError(f"resource {resource.code} is already registered")
    if taken := resource.scopes.keys() & scope_labels().keys():
        raise ValueError(f"scopes already registered: {sorted(taken)}")
    _resources[resource.code] = resource
    resource_of.cache_clear()


def all_resources() -> list[Resource]:
    """Will give every resource, by code."""
    return [_resources[code] for code in sorted(_resources)]


@lru_cache(maxsize=1000)  # asked at every call of an API, mostly for the same few addresses
def resource_of(path: str) -> Resource | None:
    """Will give the resource an address belongs to, by the longest prefix; None: unregistered."""
    found = [
        (len(prefix), resource)
        for resource in _resources.values()
        for prefix in (*resource.paths, *resource.whole)
        if path == prefix or (prefix in resource.paths and path.startswith(prefix))
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def scope_labels() -> dict[str, Promise | str]:
    """Will give every scope that can be granted, with its words, by code."""
    found = {code: label for r in _resources.values() for code, label in r.scopes.items()}
    return {code: found[code] for code in sorted(found)}


@contextmanager
def temporarily(*resources: Resource) -> Iterator[None]:
    """Will make resources known within the block; for tests."""
    for resource in resources:
        register_resource(resource)
    try:
        yield
    finally:
        for resource in resources:
            del _resources[resource.code]
        resource_of.cache_clear()
