"""Writers of the burden meter: why something is asked again, what each version asked."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.audit.services import Actor, record_row
from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.common.texts import clean_text
from apps.governance import permissions
from apps.governance.enums import AskedAgainFor
from apps.governance.models import AskedReason, FormCount
from apps.governance.selectors import burden


@transaction.atomic
def give_reason(
    actor: Actor, *, tenant: Tenant, form: str, field: str, kind: AskedAgainFor, text: str
) -> AskedReason:
    """Will say why a form asks what is held; one said before ends; audited. Locks the body.

    Raises: NotAllowed; InvalidInput (field: no such form or field); Refused (it is not held).
    """
    if isinstance(actor, User):
        permissions.require(scope_for(actor, permissions.REASONS).covers_tenant(tenant.pk))
    meter = burden.find_meter(tenant, form)
    asked = next((f for f in meter.fields if f.name == field), None) if meter else None
    if asked is None:
        raise InvalidInput(_("没有这个表单或字段"), field="field")
    if asked.held is None:
        raise Refused(_("该字段不是已有数据，不需要说明理由"))
    words = clean_text(text, "text", _("理由"), most=300)
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    now = clock.now()
    standing = AskedReason.objects.filter(tenant=tenant, form=form, field=field, ended_at=None)
    before = [{"kind": one.kind, "text": one.text} for one in standing]
    standing.update(ended_at=now)
    reason = AskedReason.objects.create(
        tenant=tenant,
        form=form,
        field=field,
        kind=kind,
        text=words,
        given_at=now,
        given_by_name=actor.display_name[:100],
    )
    record_row(
        actor,
        "asked_reason.given",
        reason,
        before=before[0] if before else {},
        after={"kind": kind, "text": words},
    )
    return reason


@transaction.atomic
def count_forms(actor: Actor, *, tenant: Tenant) -> int:
    """Will keep what every form asks today, one row per version; gives their number; audited."""
    if isinstance(actor, User):
        permissions.require(scope_for(actor, permissions.REASONS).covers_tenant(tenant.pk))
    found = burden.meters(tenant)
    for meter in found:
        FormCount.objects.update_or_create(
            tenant=tenant,
            form=meter.form.code,
            version=meter.form.version,
            defaults={
                "title": meter.form.title[:120],
                "asked": meter.asked,
                "prefilled": meter.prefilled,
                "held": meter.held,
                "unreasoned": len(meter.offences),
                "typed": meter.typed,
                "counted_at": clock.now(),
            },
        )
    record_row(actor, "form_burden.counted", tenant, forms=len(found))
    return len(found)
