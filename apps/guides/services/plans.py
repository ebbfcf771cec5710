"""Question trees and joint businesses: written as drafts, checked, put in force (MT-06, MT-15)."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.codes import fresh_code
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused, Stale
from apps.guides import joining, permissions, trees
from apps.guides.enums import PublicState
from apps.guides.faults import Fault, shape_faults
from apps.guides.models import JointBusiness, QuestionTree
from apps.guides.selectors.plans import definitions_in_force

CODE_MAX, TITLE_MAX = 60, 80
#: Words of the addresses of plans, which no plan may be called.
RESERVED = ("new", "import")
P = TypeVar("P", QuestionTree, JointBusiness)


@transaction.atomic
def start_plan(actor: Actor, model: type[P], *, tenant: Tenant, title: str, body: Any) -> P:
    """Will begin a new plan as a draft, under a code made from its title.

    Raises: what ``save_plan`` raises.
    """
    permissions.require(actor, permissions.EDIT, tenant_id=tenant.pk)
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    plans: QuerySet[Any] = model._default_manager.filter(tenant=tenant)
    taken = {*RESERVED, *plans.values_list("code", flat=True)}
    code = fresh_code(title, taken)
    return save_plan(actor, model, tenant=tenant, code=code, title=title, body=body)


@transaction.atomic
def save_plan(
    actor: Actor,
    model: type[P],
    *,
    tenant: Tenant,
    code: str,
    title: str,
    body: Any,
    revision: str | None = None,
) -> P:
    """Will keep a plan as the draft of its code, written over until it is published.

    body: of the shape of its schema; what else is wrong with it is told by ``faults_of``.
    revision: of the version the body was made from; None where nobody looked at one.
    Locks the tenant until commit, so that plans of it are written one after the other.
    Raises: NotAllowed; InvalidInput (code, title, body; data "problems"); Stale (somebody
        else wrote meanwhile).
    """
    permissions.require(actor, permissions.EDIT, tenant_id=tenant.pk)
    code, title = code.strip(), title.strip()
    if not code or len(code) > CODE_MAX or not code.replace("-", "").replace("_", "").isalnum():
        raise InvalidInput(_("代码应为字母、数字、横线"), field="code")
    if not title or len(title) > TITLE_MAX:
        raise InvalidInput(_("请填写名称（80字以内）"), field="title")
    if problems := [fault.words for fault in shape_faults(body, _schema(model))]:
        raise InvalidInput(_("内容不完整或格式不对"), field="body", data={"problems": problems})
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    versions = model._default_manager.filter(tenant=tenant, code=code)
    newest = versions.order_by("-number").first()
    if revision is not None and (newest is None or newest.revision != revision):
        raise Stale(_("已有别人改动，这次没有保存，请看过现在的内容再改"))
    if newest is not None and newest.state == PublicState.DRAFT:
        draft = newest
    else:
        draft = model(tenant=tenant, code=code, number=newest.number + 1 if newest else 1)
    draft.title, draft.body, draft.saved_at = title, body, clock.now()
    draft.saved_by_id, draft.saved_by_name = actor.pk, actor.display_name
    draft.save()
    return draft


def _schema(model: type[Any]) -> dict[str, Any]:
    return trees.SCHEMA if model is QuestionTree else joining.SCHEMA


def is_readable(plan: QuestionTree | JointBusiness) -> bool:
    """Will tell whether a plan has the shape its pages read; one kept before the shape was
    checked may not."""
    return not shape_faults(plan.body, _schema(type(plan)))


def faults_of(
    plan: QuestionTree | JointBusiness, matters: Mapping[str, Mapping[str, Any]] | None = None
) -> list[Fault]:
    """Will list why a plan may not be published against the matters in force, part by part.

    matters: the definitions in force by code, for who asks about many plans.
    """
    faults = trees.faults if isinstance(plan, QuestionTree) else joining.faults
    return faults(plan.body, matters=definitions_in_force() if matters is None else matters)


def problems_of(plan: QuestionTree | JointBusiness) -> list[str]:
    """Will list why a plan may not be published; empty: it may."""
    return [fault.words for fault in faults_of(plan)]


@transaction.atomic
def publish_plan(actor: Actor, model: type[P], *, plan_id: int, revision: str | None = None) -> P:
    """Will put a draft in force in place of the version before it. Locks both.

    A second person publishes: nobody puts in force what they wrote alone.
    revision: of what that person looked at; None where a program publishes.
    Raises: NotFound; NotAllowed (no right; the author); Refused (not a draft); Stale (changed
        since it was looked at); InvalidInput (field "body"; data "problems").
    """
    plan = model._default_manager.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(_("没有这份内容"))
    permissions.require(actor, permissions.PUBLISH, tenant_id=plan.tenant_id)
    if isinstance(actor, User) and actor.pk == plan.saved_by_id:
        raise NotAllowed(_("编制人不能发布自己的内容，请由另一人发布"))
    if plan.state != PublicState.DRAFT:
        raise Refused(_("只有草稿可以发布"))
    if revision is not None and plan.revision != revision:
        raise Stale(_("草稿在您查看之后又有改动，请看过再发布"))
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
