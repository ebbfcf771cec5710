"""Granting with no person when every check passes, and looking at a sample afterwards (MT-17)."""

import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.guides import permissions
from apps.guides.checks import CheckResult, judge, question
from apps.guides.enums import ReviewState
from apps.guides.models import CheckRun, InstantSwitch
from apps.guides.selectors.instant import list_samples
from apps.guides.shared_data import DataUnavailable, SharedData, shared_data
from apps.matters.definition import definition_of
from apps.matters.models import Case
from apps.matters.selectors import get_open_matter, in_force
from apps.matters.services import perform

WHOLE = 10_000


def check_case(case_id: int) -> CheckRun | None:
    """Will ask the registers about a new application, and grant it or give it to a person.

    Granted: every check passed and the matter is switched on. Anything else goes the way the
    rules say, with the checks on the case page. Once per case; a second call gives the first
    record. None where the case has moved on meanwhile. Asks before it opens a transaction.
    Raises: NotFound.
    """
    case = Case.objects.select_related("version", "matter_type").filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("没有这个案件，或您无权查看"))
    earlier = CheckRun.objects.filter(case=case).first()
    if earlier is not None:
        return earlier
    results = run_checks(case, shared_data())
    return _conclude(case, results)


def run_checks(case: Case, registers: SharedData) -> list[CheckResult]:
    """Will do every check of the case's own version; all of them, also after one has failed."""
    body = case.version.body
    form, values, today = body.get("form", {}), case.form_data, clock.today()
    results = []
    for check in body["instant"]["checks"]:
        asked, answer, problem = question(check, values), None, ""
        if asked is not None:
            try:
                answer = registers.find(check["dataset"], asked)
            except DataUnavailable:
                problem = _("共享数据暂时查不到，已转人工")
        results.append(judge(check, values, answer, form=form, today=today, problem=problem))
    return results


@transaction.atomic
def _conclude(case: Case, results: list[CheckResult]) -> CheckRun | None:
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    definition = definition_of(case.version_id, case.version.body)
    run, is_new = CheckRun.objects.get_or_create(
        case=locked,
        defaults={
            "at": clock.now(),
            "passed": all(result.passed for result in results),
            "results": [result.as_data() for result in results],
        },
    )
    if not is_new or locked.state != definition.initial:
        return run
    # Locked: switching off waits for, or is seen by, every grant.
    switch = (
        InstantSwitch.objects.select_for_update().filter(matter_type_id=case.matter_type_id).first()
    )
    if run.passed and switch is not None and switch.is_on:
        _grant(run, switch)
    else:
        perform(SYSTEM, case_id=case.pk, action="auto_dispatch", data={}, key="begin")
    return run


def _grant(run: CheckRun, switch: InstantSwitch) -> None:
    run.drawn, run.sample_per_10000 = secrets.randbelow(WHOLE), switch.sample_per_10000
    run.review = ReviewState.PENDING if run.drawn < switch.sample_per_10000 else ReviewState.NONE
    run.save(update_fields=["drawn", "sample_per_10000", "review"])
    prefix = run.case.version.body["instant"].get("document_prefix", "")
    perform(
        SYSTEM,
        case_id=run.case_id,
        action="approve_instantly",
        data={"document_number": f"{prefix}{run.case.number}"},
        key="begin",
    )


@transaction.atomic
def switch_instant(
    actor: User, *, tenant: Tenant, matter_code: str, is_on: bool, share: Any, reason: str
) -> InstantSwitch:
    """Will switch instant approval of a matter on or off, in force for the next application.

    share: per cent sampled afterwards, 0-100 with up to two decimals. Locks the switch.
    Raises: NotAllowed; NotFound; InvalidInput (share, reason; the matter has no checks).
    """
    permissions.require(actor, permissions.SWITCH, tenant_id=tenant.pk)
    matter = get_open_matter(matter_code)
    assert matter.current_version is not None
    if is_on and not matter.current_version.body.get("instant"):
        raise InvalidInput(_("该事项没有设置核验，不能即时审批"), field="matter_code")
    if not reason.strip():
        raise InvalidInput(_("请填写原因"), field="reason")
    try:
        per_10000 = round(float(share) * 100)
    except (TypeError, ValueError) as error:
        raise InvalidInput(_("抽查比例应为 0 到 100"), field="share") from error
    if not 0 <= per_10000 <= WHOLE:
        raise InvalidInput(_("抽查比例应为 0 到 100"), field="share")
    return _set(actor, matter.pk, matter.name, is_on, reason, per_10000)


@transaction.atomic
def stop_all(actor: User, *, tenant: Tenant, reason: str) -> int:
    """Will switch off instant approval of every matter at once and give their number.

    Raises: NotAllowed; InvalidInput (no reason).
    """
    permissions.require(actor, permissions.SWITCH, tenant_id=tenant.pk)
    if not reason.strip():
        raise InvalidInput(_("请填写原因"), field="reason")
    running = list(
        InstantSwitch.objects.select_for_update(of=("self",))
        .filter(is_on=True, matter_type__in=in_force().values("pk"))
        .select_related("matter_type")
        .order_by("pk")
    )
    for switch in running:
        _set(
            actor,
            switch.matter_type_id,
            switch.matter_type.name,
            False,
            reason,
            switch.sample_per_10000,
        )
    return len(running)


def _set(
    actor: User, matter_id: int, name: str, is_on: bool, reason: str, per_10000: int
) -> InstantSwitch:
    switch, _made = InstantSwitch.objects.update_or_create(
        matter_type_id=matter_id,
        defaults={
            "is_on": is_on,
            "sample_per_10000": per_10000,
            "changed_at": clock.now(),
            "changed_by_name": actor.display_name,
            "reason": reason.strip()[:200],
        },
    )
    audit.record(
        actor,
        "instant.switched_on" if is_on else "instant.switched_off",
        object_type="matter_type",
        object_id=matter_id,
        object_label=name,
        data={"sample_per_10000": per_10000, "reason": reason.strip()[:200]},
    )
    return switch


@transaction.atomic
def review_sample(actor: User, *, run_id: int, is_right: bool, note: str) -> CheckRun:
    """Will keep what a person found about an instant approval that was drawn.

    note: needed where it was wrong. Locks the record.
    Raises: NotFound (not drawn, or not the actor's to see); NotAllowed; Refused (reviewed
        already); InvalidInput (note).
    """
    run = (
        CheckRun.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(pk=run_id)
        .first()
    )
    if run is None or run.review == ReviewState.NONE:
        raise NotFound(_("没有这条抽查记录"))
    permissions.require(actor, permissions.REVIEW, tenant_id=run.case.tenant_id)
    if run.review != ReviewState.PENDING:
        raise Refused(_("这一件已由%s抽查") % run.reviewed_by_name)
    if not list_samples(actor).filter(pk=run.pk).exists():
        raise NotFound(_("没有这条抽查记录"))
    if not is_right and not note.strip():
        raise InvalidInput(_("请写明哪里有误"), field="note")
    run.review = ReviewState.RIGHT if is_right else ReviewState.WRONG
    run.reviewed_at, run.reviewed_by_name = clock.now(), actor.display_name
    run.review_note = note.strip()[:500]
    run.save(update_fields=["review", "reviewed_at", "reviewed_by_name", "review_note"])
    audit.record(
        actor,
        "instant.reviewed",
        object_type="case",
        object_id=run.case_id,
        object_label=run.case.number,
        data={"review": run.review},
    )
    return run
