"""Opening data to everybody waits for a second person. Source: GE-03, AC-09."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import (
    Act,
    Difference,
    Execution,
    Proposal,
    Result,
    register_act,
)
from apps.accounts.models import Organization, User
from apps.geodata import permissions, services
from apps.geodata.models import Dataset

PUBLISH = "geodata-publish"


def register() -> None:
    """Will make the act known."""
    register_act(_PUBLISH)


def publication(dataset: Dataset) -> Proposal:
    """Will propose to open a dataset to everybody."""
    return Proposal(
        act=PUBLISH,
        subject_type="geodata.dataset",
        subject_id=dataset.pk,
        subject_label=dataset.name,
        organization=dataset.unit,
        payload={
            "dataset_id": dataset.pk,
            "name": dataset.name,
            "approval_number": dataset.approval_number,
            "version": dataset.current.number if dataset.current else 0,
        },
    )


def _may_publish(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return permissions.can_keep(maker, organization)


def _version(payload: dict[str, Any]) -> str:
    """Other data, or another approval number, voids the change."""
    found = Dataset.objects.select_for_update().get(pk=payload["dataset_id"])
    return f"{found.current_id}-{found.approval_number}-{found.is_public}"[:64]


def _describe(payload: dict[str, Any]) -> list[Difference]:
    return [
        Difference(_("图层"), payload["name"], payload["name"]),
        Difference(_("可见范围"), _("本市工作人员"), _("任何人，无须登录")),
        Difference(_("审图号"), payload["approval_number"], payload["approval_number"]),
    ]


def _publish(execution: Execution) -> Result:
    services.publish_dataset(
        execution.maker,
        dataset_id=execution.payload["dataset_id"],
        is_public=True,
        checker=execution.checker,
    )
    return Result(_("图层已向社会公开。"))


def _link(change_id: int, payload: dict[str, Any]) -> str:
    return reverse("geodata:dataset-detail", args=[payload["dataset_id"]])


_PUBLISH = Act(
    code=PUBLISH,
    label=gettext_lazy("向社会公开图层"),
    checker_permission=permissions.PUBLISH,
    may_make=_may_publish,
    version=_version,
    describe=_describe,
    execute=_publish,
    is_rehearsed=False,
    link=_link,
)
