"""Writing threshold rules: a draft by one person, in force by a second. Source: AL-02, RU-06."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.alarms import permissions
from apps.alarms.enums import Level, VersionState
from apps.alarms.models import AlarmRule, AlarmRuleVersion
from apps.alarms.rules import ConditionError, RuleError, read_rule
from apps.alarms.rules.examples import Tried, read_examples, try_examples
from apps.alarms.selectors.rules import calendar_of, find_draft, get_rule
from apps.assets.models import AssetClass
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.codes import fresh_code
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.phrases import series
from apps.places.models import Area

_CODE = re.compile(r"[a-z][a-z0-9_-]{1,59}")


@dataclass(frozen=True)
class NewRule:
    """A rule as somebody fills it in. body: see ``apps.alarms.rules.document``.

    shipped: of a new one, the shipped rule it is made of; see ``services.shipping``.
    """

    name: str
    profile: str
    body: dict[str, Any]
    kind: str = ""
    area: Area | None = None
    asset_class: AssetClass | None = None
    note: str = ""
    shipped: str = ""


def read_body(unit: Organization, area: Area | None, body: dict[str, Any]) -> list[Tried]:
    """Will read a rule and try its test cases.

    Raises: InvalidInput (names the field of the form, and the part nobody can read).
    """
    try:
        rule = read_rule(body, calendar_of(unit.tenant, area))
    except RuleError as error:
        raise InvalidInput(_why(error), field=error.field) from error
    try:
        return try_examples(rule, read_examples(str(body.get("tests") or "")))
    except ConditionError as error:
        raise InvalidInput(_("看不懂的用例：%s") % error.part, field="tests") from error


def _why(error: RuleError) -> str:
    words = {
        "none": _("请至少填写一个级别的触发条件，或填写数据中断时间"),
        "twice": _("同一级别只能填写一次"),
        "level": _("级别应为蓝、黄、橙、红之一"),
        "condition": _("看不懂的条件：%s") % error.part,
        "seconds": _("时间应在0至30天之间"),
        "times": _("次数应在1至100之间，多于一次时须填写时间范围"),
        "days": _("请选择适用日期"),
        "hours": _("时刻应写成 08:00 的样子"),
    }
    return words[error.reason]


@transaction.atomic
def save_rule(
    actor: Actor, *, unit: Organization, new: NewRule, rule_id: int | None = None
) -> AlarmRuleVersion:
    """Will keep a rule as the draft of its next version; nothing follows it yet.

    Without ``rule_id`` a new rule begins. Locks the rule.
    Raises: NotAllowed; NotFound; InvalidInput (name, profile, a field of the body).
    """
    require_edit(actor, unit)
    name = new.name.strip()
    if not 1 <= len(name) <= 60:
        raise InvalidInput(_("请填写规则名称，最多60个字"), field="name")
    if not _CODE.fullmatch(new.profile):
        raise InvalidInput(_("设备型谱代码应为小写字母、数字、横线"), field="profile")
    read_body(unit, new.area, new.body)
    rule = _rule_for(actor, unit, new, rule_id)
    draft = find_draft(rule)
    before = audit.snapshot(draft, "body") if draft is not None else {}
    if draft is None:
        newest = rule.versions.order_by("-number").first()
        draft = AlarmRuleVersion(rule=rule, number=newest.number + 1 if newest else 1)
    draft.body, draft.note, draft.saved_at = new.body, new.note.strip()[:200], clock.now()
    draft.author = actor if isinstance(actor, User) else None
    draft.save()
    changed = audit.document_changes(before.get("body") or {}, new.body)
    _note(actor, "alarm_rule.draft_saved", rule, number=draft.number, **changed)
    return draft


def _rule_for(actor: Actor, unit: Organization, new: NewRule, rule_id: int | None) -> AlarmRule:
    if rule_id is None:
        taken = AlarmRule.objects.values_list("code", flat=True)
        code = fresh_code(new.name, taken).replace("_", "-")
        rule = AlarmRule(tenant=unit.tenant, unit=unit, code=_free(code), shipped=new.shipped)
    else:
        rule = _lock(actor, rule_id)
    rule.name, rule.profile, rule.kind = new.name.strip(), new.profile, new.kind or rule.code
    rule.area, rule.asset_class = new.area, new.asset_class
    rule.save()
    return rule


def _free(code: str) -> str:
    found, number = code, 2
    while AlarmRule.objects.filter(code=found).exists():
        found, number = f"{code}-{number}", number + 1
    return found


@transaction.atomic
def publish_rule(actor: Actor, *, version_id: int, checker: User | None) -> AlarmRuleVersion:
    """Will put a draft in force; called when a second person has agreed. Locks the rule.

    Raises: NotFound; Refused (not a draft; a test case fails).
    """
    draft = AlarmRuleVersion.objects.select_related("rule").filter(pk=version_id).first()
    if draft is None:
        raise NotFound(_("没有这个版本"))
    rule = AlarmRule.objects.select_for_update(of=("self",)).get(pk=draft.rule_id)
    draft.refresh_from_db()
    if draft.state != VersionState.DRAFT:
        raise Refused(_("该版本不是编制中的版本"))
    failed = [
        one.example.name for one in read_body(rule.unit, rule.area, draft.body) if not one.is_right
    ]
    if failed:
        raise Refused(_("用例未通过：%s") % series(failed), field="tests")
    before = audit.snapshot(rule, "current")
    rule.versions.filter(state=VersionState.IN_FORCE).update(state=VersionState.RETIRED)
    draft.state, draft.publisher, draft.published_at = VersionState.IN_FORCE, checker, clock.now()
    draft.save(update_fields=["state", "publisher", "published_at"])
    rule.current = draft
    rule.save(update_fields=["current"])
    changed = audit.changes(before, audit.snapshot(rule, "current"))
    _note(actor, "alarm_rule.published", rule, checker=checker.pk if checker else None, **changed)
    return draft


@transaction.atomic
def switch_rule(actor: User, *, rule_id: int, is_on: bool) -> AlarmRule:
    """Will stop or resume following a rule; open alarms stay. Locks the rule.

    Raises: NotFound; NotAllowed.
    """
    rule = _lock(actor, rule_id)
    require_edit(actor, rule.unit)
    before = audit.snapshot(rule, "is_on")
    rule.is_on = is_on
    rule.save(update_fields=["is_on"])
    changed = audit.changes(before, audit.snapshot(rule, "is_on"))
    _note(actor, "alarm_rule.switched", rule, **changed)
    return rule


def _lock(actor: Actor, rule_id: int) -> AlarmRule:
    if isinstance(actor, User):
        get_rule(actor, pk=rule_id)
    rule = AlarmRule.objects.select_for_update(of=("self",)).filter(pk=rule_id).first()
    if rule is None:
        raise NotFound(_("没有这条规则"))
    return rule


def require_edit(actor: Actor, unit: Organization) -> None:
    """Raises: NotAllowed (no right to write rules of this unit)."""
    if not isinstance(actor, User):
        return
    scope = scope_for(actor, permissions.EDIT)
    if not (scope.covers_tenant(unit.tenant_id) and scope.covers_organization(unit.path)):
        raise NotAllowed(_("您没有编制该单位告警规则的权限"))


def _note(actor: Actor, action: str, rule: AlarmRule, **data: Any) -> None:
    audit.record(
        actor, action, object_type="alarms.rule", object_id=rule.pk, object_label=rule.name,
        data=data,
    )  # fmt: skip


def level_name(level: int) -> str:
    """Will give the word for a level."""
    return str(Level(level).label)


def body_labels() -> dict[str, str]:
    """Will give what people call the parts of a rule besides its levels."""
    return {
        "days": _("适用日期"),
        "hours": _("适用时段"),
        "no_data_s": _("数据中断（秒）"),
        "no_data_level": _("数据中断的级别"),
        "upgrade_s": _("持续多久升级（秒）"),
        "upgrade_to": _("升级到"),
        "fade_s": _("多久未再出现降级（秒）"),
        "fade_to": _("降级到"),
        "held": _("只在变化时上报"),
        "matter": _("自动转案件的事项"),
        "matter_level": _("达到该级别时转案件"),
        "tests": _("用例"),
    }
