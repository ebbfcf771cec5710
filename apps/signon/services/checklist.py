"""What is settled with an application before it goes live. Source: GW-04."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.texts import clean_reason
from apps.signon.models import Application, ApplicationCheck
from apps.signon.services.applications import lock_application, note


@transaction.atomic
def settle_item(actor: User, *, application_id: int, item: str, note_text: str) -> ApplicationCheck:
    """Will note that an item of the check list is settled. Locks the application; audited.

    note_text: what was settled, 4-300 characters.
    Raises: NotFound; NotAllowed; InvalidInput ("item": not asked of it; "note"); Refused (settled).
    """
    application = lock_application(actor, application_id)
    if item not in application.asked:
        raise InvalidInput(_("该接入方式没有这个核对项。"), field="item")
    text = clean_reason(note_text, _("核对说明"), field="note")
    try:
        with transaction.atomic():
            made = ApplicationCheck.objects.create(
                application=application, item=item, note=text, by=actor, at=clock.now()
            )
    except IntegrityError as error:
        raise Refused(_("这一项已核对。")) from error
    after = {"item": item, "note": text}
    note(actor, "application.item_settled", application, **audit.changes({}, after))
    return made


@transaction.atomic
def reopen_item(actor: User, *, application_id: int, item: str, reason: str) -> Application:
    """Will take back that an item is settled; a live application stays live. Audited.

    reason: 4-300 characters. Locks the application.
    Raises: NotFound (not settled); NotAllowed; InvalidInput ("reason").
    """
    application = lock_application(actor, application_id)
    why = clean_reason(reason, _("理由"))
    check = application.checks.filter(item=item, undone_at=None).first()
    if check is None:
        raise NotFound(_("这一项还没有核对。"))
    check.undone_by, check.undone_at, check.undone_reason = actor, clock.now(), why
    check.save(update_fields=["undone_by", "undone_at", "undone_reason"])
    before = {"item": item, "note": check.note}
    after = {"item": item, "note": ""}
    note(
        actor, "application.item_reopened", application, reason=why,
        **audit.changes(before, after),
    )  # fmt: skip
    return application
