"""Sealed documents of what was granted: asked for by itself, asked for again by a person.

The grant orders one row per output material that names a seal; the seal's own rules decide
who may ask and who approves. Source: ES-07.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock, masking
from apps.common.errors import DomainError, NotFound, Refused
from apps.guides.models import Application, ResultDocument
from apps.matters import selectors as cases
from apps.matters.models import CaseEvent
from apps.seals import services as seals
from apps.seals.models import SealUse


@transaction.atomic
def make_results(event_id: int) -> list[ResultDocument]:
    """Will ask for the seals of everything a grant gives out; again it changes nothing.

    Who granted asks. Where that cannot be (granted without a person, no right to the seal) the
    row says why and waits for ``ask_again``.
    """
    event = CaseEvent.objects.select_related("case__version", "case__matter_type").get(pk=event_id)
    person = User.objects.filter(pk=event.actor_id).first() if event.actor_id else None
    made = []
    for material in event.case.version.body.get("materials_out", []):
        if not material.get("seal"):
            continue
        row, is_new = ResultDocument.objects.get_or_create(
            event=event,
            code=material["code"],
            defaults={
                "case": event.case,
                "label": material["label"],
                "seal": material["seal"],
                "number": str(event.data.get("document_number", "")),
                "made_at": clock.now(),
            },
        )
        if is_new:
            _ask(row, person)
        made.append(row)
    return made


@transaction.atomic
def ask_again(actor: User, *, result_id: int) -> ResultDocument:
    """Will ask for the seal in the actor's own name, where it was not asked for or was lost.

    Locks the row. Raises: NotFound (no such document of a case the actor sees); Refused (it is
    asked for or sealed; the seal cannot be used); NotAllowed (no grant of the seal).
    """
    found = ResultDocument.objects.select_for_update(of=("self",)).select_related(
        "use", "event", "case__version", "case__matter_type"
    )
    row = found.filter(pk=result_id, case__in=cases.visible_cases(actor).values("pk")).first()
    if row is None:
        raise NotFound(_("没有这份结果文书，或您无权查看"))
    if not row.can_ask_again:
        raise Refused(_("这份文书已经申请用印"), code="asked_already")
    _settle(row, actor, seals.ask_for_result(actor, result=_result_of(row)), actor)
    return row


def _ask(row: ResultDocument, person: User | None) -> None:
    if person is None:
        _trouble(row, _("由系统自动批准，请有用印权限的人员申请盖章"))
        return
    try:
        use = seals.ask_for_result(person, result=_result_of(row))
    except DomainError as error:
        _trouble(row, str(error))
        return
    _settle(row, person, use, SYSTEM)


def _settle(row: ResultDocument, person: User, use: SealUse, actor: Actor) -> None:
    was = audit.snapshot(row, "use_id", "person_id", "trouble")
    row.person, row.use, row.trouble = person, use, ""
    row.save(update_fields=["person", "use", "trouble"])
    _note(actor, row, "asked", was)


def _trouble(row: ResultDocument, why: str) -> None:
    was = audit.snapshot(row, "use_id", "person_id", "trouble")
    row.trouble = why[:200]
    row.save(update_fields=["trouble"])
    _note(SYSTEM, row, "not_asked", was)


def _note(actor: Actor, row: ResultDocument, deed: str, was: dict[str, object]) -> None:
    now = audit.snapshot(row, "use_id", "person_id", "trouble")
    audit.record(
        actor,
        f"result_document.{deed}",
        object_type="guides.result",
        object_id=row.pk,
        object_label=f"{row.case.number} {row.label}",
        data=audit.changes(was, now),
    )


def _result_of(row: ResultDocument) -> seals.Result:
    """What stands on the document: the applicant by name, the number of the person half hidden."""
    case = row.case
    lines = [(_("事项"), case.matter_type.name), (_("受理编号"), case.number)]
    application = (
        Application.objects.filter(case=case).first()
        or Application.objects.filter(parts__case=case).first()
    )
    if application is not None:
        masked = masking.mask_id_number(application.applicant_id_number)
        lines += [(_("申请人"), application.applicant_name), (_("证件号码"), masked)]
    if row.number:
        lines.append((_("证照或文书编号"), row.number))
    lines.append((_("办理结果"), row.event.public_text or _("准予")))
    day = timezone.localtime(row.event.at).date()
    # A request that was lost leaves its key: the next one is another request.
    key = f"result-{row.pk}-{row.use_id or 0}"
    return seals.Result(
        seal=row.seal,
        title=row.label,
        lines=lines,
        day=_("%(y)d年%(m)d月%(d)d日") % {"y": day.year, "m": day.month, "d": day.day},
        matter=case.matter_type.code,
        case_number=case.number,
        key=key,
    )
