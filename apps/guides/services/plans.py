"""Question trees and joint businesses: written as drafts, checked, put in force (MT-06, MT-15)."""

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.guides import joining, permissions, trees
from apps.guides.enums import PublicState
from apps.guides.models import JointBusiness, QuestionTree
from apps.guides.selectors.plans import definitions_in_force

CODE_MAX, TITLE_MAX = 60, 80
P = TypeVar("P", QuestionTree, JointBusiness)


@transaction.atomic
def save_plan(
    actor: Actor, model: type[P], *, tenant: Tenant, code: str, title: str, body: Any
) -> P:
    """Will keep a plan as the draft of its code, written over until it is published.

    body: kept as it is; what is wrong with it is told by ``problems_of``.
    Raises: NotAllowed; InvalidInput (code, title, body: not an object).
    """
    permissions.require(actor, permissions.EDIT, tenant_id=tenant.pk)
    code, title = code.strip(), title.strip()
    if not code or len(code) > CODE_MAX or not code.replace("-", "").replace("_", "").isalnum():
        raise InvalidInput(_("代码应为字母、数字、横线"), field="code")
    if not title or len(title) > TITLE_MAX:
        raise InvalidInput(_("请填写名称（80字以内）"), field="title")
    if not isinstance(body, dict):
        raise InvalidInput(_("内容应为 JSON 对象"), field="body")
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    versions = model._default_manager.filter(tenant=tenant, code=code)
    draft = versions.filter(state=PublicState.DRAFT).first()
    if draft is None:
        last = versions.aggregate(last=Max("number"))["last"] or 0
        draft = model(tenant=tenant, code=code, number=last + 1)
    draft.title, draft.body, draft.saved_at = title, body, clock.now()
    draft.saved_by_id, draft.saved_by_name = actor.pk, actor.display_name
    draft.save()
    return draft


def problems_of(plan: QuestionTree | JointBusiness) -> list[str]:
    """Will list why a plan may not be published against the matters in force; empty: it may."""
    check = trees.check if isinstance(plan, QuestionTree) else joining.check
    return check(plan.body, matters=definitions_in_force())


@transaction.atomic
def publish_plan(actor: Actor, model: type[P], *, plan_id: int) -> P:
    """Will put a draft in force in place of the version before it. Locks both.

    A second person publishes: nobody puts in force what they wrote alone.
    Raises: NotFound; NotAllowed (no right; the author); Refused (not a draft); InvalidInput
        (field "body"; data "problems").
    """
    plan = model._default_manager.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(_("没有这份内容"))
    permissions.require(actor, permissions.PUBLISH, tenant_id=plan.tenant_id)
    if isinstance(actor, User) and actor.pk == plan.saved_by_id:
        raise NotAllowed(_("编制人不能发布自己的内容，请由另一人发布"))
    if plan.state != PublicState.DRAFT:
        raise Refused(_("只有草稿可以发布"))
    if problems := problems_of(plan):
        raise InvalidInput(
            _("有%(count)s处问题：%(first)s") % {"count": len(problems), "first": problems[0]},
            field="body",
            data={"problems": problems},
        )
    before = model._default_manager.filter(tenant=plan.tenant, code=plan.code)
    before.filter(state=PublicState.PUBLISHED).update(state=PublicState.RETIRED)
    plan.state, plan.published_at = PublicState.PUBLISHED, clock.now()
    plan.published_by_name = actor.display_name
    plan.save(update_fields=["state", "published_at", "published_by_name"])
    audit.record(
        actor,
        "plan.published",
        object_type=model._meta.model_name or "",
        object_id=plan.pk,
        object_label=str(plan),
    )
    return plan
