"""What a kind of deed is, and the register of kinds.

A kind takes what was typed, calls one service of the app that owns the matter and says what
came of it. It decides nothing itself and knows nothing of receipts, repetitions and clocks.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common.models import StoredFile
from apps.phone.enums import DeedState
from apps.phone.errors import BadDeed


@dataclass(frozen=True)
class Spot:
    """Where something was done. picked: chosen on the map, not measured by the phone."""

    lon: float
    lat: float
    accuracy_m: float | None = None
    taken_at: datetime | None = None
    picked: bool = False


@dataclass(frozen=True)
class Work:
    """One deed, read and checked for shape. at: aware, put right; files: in the order taken.

    clock_ahead: what was taken off the phone's time to put it right.
    """

    key: str
    kind: str
    at: datetime
    values: Mapping[str, Any]
    spot: Spot | None = None
    files: tuple[StoredFile, ...] = ()
    form_version: int | None = None
    base_version: int | None = None
    clock_ahead: timedelta = timedelta(0)

    def text(self, name: str, *, required: bool = False, longest: int = 2000) -> str:
        """Will give one typed text. Raises: BadDeed (no text, missing, too long)."""
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise BadDeed(_("内容格式不对"), field=name)
        value = value.strip()
        if required and not value:
            raise BadDeed(_("请填写此项"), field=name)
        if len(value) > longest:
            raise BadDeed(_("不能超过 %(n)d 个字") % {"n": longest}, field=name)
        return value

    def needed(self, name: str) -> int:
        """Will give one id that must be there. Raises: BadDeed."""
        found = self.number(name)
        if found is None:
            raise BadDeed(_("请填写此项"), field=name)
        return found

    def number(self, name: str) -> int | None:
        """Will give one id or count, None where there is none. Raises: BadDeed."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise BadDeed(_("请填写此项"), field=name)
        try:
            found = int(value)
        except ValueError as error:
            raise BadDeed(_("请填写此项"), field=name) from error
        if not 0 <= found < 2**63:
            raise BadDeed(_("请填写此项"), field=name)
        return found

    def flag(self, name: str) -> bool:
        """Will give whether something was ticked."""
        return self.values.get(name) is True

    def where(self) -> Spot:
        """Will give the place of a deed that cannot be without one. Raises: BadDeed."""
        if self.spot is None:
            raise BadDeed(_("没有位置，请在地图上选取"), field="place")
        return self.spot


@dataclass(frozen=True)
class Outcome:
    """What came of a deed. who: who settles a conflict; link: a page of the phone or office."""

    number: str = ""
    link: str = ""
    message: str | Promise = ""
    state: DeedState = DeedState.DONE
    who: str | Promise = ""
    errors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class DeedKind:
    """A kind of deed. needs_place: marked when it comes without one."""

    code: str
    label: str | Promise
    do: Callable[[User, Work], Outcome]
    needs_place: bool = True
    most_files: int = 12
    form_version: Callable[[Work], int | None] = field(default=lambda _work: None)


_kinds: dict[str, DeedKind] = {}


def is_number(value: Any) -> TypeGuard[float]:
    """Will tell whether a JSON value is a finite number."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and math.isfinite(value)


def register(kind: DeedKind) -> DeedKind:
    """Will make a kind known. Raises: ValueError (its code is taken)."""
    if kind.code in _kinds:
        raise ValueError(kind.code)
    _kinds[kind.code] = kind
    return kind


def find_kind(code: str) -> DeedKind | None:
    """Will give a kind by its code."""
    return _kinds.get(code)


def label_of(code: str) -> str:
    """Will give what people call a kind; the code itself where it is no more."""
    kind = _kinds.get(code)
    return str(kind.label) if kind else code
