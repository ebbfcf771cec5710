"""The beginning of a case."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.clocks.models import Clock
from apps.common import clock, forms_data, rows
from apps.common.errors import DomainError, InvalidInput
from apps.common.memory import Memory
from apps.matters.actions.base import Context, NewFact
from apps.matters.actors import CaseActor
from apps.matters.definition import ActionDef, MatterDefinition, definition_of
from apps.matters.enums import AttachmentPurpose, Channel, FactKind, Priority
from apps.matters.models import Case, CaseEvent, MatterType
from apps.matters.parts import begin_part
from apps.matters.place import is_position, resolve_place
from apps.matters.registry import extension_of
from apps.matters.routing import propose_dispatch
from apps.matters.selectors.definitions import version_in_force
from apps.matters.services.performing import NewFile, Outcome, attach, write_event
from apps.nlp import search
from apps.nlp.marks import marks_of
from apps.places import selectors as places
from apps.rules import selectors as rules
from apps.rules.models import Decision

logger = logging.getLogger(__name__)

TITLE_MAX, TEXT_MAX, ADDRESS_MAX = 120, 4000, 200
_in_force: Memory[MatterType | None] = Memory(of=("matters.MatterType", "matters.MatterVersion"))
OPENING = ActionDef(code="open", label="", sources=frozenset(), who=())

_NUMBERS = "matters_case_number"
# Two at once with one key: the second waits for the first to commit, then finds its case.
_ALONE = "select pg_advisory_xact_lock(hashtextextended(%s, %s::bigint))"
_EARLIER = "select id from matters_case where tenant_id = %s and source_key = %s"


@dataclass(frozen=True)
class NewCase:
    """What a report says.

    title: 1-120 characters; text: 1-4,000. lon, lat: degrees WGS 84, or both None.
    class_code: of ``demand-class`` or the channel's own table, empty when not known yet.
    source_key: identity of the report at its source; the same again finds the first case.
    """

    matter_type: str
    title: str
    text: str
    channel: Channel
    lon: float | None = None
    lat: float | None = None
    address: str = ""
    class_code: str = ""
    priority: Priority = Priority.NORMAL
    is_confidential: bool = False
    is_public: bool = False
    form_data: dict[str, Any] = field(default_factory=dict)
    source_key: str | None = None


@rows.gathered()
def open_case(
    actor: CaseActor,
    *,
    tenant: Tenant,
    report: NewCase,
    files: Sequence[NewFile] = (),
    files_as: AttachmentPurpose = AttachmentPurpose.REPORT,
    files_public: bool = True,
) -> Outcome:
    """Will turn a report into a case in the first state of its matter.

    Resolves the place to a grid cell, asks the rules for a unit where the class is known, starts
    the clocks that start with "open", makes the case searchable; sends ``case_advanced`` (is_new)
    after commit. With a ``source_key`` seen before it changes nothing and gives the first case,
    ``repeated``. files_public: a reporter may see them.

    Raises: InvalidInput (title, text, point, class_code, form fields, unknown matter type).
    Source: MT-09, MT-13, HL-08.
    """
    moment = clock.now()
    matter_type = _in_force.get(report.matter_type, lambda: _matter(report.matter_type))
    _foresee(report, matter_type, moment)
    if report.source_key:
        earlier = _find_earlier(tenant, report.source_key)
        if earlier is not None:
            return earlier
    case = _build(actor, tenant, report, matter_type, moment)
    ctx = _context(actor, case)
    begin_part(ctx)
    if case.class_code and extension_of(case.matter_type.code).proposes_at_opening:
        _propose(ctx)
    event = write_event(ctx, _("登记"), key=None)
    attach(ctx, event, files, purpose=files_as, is_public=files_public)
    return Outcome(case, event)


def _propose(ctx: Context) -> None:
    """Asks the rules early; their trouble never keeps a citizen from being registered.

    It is logged and kept with the event, and refused aloud when somebody accepts the case.
    """
    try:
        propose_dispatch(ctx)
    except DomainError as error:
        logger.warning("the rules could not propose a unit for %s: %s", ctx.case.number, error)
        ctx.event_data["proposal_error"] = str(error)


def _find_earlier(tenant: Tenant, source_key: str) -> Outcome | None:
    city = str(tenant.pk)
    _locked, found = rows.ask((_ALONE, [source_key, city]), (_EARLIER, [city, source_key]))
    if not found:
        return None
    case = Case.objects.defer("search").select_related("area", "version").get(pk=found[0][0])
    return Outcome(case, CaseEvent.objects.get(case=case, seq=1), repeated=True)


def _foresee(report: NewCase, matter_type: MatterType | None, moment: datetime) -> None:
    """Has asked with the first question what nearly every report comes to: cell, rules, numbers.

    A report that turns out to be there already, or to be refused, leaves numbers unused.
    """
    if report.lon is not None and report.lat is not None and is_position(report.lon, report.lat):
        rows.foresee(places.cell_question(report.lon, report.lat))
    version = matter_type.current_version if matter_type is not None else None
    if version is None:
        return
    definition = definition_of(version.pk, version.body)
    rows.foresee(rows.numbers_question(*_numbers_for(definition)))
    table = definition.tables.get("dispatch")
    if report.class_code and table:
        rows.foresee(rules.in_force_question(table, moment))


def _build(
    actor: CaseActor,
    tenant: Tenant,
    report: NewCase,
    matter_type: MatterType | None,
    moment: datetime,
) -> Case:
    if matter_type is None or matter_type.current_version is None:
        raise InvalidInput(_("没有已发布的事项“%s”") % report.matter_type, field="matter_type")
    title = _text(report.title, "title", _("标题"), TITLE_MAX)
    text = _text(report.text, "text", _("内容"), TEXT_MAX)
    if len(report.address) > ADDRESS_MAX:
        raise InvalidInput(_("地址不能超过%s个字") % ADDRESS_MAX, field="address")
    version = matter_type.current_version
    definition = definition_of(version.pk, version.body)
    form_data = forms_data.clean(definition.form, report.form_data) if definition.form else {}
    place = resolve_place(tenant=tenant, lon=report.lon, lat=report.lat, address=report.address)
    rows.reserve(*_numbers_for(definition))
    at = None if place.point is None else place.point.coords
    return Case(
        pk=rows.next_key(Case),
        number=f"{timezone.localtime(moment):%Y%m%d}-{rows.next_number(_NUMBERS):07d}",
        matter_type=matter_type,
        version=version,
        tenant=tenant,
        channel=report.channel,
        source_key=report.source_key,
        title=title,
        text=text,
        form_data=form_data,
        state=definition.initial,
        category=definition.state(definition.initial).category,
        class_code=report.class_code,
        class_label=_class_label(report.matter_type, report.class_code),
        priority=report.priority,
        point=place.point,
        address=place.address,
        area=place.area,
        area_path=place.area.path,
        is_confidential=report.is_confidential,
        is_public=report.is_public,
        opened_at=moment,
        updated_at=moment,
        opened_by=actor if isinstance(actor, User) else None,
        search=search.vector_literal(title, text, marks_of(at, place.area.path, moment)),
    )


def _matter(code: str) -> MatterType | None:
    """The matter with what is in force now: a scheduled version takes force by itself."""
    version = version_in_force(code)
    if version is None:
        return None
    version.matter_type.current_version = version
    return version.matter_type


def _context(actor: CaseActor, case: Case) -> Context:
    definition = definition_of(case.version_id, case.version.body)
    ctx = Context(
        actor=actor,
        case=case,
        definition=definition,
        action=OPENING,
        data={},
        now=case.opened_at,
        public_text=_("您的诉求已登记，受理编号 %(number)s。") % {"number": case.number},
    )
    place = {
        "point": list(case.point.coords) if case.point is not None else None,
        "address": case.address,
    }
    ctx.facts.append(
        NewFact(FactKind.PLACE, str(case.area_id), case.address or case.area.name, place)
    )
    if case.class_code:
        ctx.facts.append(NewFact(FactKind.CLASS, case.class_code, case.class_label))
    ctx.event_data["channel"] = case.channel
    return ctx


def _text(value: str, field_name: str, label: str, most: int) -> str:
    value = value.replace("\x00", "").strip()
    if not value:
        raise InvalidInput(_("请填写%s") % label, field=field_name)
    if len(value) > most:
        raise InvalidInput(
            _("%(label)s不能超过%(most)s个字，现有%(now)s个字")
            % {"label": label, "most": most, "now": len(value)},
            field=field_name,
        )
    return value


def _class_label(matter_type: str, class_code: str) -> str:
    if not class_code:
        return ""
    label = dict(extension_of(matter_type).class_choices()).get(class_code)
    if label is None:
        raise InvalidInput(_("没有这个诉求分类：%s") % class_code, field="class_code")
    return label


def _numbers_for(definition: MatterDefinition) -> list[str]:
    """What a report will need: its key, its receipt number (the day and a number of the city's
    series, 20261121-0000123), and the keys other rows refer to.
    """
    clocks = sum("open" in clock_def.starts for clock_def in definition.clocks)
    decided = "dispatch" in definition.tables
    wanted = [Case, CaseEvent, *[Clock] * clocks, *[Decision] * decided]
    return [_NUMBERS, *(rows.keys_of(model) for model in wanted)]
