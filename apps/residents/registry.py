"""What higher apps tell this one: which matters an agent can be given.

``hotline`` registers in ``AppConfig.ready``; this app knows no matter.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from apps.accounts.models import Tenant

MatterNames = Callable[[Tenant], Mapping[str, str]]
_sources: dict[str, MatterNames] = {}


def register_matters(source: str, names: MatterNames) -> None:
    """Will make matters known: code to name, per body. Raises: ValueError (source taken)."""
    if _sources.get(source, names) is not names:
        raise ValueError(f"matters of {source} are already registered")
    _sources[source] = names


def matter_names(tenant: Tenant) -> dict[str, str]:
    """Will give every matter an agent can be given in this body, code to name."""
    found: dict[str, str] = {}
    for names in _sources.values():
        found.update(names(tenant))
    return found


@contextmanager
def temporarily(source: str, names: MatterNames) -> Iterator[None]:
    """Will make matters known within the block; for tests."""
    register_matters(source, names)
    try:
        yield
    finally:
        del _sources[source]
