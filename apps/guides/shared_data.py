"""Other departments' registers, asked one record at a time (MT-17).

An adapter answers ``find(dataset, match)``; which one is a matter of settings. Every adapter
keeps the same contract, which ``tests/guides/test_shared_data.py`` holds them to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from django.conf import settings


class DataUnavailable(Exception):
    """The register could not be asked now; the application goes to a person."""


@dataclass(frozen=True)
class Answer:
    """What a register said. record: None where it has none, or more than one, that fits."""

    record: Mapping[str, Any] | None


class SharedData(Protocol):
    """What every adapter does. It may leave the machine: never inside a transaction."""

    #: Whether the records are invented, for training and demonstrations.
    is_simulated: bool

    def find(self, dataset: str, match: Mapping[str, str]) -> Answer:
        """Will give the one record whose keys have these values.

        Raises: DataUnavailable (unreachable, refused, unknown data set, not understood).
        """


@cache
def shared_data() -> SharedData:
    """Will give the adapter the settings name."""
    module = import_module(f"apps.guides.adapters.{settings.SHARED_DATA_ADAPTER}")
    found: SharedData = module.Registers()
    return found
