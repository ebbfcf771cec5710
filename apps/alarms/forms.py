"""What people fill in about alarms."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from operator import itemgetter
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Post, Tenant, User
from apps.accounts.selectors import list_organizations, organization_scope_q, scope_for
from apps.alarms.enums import (
    RESPONSE_MINUTES,
    DependencyKind,
    GuessVerdict,
    Level,
    Outcome,
    SilenceKind,
    Source,
)
from apps.alarms.models import AlarmRule
from apps.alarms.permissions import EDIT
from apps.alarms.registry import all_kinds
from apps.alarms.selectors import AlarmSearch, assignable, kinds_of_rules, state_choices
from apps.assets.models import Asset, AssetClass
from apps.assets.selectors import list_assets
from apps.matters.enums import Service
from apps.matters.selectors import matters_open_to
from apps.places.models import Area

SHELVE_CHOICES = [(1, _("1小时")), (4, _("4小时")), (24, _("1天")), (72, _("3天")), (168, _("7天"))]


class AlarmFilterForm(forms.Form):
    """Narrows the list of alarms; rubbish is shown as an error and narrows nothing."""

    deep_names = ("source", "kind", "area", "unit", "unanswered", "since", "until")

    q = forms.CharField(
        label=_("搜索"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("告警、对象名称或编码")}),
    )
    state = forms.ChoiceField(label=_("状态"), required=False)
    level = forms.TypedChoiceField(
        label=_("级别"), required=False, coerce=int, empty_value=None,
        choices=[("", _("全部")), *reversed(Level.choices)],
    )  # fmt: skip
    source = forms.ChoiceField(
        label=_("来源"), required=False, choices=[("", _("全部")), *Source.choices]
    )
    kind = forms.ChoiceField(label=_("类别"), required=False)
    area: "forms.ModelChoiceField[Area]" = forms.ModelChoiceField(
        label=_("区域"), required=False, queryset=None, empty_label=_("全部")
    )
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("责任单位"), required=False, queryset=None, empty_label=_("全部")
    )
    unanswered = forms.ChoiceField(
        label=_("响应"), required=False, choices=[("", _("全部")), ("1", _("尚未确认"))]
    )
    since = forms.DateField(
        label=_("告警自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("告警至"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        for field in fields.values():
            is_choice = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"
        fields["state"].choices = state_choices()
        kinds = kinds_of_rules(viewer) | {kind.code: str(kind.label) for kind in all_kinds()}
        fields["kind"].choices = [("", _("全部")), *sorted(kinds.items(), key=itemgetter(1))]
        fields["unit"].queryset = list_organizations(viewer)
        fields["area"].queryset = Area.objects.filter(
            level__is_cell=False, valid_to__isnull=True, level__depth__lte=2
        ).order_by("path")

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return any(self.data.get(name) for name in self.fields)

    @property
    def is_deep(self) -> bool:
        """Whether one of the folded-away fields narrows."""
        return any(self.data.get(name) for name in self.deep_names)

    def search(self) -> AlarmSearch:
        """Will give what to look for; what was not understood is left out."""
        self.full_clean()
        said: Mapping[str, Any] = self.cleaned_data
        return AlarmSearch(
            text=said.get("q") or "",
            state=said.get("state") or "open",
            level=said.get("level"),
            source=said.get("source") or "",
            kind=said.get("kind") or "",
            area=said.get("area"),
            unit=said.get("unit"),
            unanswered=bool(said.get("unanswered")),
            since=_midnight(said.get("since")),
            until=_midnight(said.get("until"), days=1),
        )


def _midnight(day: Any, days: int = 0) -> datetime | None:
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time()))


class HandleForm(forms.Form):
    """What came of an alarm."""

    outcome = forms.ChoiceField(label=_("处理结果"), choices=Outcome.choices)
    result = forms.CharField(
        label=_("处理情况"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    closes = forms.BooleanField(
        label=_("现在就关闭告警"),
        required=False,
        help_text=_("不勾选时，等数据恢复正常后自动结束"),
    )


class CommentForm(forms.Form):
    """A remark."""

    text = forms.CharField(
        label=_("备注内容"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ShelveForm(forms.Form):
    """For how long nobody is to be troubled, and why."""

    hours = forms.TypedChoiceField(label=_("搁置多久"), coerce=int, choices=SHELVE_CHOICES)
    reason = forms.CharField(label=_("搁置原因"), max_length=500)


class AssignForm(forms.Form):
    """To whom an alarm is given."""

    assignee: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        label=_("处理人"), queryset=User.objects.none()
    )

    def __init__(self, data: Any = None, *, viewer: User, auto_id: str = "id_%s") -> None:
        super().__init__(data, auto_id=auto_id)
        people: Any = self.fields["assignee"]
        people.queryset = User.objects.filter(
            pk__in=[person.pk for person in assignable(viewer)]
        ).order_by("full_name")
        people.label_from_instance = lambda person: person.display_name


class AdoptForm(forms.Form):
    """Whose drafts shipped rules become, and which of them; all without a code."""

    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("所属单位"), queryset=None
    )
    code = forms.SlugField(max_length=60, required=False)

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = units = _units_of_rules(viewer)
        fields["unit"].initial = units.first()


def _units_of_rules(viewer: User) -> Any:
    """The units whose rules the viewer may write."""
    scope = scope_for(viewer, EDIT)
    units = list_organizations(viewer)
    return units if scope.everything else units.filter(organization_scope_q(scope, "path"))


class RuleForm(forms.Form):
    """A threshold rule: what it is about, a condition and a recovery for each level, the rest.

    ``body`` gives it as it is kept, ``initial_of`` turns a kept one into what is shown.
    """

    DAYS = (("any", _("每天")), ("work", _("工作日")), ("rest", _("休息日")))
    LEVELS = tuple(reversed(Level.choices))
    OFF_OR_LEVEL = (("", _("不设")), *Level.choices)

    name = forms.CharField(label=_("规则名称"), max_length=60)
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("所属单位"), queryset=None
    )
    profile = forms.CharField(
        label=_("设备型谱"), max_length=60, help_text=_("读数所属的设备型谱代码")
    )
    area: "forms.ModelChoiceField[Area]" = forms.ModelChoiceField(
        label=_("适用区域"), required=False, queryset=None, empty_label=_("全部")
    )
    asset_class: "forms.ModelChoiceField[AssetClass]" = forms.ModelChoiceField(
        label=_("部件类别"),
        required=False,
        queryset=AssetClass.objects.all(),
        empty_label=_("全部"),
    )
    days = forms.ChoiceField(label=_("适用日期"), choices=DAYS, required=False)
    from_time = forms.CharField(label=_("适用时段自"), max_length=5, required=False)
    to_time = forms.CharField(label=_("适用时段至"), max_length=5, required=False)
    no_data_s = forms.IntegerField(label=_("多少秒没有数据即告警"), required=False, min_value=0)
    no_data_level = forms.ChoiceField(
        label=_("数据中断的级别"), choices=Level.choices, initial=2, required=False
    )
    upgrade_s = forms.IntegerField(label=_("持续多少秒后升级"), required=False, min_value=0)
    upgrade_to = forms.ChoiceField(label=_("升级到"), choices=OFF_OR_LEVEL, required=False)
    fade_s = forms.IntegerField(label=_("多少秒未再出现后降级"), required=False, min_value=0)
    fade_to = forms.ChoiceField(
        label=_("降级到"), choices=((0, _("结束")), *Level.choices), required=False
    )
    held = forms.BooleanField(
        label=_("设备只在变化时上报"),
        required=False,
        help_text=_("持续时间到了即告警，不等下一次读数"),
    )
    matter = forms.ChoiceField(label=_("自动转案件的事项"), required=False)
    matter_level = forms.ChoiceField(
        label=_("达到该级别时转案件"), choices=Level.choices, initial=3, required=False
    )
    tests = forms.CharField(
        label=_("用例"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("每行一例：名称: 秒数 字段=值; 秒数 字段=值 => 秒数 橙; 秒数 恢复"),
    )
    note = forms.CharField(label=_("修改说明"), max_length=200, required=False)

    def __init__(
        self, data: Any = None, *, viewer: User, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        for level, label in self.LEVELS:
            self.fields.update(_level_fields(level, str(label)))
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = _units_of_rules(viewer)
        fields["area"].queryset = Area.objects.filter(
            level__is_cell=False, valid_to__isnull=True, level__depth__lte=2
        ).order_by("path")
        matters = [(matter.code, matter.name) for matter in matters_open_to(Service.DISCOVERY)]
        fields["matter"].choices = [("", _("不自动转")), *matters]

    def level_rows(self) -> list[tuple[str, int, list[forms.BoundField]]]:
        """Will give each level with its fields, the gravest first."""
        return [
            (str(label), level, [self[f"{name}_{level}"] for name in _LEVEL_FIELDS])
            for level, label in self.LEVELS
        ]

    def rest(self, *names: str) -> list[forms.BoundField]:
        """Will give some of the fields, bound."""
        return [self[name] for name in names]

    def body(self) -> dict[str, Any]:
        """Will give what was filled in as it is kept."""
        said = self.cleaned_data
        levels = [
            {
                "level": level, "raise": said[f"raise_{level}"].strip(),
                "clear": said[f"clear_{level}"].strip(),
                **{name: said[f"{short}_{level}"] or 0 for short, name in _LEVEL_KEYS.items()},
            }
            for level, _label in self.LEVELS
            if said[f"raise_{level}"].strip()
        ]  # fmt: skip
        body: dict[str, Any] = {"levels": levels}
        for name in ("no_data_s", "upgrade_s", "fade_s"):
            if said[name]:
                other = name.replace("_s", "_level" if name == "no_data_s" else "_to")
                body |= {name: said[name], other: int(said[other] or 0)}
        if said["days"] not in ("", "any"):
            body["days"] = said["days"]
        if said["from_time"] or said["to_time"]:
            body["hours"] = [said["from_time"] or "00:00", said["to_time"] or "24:00"]
        if said["held"]:
            body["held"] = True
        if said["matter"]:
            body |= {"matter": said["matter"], "matter_level": int(said["matter_level"] or 3)}
        if said["tests"].strip():
            body["tests"] = said["tests"].strip()
        return body


_LEVEL_KEYS = {"for": "for_s", "clear_for": "clear_for_s", "times": "times", "within": "within_s"}
_LEVEL_FIELDS = ("raise", "for", "times", "within", "clear", "clear_for")


def _level_fields(level: int, label: str) -> dict[str, forms.Field]:
    def number(words: Any) -> forms.IntegerField:
        return forms.IntegerField(label=words, required=False, min_value=0)

    condition = forms.CharField(label=_("触发条件"), required=False, max_length=300)
    condition.widget.attrs["placeholder"] = "level_m >= 3.5 或 rain > 50"
    clear = forms.CharField(label=_("恢复条件"), required=False, max_length=300)
    clear.widget.attrs["placeholder"] = "level_m < 3.2"
    return {
        f"raise_{level}": condition,
        f"for_{level}": number(_("持续（秒）")),
        f"times_{level}": number(_("出现次数")),
        f"within_{level}": number(_("次数的时间范围（秒）")),
        f"clear_{level}": clear,
        f"clear_for_{level}": number(_("恢复须持续（秒）")),
    }


def initial_of(rule: AlarmRule, body: Mapping[str, Any]) -> dict[str, Any]:
    """Will give what the form shows of a kept rule."""
    hours = body.get("hours") or ["", ""]
    shown: dict[str, Any] = dict(body) | {
        "name": rule.name, "unit": rule.unit_id, "profile": rule.profile, "area": rule.area_id,
        "asset_class": rule.asset_class_id, "from_time": hours[0], "to_time": hours[1],
    }  # fmt: skip
    for one in body.get("levels", ()):
        level = one["level"]
        shown |= {f"raise_{level}": one["raise"], f"clear_{level}": one.get("clear", "")}
        shown |= {f"{short}_{level}": one.get(name) or None for short, name in _LEVEL_KEYS.items()}
    return shown


class DiscoveryFilterForm(forms.Form):
    """Narrows the list of findings; rubbish narrows nothing."""

    q = forms.CharField(
        label=_("搜索"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": _("告警、对象或受理编号")}
        ),
    )
    verdict = forms.ChoiceField(
        label=_("核定"), required=False, choices=[("", _("全部")), *GuessVerdict.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip

    def search(self) -> dict[str, str]:
        """Will give what to look for."""
        self.full_clean()
        said = self.cleaned_data
        return {"text": said.get("q", ""), "verdict": said.get("verdict", "")}


class CaseForm(forms.Form):
    """Of which matter a case is opened: those of city operation."""

    matter = forms.ChoiceField(label=_("事项"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["matter"].choices = [
            (matter.code, matter.name) for matter in matters_open_to(Service.DISCOVERY)
        ]


def _ground_fields(form: forms.Form, viewer: User) -> None:
    fields: dict[str, Any] = form.fields
    fields["area"].queryset = Area.objects.filter(
        level__is_cell=False, valid_to__isnull=True, level__depth__lte=2
    ).order_by("path")
    fields["unit"].queryset = list_organizations(viewer)


def _local(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class SilenceForm(forms.Form):
    """A time in which matching alarms trouble nobody."""

    kind = forms.ChoiceField(label=_("类型"), choices=SilenceKind.choices)
    reason = forms.CharField(label=_("原因"), max_length=200)
    starts_at = _local(_("开始时间"))
    ends_at = _local(_("结束时间"))
    area: "forms.ModelChoiceField[Area]" = forms.ModelChoiceField(
        label=_("区域"), required=False, queryset=None, empty_label=_("全部")
    )
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("责任单位"), required=False, queryset=None, empty_label=_("全部")
    )
    source = forms.ChoiceField(
        label=_("来源"), required=False, choices=[("", _("全部")), *Source.choices]
    )
    asset_code = forms.CharField(label=_("部件编码"), required=False, max_length=16)
    level_up_to = forms.TypedChoiceField(
        label=_("最高级别"), coerce=int, choices=Level.choices, initial=Level.ORANGE
    )

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        super().__init__(data)
        self.viewer = viewer
        _ground_fields(self, viewer)

    def clean_asset_code(self) -> Asset | None:
        return asset_of(self.viewer, self.cleaned_data["asset_code"])


def asset_of(viewer: User, code: str) -> Asset | None:
    """Will give the thing of this code, None for none. Raises: ValidationError (unknown)."""
    if not code.strip():
        return None
    found = list_assets(viewer).filter(code=code.strip()).first()
    if found is None:
        raise forms.ValidationError(gettext("台账中没有这个部件"))
    return found


class DependencyForm(forms.Form):
    """What hangs on what, by codes of the register."""

    child = forms.CharField(label=_("下级对象编码"), max_length=16)
    parent = forms.CharField(label=_("上级对象编码"), max_length=16)
    kind = forms.ChoiceField(label=_("依赖"), choices=DependencyKind.choices)

    def __init__(self, data: Any = None, *, viewer: User) -> None:
        super().__init__(data)
        self.viewer = viewer

    def clean_child(self) -> Asset | None:
        return asset_of(self.viewer, self.cleaned_data["child"])

    def clean_parent(self) -> Asset | None:
        return asset_of(self.viewer, self.cleaned_data["parent"])


class StepForm(forms.Form):
    """Who else is told after how long."""

    level_from = forms.TypedChoiceField(
        label=_("最低级别"), coerce=int, choices=Level.choices, initial=Level.ORANGE
    )
    after_minutes = forms.IntegerField(
        label=_("多少分钟无人确认"), min_value=1, max_value=10_080, initial=15
    )
    post: "forms.ModelChoiceField[Post]" = forms.ModelChoiceField(
        label=_("通知岗位"), queryset=None
    )
    by_sms = forms.BooleanField(label=_("同时发短信"), required=False)

    def __init__(self, data: Any = None, *, tenant: Tenant) -> None:
        super().__init__(data)
        posts: Any = self.fields["post"]
        posts.queryset = (
            Post.objects.filter(organization__tenant=tenant, organization__is_active=True)
            .select_related("organization")
            .order_by("organization__path", "name")
        )


class WarningLevelForm(forms.Form):
    """What a level means."""

    level = forms.TypedChoiceField(
        label=_("级别"), coerce=int, choices=tuple(reversed(Level.choices))
    )
    audience = forms.CharField(label=_("告知对象"), max_length=200)
    action = forms.CharField(
        label=_("应采取的措施"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    lift = forms.CharField(label=_("解除条件"), max_length=300)
    response_minutes = forms.IntegerField(
        label=_("首次响应时限（分钟）"), min_value=1, max_value=1440, initial=RESPONSE_MINUTES
    )
