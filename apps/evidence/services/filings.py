"""Filing the grade, noting tests, and reminding people of what is due. CL-01, CL-04, CL-05."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.files.base import File
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.accounts.models import User
from apps.accounts.selectors import appointments_in_force, users_with_permission
from apps.audit import services as audit
from apps.common import clock, files
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.evidence import selectors
from apps.evidence.enums import TestKind
from apps.evidence.models import Filing, Finding, SafetyTest
from apps.notices import services as notices

KEEP = "evidence.keep_board"
LEADER = "matters.head_case"  # who leads a unit holds this there
BEFORE = (30, 7, 1)  # days before a review or a test at which it is told
SOON = timedelta(hours=6)  # before a finding is late


@dataclass(frozen=True)
class NewFiling:
    """What is filed of a system; see ``models.Filing``."""

    system: str
    grade: int
    number: str
    authority: str
    graded_on: date
    filed_on: date | None
    owner: User
    next_on: date
    upload: File | None = None


@dataclass(frozen=True)
class NewTest:
    """A test that was done."""

    kind: str
    done_on: date
    done_by: str
    result: str


@transaction.atomic
def add_filing(actor: User, *, new: NewFiling) -> Filing:
    """Will enter a system's grade and filing; audited. One of the same name before it ends.

    Raises: NotAllowed (the actor lacks ``evidence.keep_board``); InvalidInput (a field).
    """
    _require(actor)
    system = new.system.strip()[:100]
    if len(system) < 2:
        raise InvalidInput(_("请填写系统名称"), field="system")
    if not 1 <= new.grade <= 5:
        raise InvalidInput(_("等级应为第一级至第五级"), field="grade")
    if new.graded_on > clock.today():
        raise InvalidInput(_("定级日期不能晚于今天"), field="graded_on")
    if new.filed_on is not None and new.filed_on < new.graded_on:
        raise InvalidInput(_("备案日期不能早于定级日期"), field="filed_on")
    if new.filed_on is not None and not new.number.strip():
        raise InvalidInput(_("已备案的须填写备案编号"), field="number")
    if new.next_on <= clock.today():
        raise InvalidInput(_("下次复核须在今天之后"), field="next_on")
    before = Filing.objects.select_for_update().filter(system=system, ended_at=None).first()
    if before is not None:
        before.ended_at = clock.now()
        before.save(update_fields=["ended_at"])
    kept = Filing.objects.create(
        system=system,
        grade=new.grade,
        number=new.number.strip()[:60],
        authority=new.authority.strip()[:100],
        graded_on=new.graded_on,
        filed_on=new.filed_on,
        owner=new.owner,
        next_on=new.next_on,
        file=files.store(new.upload) if new.upload else None,
        file_name=(new.upload.name or "")[:120] if new.upload else "",
        noted_by=actor,
        noted_at=clock.now(),
    )
    audit.record(
        actor,
        "filing.entered",
        object_type="evidence.filing",
        object_id=kept.pk,
        object_label=system,
        data={"before": _said(before) if before else {}, "after": _said(kept)},
    )
    return kept


@transaction.atomic
def end_filing(actor: User, *, filing_id: int) -> Filing:
    """Will take a filing out of force; it stays in the ledger. A second time changes nothing.

    Locks it; audited. Raises: NotAllowed; NotFound.
    """
    _require(actor)
    filing = Filing.objects.select_for_update().filter(pk=filing_id).first()
    if filing is None:
        raise NotFound(_("没有这项备案"))
    if filing.ended_at is None:
        filing.ended_at = clock.now()
        filing.save(update_fields=["ended_at"])
        audit.record(
            actor,
            "filing.ended",
            object_type="evidence.filing",
            object_id=filing.pk,
            object_label=filing.system,
            data={"before": _said(filing), "after": {}},
        )
    return filing


@transaction.atomic
def note_test(actor: User, *, new: NewTest) -> SafetyTest:
    """Will note that a test was done; the next one is due after its usual span; audited.

    Raises: NotAllowed; InvalidInput.
    """
    _require(actor)
    if new.kind not in TestKind.values:
        raise InvalidInput(_("请选择种类"), field="kind")
    if new.done_on > clock.today():
        raise InvalidInput(_("完成日期不能晚于今天"), field="done_on")
    if len(new.done_by.strip()) < 2:
        raise InvalidInput(_("请填写实施单位"), field="done_by")
    if not 2 <= len(new.result.strip()) <= 500:
        raise InvalidInput(_("请填写结论（2至500字）"), field="result")
    kept = SafetyTest.objects.create(
        kind=new.kind,
        done_on=new.done_on,
        done_by=new.done_by.strip()[:100],
        result=new.result.strip(),
        next_on=new.done_on + selectors.TEST_EVERY[TestKind(new.kind)],
        noted_by=actor,
        noted_at=clock.now(),
    )
    audit.record(
        actor,
        "safety_test.noted",
        object_type="evidence.safety_test",
        object_id=kept.pk,
        object_label=str(kept),
        data={"result": kept.result, "next_on": kept.next_on.isoformat()},
    )
    return kept


def remind() -> int:
    """Will tell people of what is late or soon due and give the number of things told of.

    Of late findings: whoever mends, who leads their unit, and the keepers of the board, once a
    day. Safe to run any number of times: each thing is told once per step.
    """
    with override("zh-hans"):
        return _remind_findings() + _remind_filings() + _remind_tests()


def leaders_of(person: User) -> list[User]:
    """Will give who leads the unit of a person's main post, or the nearest unit above."""
    held = appointments_in_force(person).first()
    unit = held.post.organization if held else None
    while unit is not None:
        found = list(users_with_permission(LEADER, organization=unit).exclude(pk=person.pk))
        if found:
            return found
        unit = unit.parent
    return []


def _remind_findings() -> int:
    moment = clock.now()
    told = 0
    url = reverse("evidence:finding-list")
    open_ones = Finding.objects.filter(fixed_at=None, due_at__lt=moment + SOON)
    for finding in open_ones.select_related("responsible"):
        mender = [finding.responsible] if finding.responsible else []
        due = f"{timezone.localtime(finding.due_at):%Y-%m-%d %H:%M}"
        told += 1
        if finding.due_at >= moment:
            title = _("整改即将到期：%s") % finding.title
            _notify(mender or _keepers(), title, _("期限：%s") % due, url, f"{finding.pk}-soon")
            continue
        leaders = leaders_of(finding.responsible) if finding.responsible else []
        _notify(
            [*mender, *leaders, *_keepers()],
            _("整改逾期：%s") % finding.title,
            _("级别%(severity)s，责任人%(owner)s，期限：%(due)s")
            % {
                "severity": finding.get_severity_display(),
                "owner": finding.owner,
                "due": due,
            },
            url,
            f"{finding.pk}-late-{clock.today()}",
        )
    return told


def _remind_filings() -> int:
    told = 0
    for filing in Filing.objects.filter(ended_at=None).select_related("owner"):
        step = _step(filing.next_on)
        if step is None:
            continue
        told += 1
        people = [filing.owner] if step and filing.owner.is_active else [filing.owner, *_keepers()]
        _notify(
            people,
            _("定级备案待复核：%s") % filing.system,
            _("下次复核：%s") % filing.next_on,
            reverse("evidence:filing-list"),
            f"filing-{filing.pk}-{filing.next_on}-{step}",
        )
    return told


def _remind_tests() -> int:
    told = 0
    for kind in TestKind:
        last = SafetyTest.objects.filter(kind=kind).first()
        if last is None:
            due, step = clock.today(), _week()
        else:
            due = last.next_on
            found = _step(due)
            if found is None:
                continue
            step = found or _week()
        told += 1
        _notify(
            _keepers(),
            _("应做：%s") % kind.label,
            _("应于 %s 前完成并登记结论。") % due,
            reverse("evidence:filing-list"),
            f"test-{kind}-{due if last else 'never'}-{step}",
        )
    return told


def _step(due: date) -> int | None:
    """The step reached: days before, 0 from the day on; None: not yet."""
    left = (due - clock.today()).days
    if left <= 0:
        return 0
    return min((step for step in BEFORE if left <= step), default=None)


def _week() -> int:
    """What is late is told once a week."""
    today = clock.today().isocalendar()
    return today.year * 100 + today.week


def _keepers() -> list[User]:
    return list(users_with_permission(KEEP))


def _notify(people: Iterable[User], title: str, body: str, url: str, key: str) -> None:
    for person in {person.pk: person for person in people}.values():
        page = url if person.has_perm("evidence.view_board") else ""
        notices.notify(
            recipients=[person], kind="compliance", title=title, body=body, url=page,
            key=f"compliance-{key}",
        )  # fmt: skip


def _said(filing: Filing) -> dict[str, object]:
    return {
        "grade": filing.grade,
        "number": filing.number,
        "authority": filing.authority,
        "graded_on": str(filing.graded_on),
        "filed_on": str(filing.filed_on or ""),
        "owner": filing.owner.display_name,
        "next_on": str(filing.next_on),
    }


def _require(actor: User) -> None:
    if not actor.has_perm(KEEP):
        raise NotAllowed(_("需要“维护合规看板”权限"))
