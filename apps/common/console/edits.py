"""A change somebody wants to make in the console, and the seam to who keeps it meanwhile.

``admins.TwoPersonAdmin`` files. An app above, which knows people and posts, registers itself
as the keeper: it holds what is filed and has it carried out once a second person has agreed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _


class Deed(models.TextChoices):
    """What is to be done to one row and the rows shown on its page."""

    ADD = "add", _("新增")
    CHANGE = "change", _("修改")
    DELETE = "delete", _("删除")


@dataclass(frozen=True)
class Edit:
    """One deed that waits. model: "app.model". pk: "" for what is not there yet.

    payload: plain JSON: deed, model, pk, the maker's language, the form as it was posted and
    the differences for whoever checks (``telling.Line``).
    """

    deed: Deed
    model: str
    pk: str
    label: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Agreement:
    """Who stands for an edit. checker: None only while filing tries it and takes it back."""

    maker: Any
    checker: Any
    reason: str

    @property
    def facts(self) -> dict[str, Any]:
        """What the log keeps beside the maker."""
        facts = {"reason": self.reason}
        if self.checker is not None:
            facts |= {"checker_id": self.checker.pk, "checker": self.checker.display_name}
        return facts


@dataclass(frozen=True)
class Waiting:
    """An edit as pages tell of it. url: where it is read; "" if not by this viewer."""

    deed: str
    maker: str
    reason: str
    filed_at: datetime
    expires_at: datetime
    url: str


class Keeper(Protocol):
    """Holds edits until a second person has decided."""

    list_url: str

    def file(self, maker: Any, edit: Edit, *, reason: str) -> str:
        """Will hold an edit and give the address where it is read. Raises: DomainError."""

    def waiting(self, viewer: Any, *, model: str, pk: str) -> Sequence[Waiting]:
        """Will give what waits for this row, newest first; pk "": what would be new."""


_keepers: list[Keeper] = []


def keep_by(keeper: Keeper) -> None:
    """Will let this one keep the edits. Raises: ValueError (another does)."""
    if _keepers and _keepers[0] is not keeper:
        raise ValueError("edits of the console are already kept")
    _keepers[:] = [keeper]


def the_keeper() -> Keeper:
    """Will give who keeps the edits."""
    return _keepers[0]
