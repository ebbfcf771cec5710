"""The way of a scheme: drafted, submitted, published by another person. Source: OP-16."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.appraisal import permissions
from apps.appraisal.enums import RunState, SchemeState
from apps.appraisal.models import Run, Scheme
from apps.appraisal.schemes import read_terms
from apps.appraisal.services._shared import require_in
from apps.audit.services import changes, record_row, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.texts import clean_text


@transaction.atomic
def draft_scheme(
    actor: User,
    *,
    tenant: Tenant,
    name: str,
    basis: str,
    body: Mapping[str, Any],
    effective_from: date,
) -> Scheme:
    """Will write a new version, in force from a month on once published; audited.

    effective_from: the first day of a month. Locks the body, so that numbers follow one another.
    Raises: NotAllowed; InvalidInput (fields of the scheme; "weights": not 100 together).
    """
    require_in(actor, permissions.KEEP, tenant.pk)
    terms = read_terms(body)
    if effective_from.day != 1 or not 2000 <= effective_from.year <= 2100:
        raise InvalidInput(_("起用月份应为某月一日"), field="effective_from")
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    last = Scheme.objects.filter(tenant=tenant).aggregate(last=Max("number"))["last"]
    scheme = Scheme.objects.create(
        tenant=tenant,
        number=(last or 0) + 1,
        name=clean_text(name, "name", _("名称"), most=80),
        basis=clean_text(basis, "basis", _("依据"), most=300),
        body=terms.as_body(),
        effective_from=effective_from,
        created_at=clock.now(),
        author_id=actor.pk,
        author_name=actor.log_name[:100],
    )
    record_row(actor, "ops_scheme.drafted", scheme, **changes({}, {"body": scheme.body}))
    return scheme


@transaction.atomic
def submit_scheme(actor: User, *, scheme_id: int) -> Scheme:
    """Will hand a draft to a second person; audited. Raises: NotFound; NotAllowed; Refused."""
    scheme = _lock(actor, scheme_id, permissions.KEEP, SchemeState.DRAFT)
    _move(actor, scheme, SchemeState.SUBMITTED, "ops_scheme.submitted")
    return scheme


@transaction.atomic
def decide_scheme(actor: User, *, scheme_id: int, publish: bool) -> Scheme:
    """Will put a submitted version in force from its month on, or give it back; audited.

    One of the same month retires. Locks the version and the one it replaces.
    Raises: NotFound; NotAllowed (no right, or the author); Refused (a month it would change is
        frozen or open to appeals).
    """
    scheme = _lock(actor, scheme_id, permissions.PUBLISH, SchemeState.SUBMITTED)
    if not publish:
        _move(actor, scheme, SchemeState.DRAFT, "ops_scheme.sent_back")
        return scheme
    if scheme.author_id == actor.pk:
        raise NotAllowed(_("编制人不能审批自己的方案，请由另一人审批"))
    runs = Run.objects.filter(tenant_id=scheme.tenant_id, month__gte=scheme.effective_from)
    if runs.exclude(state=RunState.DRAFT).exists():
        raise Refused(_("起用月份及以后的考核已公示或封存，不能改变其方案"))
    same = Scheme.objects.filter(
        tenant_id=scheme.tenant_id,
        effective_from=scheme.effective_from,
        state=SchemeState.PUBLISHED,
    )
    for earlier in same.select_for_update():
        _move(actor, earlier, SchemeState.RETIRED, "ops_scheme.retired")
    scheme.approved_at = clock.now()
    scheme.approver_id, scheme.approver_name = actor.pk, actor.log_name[:100]
    scheme.save(update_fields=["approved_at", "approver_id", "approver_name"])
    _move(actor, scheme, SchemeState.PUBLISHED, "ops_scheme.published")
    return scheme


def _lock(actor: User, scheme_id: int, right: str, state: SchemeState) -> Scheme:
    found = Scheme.objects.select_for_update().filter(pk=scheme_id).first()
    if found is None:
        raise NotFound(_("没有这个方案"))
    require_in(actor, right, found.tenant_id)
    if found.state != state:
        raise Refused(
            _("此方案当前为“%(state)s”，不能执行该操作") % {"state": found.get_state_display()}
        )
    return found


def _move(actor: User, scheme: Scheme, state: SchemeState, action: str) -> None:
    before = snapshot(scheme, "state")
    scheme.state = state
    scheme.save(update_fields=["state"])
    record_row(actor, action, scheme, **changes(before, snapshot(scheme, "state")))
