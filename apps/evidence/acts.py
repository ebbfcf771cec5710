"""The dangerous act of this app: replacing the key that signs the evidence (AC-09)."""

from typing import Any

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
from apps.accounts.selectors import appointments_in_force
from apps.common.errors import Refused
from apps.evidence import services
from apps.evidence.models import SigningKey

ROTATE_KEY = "evidence-rotate-key"
RIGHT = "evidence.rotate_key"


def register() -> None:
    """Will make the act known."""
    register_act(_ROTATE_KEY)


def rotation(maker: User) -> Proposal:
    """Will propose to replace the key in use, for the unit of the maker's main post.

    Raises: Refused (the maker holds no post today).
    """
    held = appointments_in_force(maker).first()
    if held is None:
        raise Refused(_("须有现任岗位才能提交申请"))
    key = services.active_key()
    return Proposal(
        act=ROTATE_KEY,
        subject_type="evidence.key",
        subject_id=key.pk,
        subject_label=key.short,
        organization=held.post.organization,
        payload={"key_id": key.pk, "fingerprint": key.short},
    )


def _may_rotate(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return maker.has_perm(RIGHT)


def _version(payload: dict[str, Any]) -> str:
    """Another key in use voids the change."""
    return SigningKey.objects.select_for_update().get(retired_at=None).fingerprint


def _describe(payload: dict[str, Any]) -> list[Difference]:
    return [Difference(_("签名密钥"), payload["fingerprint"], _("新生成的密钥，由旧密钥背书"))]


def _rotate(execution: Execution) -> Result:
    key = services.rotate_key(execution.maker, checker=execution.checker)
    return Result(_("已更换签名密钥，新指纹 %s") % key.short)


_ROTATE_KEY = Act(
    code=ROTATE_KEY,
    label=gettext_lazy("更换检查点签名密钥"),
    checker_permission=RIGHT,
    may_make=_may_rotate,
    version=_version,
    describe=_describe,
    execute=_rotate,
)
