"""Risky edits of the console: filed by whoever may edit, checked by a security administrator.

What is configured there holds for the whole city, so the unit concerned is the city's centre:
an administrator of a district can file, but not check. ``apps.common.console`` knows how a row
is written; here is only who must agree. Source: PT-15, AC-09, docs/decisions/0110.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals import selectors, services
from apps.accounts.approvals.registry import (
    Act,
    Difference,
    Execution,
    Proposal,
    Result,
    register_act,
)
from apps.accounts.models import Organization, OrganizationKind, User
from apps.accounts.reach import stands_for_all
from apps.accounts.selectors import main_post_of
from apps.common.console.admins import find_two_person
from apps.common.console.edits import Agreement, Deed, Edit, Waiting, keep_by
from apps.common.console.telling import in_words, say_line
from apps.common.errors import Refused

CHECKS = "accounts.manage_roles"
_LABELS: dict[Deed, Promise] = {
    Deed.ADD: gettext_lazy("管理台新增"),
    Deed.CHANGE: gettext_lazy("管理台修改"),
    Deed.DELETE: gettext_lazy("管理台删除"),
}
_NEW = "new"


def register() -> None:
    """Will make the acts known and keep the edits of the console."""
    for deed, label in _LABELS.items():
        register_act(_act(deed, label))
    keep_by(_KEEPER)


def act_code(deed: Deed) -> str:
    """Will give the code of the act that does this to a row of the console."""
    return f"console-{deed}"


class _ApprovalKeeper:
    """Keeps edits of the console as held changes."""

    list_url = "/people/approvals/"

    def file(self, maker: Any, edit: Edit, *, reason: str) -> str:
        """Will hold an edit. Raises: NotAllowed, Refused, NobodyCouldCheck, InvalidInput."""
        proposal = Proposal(
            act=act_code(edit.deed),
            subject_type=edit.model,
            subject_id=edit.pk or _NEW,
            subject_label=edit.label,
            organization=_whole_city(maker),
            payload=edit.payload,
        )
        held = services.file_change(maker, proposal=proposal, reason=reason)
        return reverse("accounts:approval-detail", args=[held.pk])

    def waiting(self, viewer: Any, *, model: str, pk: str) -> Sequence[Waiting]:
        """Will give what waits for a row, newest first."""
        found = selectors.pending_for(subject_type=model, subject_id=pk or _NEW)
        readable = set(
            selectors.visible_to(viewer)
            .filter(pk__in=[held.pk for held in found])
            .values_list("pk", flat=True)
        )
        return [
            Waiting(
                deed=str(_LABELS[Deed(held.payload["deed"])]),
                maker=held.maker.display_name,
                reason=held.reason,
                filed_at=held.filed_at,
                expires_at=held.expires_at,
                url=reverse("accounts:approval-detail", args=[held.pk])
                if held.pk in readable
                else "",
            )
            for held in found
        ]


_KEEPER = _ApprovalKeeper()


def _whole_city(maker: User) -> Organization:
    """Gives the centre of the widest body; where no centre is set up, the maker's own unit."""
    centres = (
        Organization.objects.filter(kind=OrganizationKind.CENTER, is_active=True)
        .select_related("tenant")
        .order_by(F("tenant__area__level__depth").asc(nulls_last=True), "path", "pk")
    )
    for centre in centres:
        if stands_for_all(centre):
            return centre
    post = main_post_of(maker)
    if post is None:
        raise Refused(_("尚未设立全市的指挥中心，须有现任岗位才能提交申请。"))
    return post.organization


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    pages = find_two_person(payload["model"])
    allowed = pages is not None and pages.may(maker, payload["deed"])
    return maker.is_active and maker.is_staff and allowed


def _version(payload: dict[str, Any]) -> str:
    pages = find_two_person(payload["model"])
    return pages.version(payload) if pages is not None else "gone"


def _describe(payload: dict[str, Any]) -> list[Difference]:
    pages = find_two_person(payload["model"])
    if pages is not None:
        return [Difference(*told) for told in pages.describe(payload)]
    return [Difference(*say_line(line, in_words)) for line in payload["lines"]]


def _execute(execution: Execution) -> Result:
    pages = find_two_person(execution.payload["model"])
    if pages is None:
        raise Refused(_("管理台不再维护这类配置。"))
    agreement = Agreement(execution.maker, execution.checker, execution.reason)
    return Result(pages.carry_out(execution.payload, agreement))


def _act(deed: Deed, label: Promise) -> Act:
    return Act(
        code=act_code(deed),
        label=label,
        checker_permission=CHECKS,
        may_make=_may_make,
        version=_version,
        describe=_describe,
        execute=_execute,
    )
