"""Opening data to everybody waits for a second person. Source: GE-03, AC-09."""

import hashlib
import json
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
from apps.common.phrases import series
from apps.geodata import permissions, services
from apps.geodata.models import Dataset, SpatialView

PUBLISH = "geodata-publish"
PUBLISH_VIEW = "geodata-publish-view"


def register() -> None:
    """Will make the acts known."""
    register_act(_PUBLISH)
    register_act(_PUBLISH_VIEW)


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


def view_publication(view: SpatialView) -> Proposal:
    """Will propose to open a view of a base library to everybody."""
    return Proposal(
        act=PUBLISH_VIEW,
        subject_type="geodata.spatial_view",
        subject_id=view.pk,
        subject_label=view.name,
        organization=view.unit,
        payload={
            "view_id": view.pk,
            "name": view.name,
            "approval_number": view.approval_number,
            "columns": [rule["label"] for rule in view.fields],
        },
    )


def _may_publish(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return permissions.can_keep(maker, organization)


def _version(payload: dict[str, Any]) -> str:
    """Other data, or another approval number, voids the change."""
    found = Dataset.objects.select_for_update().get(pk=payload["dataset_id"])
    return f"{found.current_id}-{found.approval_number}-{found.is_public}"[:64]


def _view_version(payload: dict[str, Any]) -> str:
    """Other columns, or another approval number, void the change."""
    found = SpatialView.objects.select_for_update().get(pk=payload["view_id"])
    said = [found.columns, found.fields, found.approval_number, found.is_public]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _describe_view(payload: dict[str, Any]) -> list[Difference]:
    columns = series(payload["columns"])
    return [*_describe(payload), Difference(_("字段"), columns, columns)]


def _publish_view(execution: Execution) -> Result:
    services.publish_view(
        execution.maker,
        view_id=execution.payload["view_id"],
        is_public=True,
        checker=execution.checker,
    )
    return Result(_("图层已向社会公开。"))


def _view_link(change_id: int, payload: dict[str, Any]) -> str:
    return reverse("geodata:view-detail", args=[payload["view_id"]])


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
_PUBLISH_VIEW = Act(
    code=PUBLISH_VIEW,
    label=gettext_lazy("向社会公开空间视图"),
    checker_permission=permissions.PUBLISH,
    may_make=_may_publish,
    version=_view_version,
    describe=_describe_view,
    execute=_publish_view,
    is_rehearsed=False,
    link=_view_link,
)
