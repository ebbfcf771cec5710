"""The register of cryptography: what is used where, with which algorithm, how old, whose.

Each app registers in ``AppConfig.ready`` a function that tells of its own keys and digests, read
from its tables and settings at that moment; the inventory page (``apps.evidence``) asks them
all. Nothing secret is told: no key, no digest of a secret. Source: CL-02, GB/T 39786-2021.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.common import sealing

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


def sealing_use(purpose: Promise | str, place: str, *, is_older: bool) -> Use:
    """Will describe what is kept encrypted by a box of ``apps.common.sealing``.

    is_older: some of it is still under an earlier key or cipher.
    """
    return Use(
        purpose,
        place,
        sealing.cipher_name(),
        CIPHER,
        _("系统管理员"),
        has_national=settings.FIELD_CIPHER == sealing.SM4 and not is_older,
        fault=_("部分内容仍按旧密钥或旧算法保存，请运行 manage.py reseal") if is_older else "",
    )


_tellers: dict[str, Callable[[], Iterable[Use]]] = {}


def register_uses(name: str, teller: Callable[[], Iterable[Use]]) -> None:
    """Will ask this function for the uses of one app. Raises: ValueError (the name is taken)."""
    if name in _tellers:
        raise ValueError(f"uses of {name} are already registered")
    _tellers[name] = teller


def all_uses() -> list[Use]:
    """Will ask every app now, by name."""
    return [use for name in sorted(_tellers) for use in _tellers[name]()]
