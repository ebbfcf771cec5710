"""The register of cryptography: what is used where, with which algorithm, how old, whose.

Each app registers in ``AppConfig.ready`` a function that tells of its own keys and digests, read
from its tables and settings at that moment; the inventory page (``apps.evidence``) asks them
all. Nothing secret is told: no key, no digest of a secret. Source: CL-02, GB/T 39786-2021.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

#: The national algorithm that answers to one of ours, by what it is for.
SIGNATURE, DIGEST, CIPHER, TRANSPORT = "SM2", "SM3", "SM4", "SM2/SM3/SM4"


@dataclass(frozen=True)
class Use:
    """One key, or one use of an algorithm.

    purpose: what for; place: module or setting; algorithm: as it is set; national: which SM
    algorithm a 密评 asks for there, has_national: whether it is in use. owner: who answers for
    it. rotate_by: when it is to be replaced, None where only its algorithm ages. fault: what is
    wrong with it now, "" when nothing is.
    """

    purpose: Promise | str
    place: str
    algorithm: str
    national: str
    owner: Promise | str
    has_national: bool = False
    created_at: datetime | None = None
    rotate_by: datetime | None = None
    fault: Promise | str = ""


_tellers: dict[str, Callable[[], Iterable[Use]]] = {}


def register_uses(name: str, teller: Callable[[], Iterable[Use]]) -> None:
    """Will ask this function for the uses of one app. Raises: ValueError (the name is taken)."""
    if name in _tellers:
        raise ValueError(f"uses of {name} are already registered")
    _tellers[name] = teller


def all_uses() -> list[Use]:
    """Will ask every app now, by name."""
    return [use for name in sorted(_tellers) for use in _tellers[name]()]
