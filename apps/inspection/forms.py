"""Shape and conversion of what people enter; choices depend on the viewer."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms import ModelChoiceField
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import (
    area_scope_q,
    list_organizations,
    scope_of,
    users_with_permission,
)
from apps.common import clock
from apps.common.forms_data import PointField
from apps.inspection import permissions
from apps.inspection.enums import Finding, Grade, ItemResult, ObjectKind
from apps.inspection.models import CheckResult, DrawPlan, Inspector, SupervisedObject
from apps.inspection.selectors.register import list_objects, shown_name
from apps.inspection.services import NewInspector, NewObject, NewPlan, NewResult
from apps.matters.enums import Service
from apps.matters.models import MatterType
from apps.matters.selectors import matters_open_to
from apps.places.forms import AreaChoice
from apps.places.models import Area

#: Per cent of each grade that a new plan begins with.
USUAL_RATES = {"A": 5, "B": 10, "C": 30, "D": 100}
_EVERY_KIND = [("", _("全部类型")), *ObjectKind.choices]


def _day() -> forms.DateInput:
    """The browser's own calendar, which takes a first value in this one form only."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _areas(viewer: User) -> Any:
    """The areas above grid cells that the viewer reaches."""
    scope = scope_of(viewer)
    reach = area_scope_q(scope, "path")
    return (
        Area.objects.filter(reach, level__is_cell=False, valid_to=None)
        .defer("boundary")
        .order_by("path")
    )


def _subjects() -> Any:
    return matters_open_to(Service.OBJECTS).order_by("name")


class ObjectFilterForm(forms.Form):
    """Narrows the register."""

    q = forms.CharField(label=_("名称或信用代码"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("类型"), required=False, choices=_EVERY_KIND)
    grade = forms.ChoiceField(
        label=_("信用等级"), required=False, choices=[("", _("全部等级")), *Grade.choices]
    )
    area = AreaChoice(
        label=_("区域"), required=False, queryset=Area.objects.none(), empty_label=_("全部区域")
    )
    ended = forms.BooleanField(label=_("已退出监管"), required=False)

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = _areas(viewer)

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_objects`` takes; nonsense narrows nothing."""
        self.is_valid()
        found = self.cleaned_data
        area = found.get("area")
        return {
            "text": found.get("q", ""),
            "kind": found.get("kind", ""),
            "grade": found.get("grade", ""),
            "area_path": area.path if area else "",
            "ended": found.get("ended", False),
        }


class ObjectForm(forms.Form):
    """A supervised object."""

    kind = forms.ChoiceField(label=_("类型"), choices=ObjectKind.choices)
    name = forms.CharField(label=_("名称"), max_length=120)
    credit_code = forms.CharField(
        label=_("统一社会信用代码"),
        required=False,
        max_length=30,
        help_text=_("企业必填，18位，按校验位核对"),
    )
    unit: "ModelChoiceField[Organization]" = ModelChoiceField(
        label=_("监管责任单位"), queryset=Organization.objects.none()
    )
    area = AreaChoice(
        label=_("所在区域"),
        queryset=Area.objects.none(),
        help_text=_("在地图上选点后，以点位所在网格为准"),
    )
    address = forms.CharField(label=_("地址"), required=False, max_length=200)
    point = PointField(label=_("位置"), required=False)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = list_organizations(viewer)
        fields["area"].queryset = _areas(viewer)
        self.units = {str(unit.pk): unit for unit in list_organizations(viewer)}
        choices = [("", _("同监管责任单位")), *((pk, u.name) for pk, u in self.units.items())]
        self.subjects = {f"unit_{subject.pk}": subject.pk for subject in _subjects()}
        for subject in _subjects():
            fields[f"unit_{subject.pk}"] = forms.ChoiceField(
                label=_("“%s”由谁监管") % subject.name, required=False, choices=choices
            )
        self.order_fields(["kind", "name", "credit_code", "unit", *self.subjects, "area"])

    @staticmethod
    def initial_of(row: SupervisedObject) -> dict[str, Any]:
        """Will give what the form shows of a registered object."""
        area = row.area
        while area.level.is_cell and area.parent is not None:
            area = area.parent
        return {
            "kind": row.kind,
            "name": row.name,
            "credit_code": row.credit_code,
            "unit": row.unit_id,
            "area": area.pk,
            "address": row.address,
            "point": {"lng": row.point.x, "lat": row.point.y} if row.point else None,
        } | {f"unit_{each.subject_id}": str(each.unit_id) for each in row.subject_units.all()}

    @property
    def new(self) -> NewObject:
        """The object as the services take it."""
        values = dict(self.cleaned_data)
        spot = values.pop("point") or {}
        chosen = {pk: values.pop(name) for name, pk in self.subjects.items()}
        values["subject_units"] = {pk: self.units[unit] for pk, unit in chosen.items() if unit}
        return NewObject(**values, lon=spot.get("lng"), lat=spot.get("lat"))


class FileForm(forms.Form):
    """A file of objects."""

    file = forms.FileField(label=_("监管对象文件（Excel 或 CSV）"))
    partial = forms.BooleanField(label=_("有错误的行跳过，其余导入"), required=False)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("原因"), max_length=200)


class ReturnForm(forms.Form):
    """What is to be corrected before a result can be published."""

    reason = forms.CharField(
        label=_("退回原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class BehaviourForm(forms.Form):
    """Something an object did."""

    code = forms.ChoiceField(label=_("行为"))
    happened_on = forms.DateField(label=_("发生日期"), widget=_day())
    text = forms.CharField(
        label=_("具体情况"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(label=_("证据材料"), required=False)

    def __init__(self, *args: Any, scale: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["code"].choices = [
            (row["code"], f"{row['label']}（{row['points']:+d}）") for row in scale["behaviours"]
        ]


class InspectorForm(forms.Form):
    """The file of an inspector."""

    user: "ModelChoiceField[User]" = ModelChoiceField(
        label=_("人员"),
        queryset=User.objects.none(),
        help_text=_("须先在人员组织中授予“执法检查人员”角色"),
    )
    unit: "ModelChoiceField[Organization]" = ModelChoiceField(
        label=_("所在单位"), queryset=Organization.objects.none()
    )
    certificate = forms.CharField(label=_("执法证号"), max_length=40)
    valid_to = forms.DateField(label=_("证件有效期至"), required=False, widget=_day())
    subjects: "forms.ModelMultipleChoiceField[MatterType]" = forms.ModelMultipleChoiceField(
        label=_("可检查事项"),
        queryset=MatterType.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )
    is_active = forms.BooleanField(label=_("在岗"), required=False, initial=True)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        units = list_organizations(viewer)
        able = users_with_permission(permissions.RECORD)
        fields["user"].queryset = able.filter(appointments__post__organization__in=units).distinct()
        fields["unit"].queryset = units
        fields["subjects"].queryset = _subjects()

    @staticmethod
    def initial_of(row: Inspector) -> dict[str, Any]:
        """Will give what the form shows of an inspector."""
        return {
            "user": row.user_id,
            "unit": row.unit_id,
            "certificate": row.certificate,
            "valid_to": row.valid_to,
            "subjects": [subject.pk for subject in row.subjects.all()],
            "is_active": row.is_active,
        }

    @property
    def new(self) -> NewInspector:
        """The inspector as the services take it."""
        return NewInspector(**self.cleaned_data)


class ObjectChoice(ModelChoiceField):
    """Objects by the name that may be shown."""

    def label_from_instance(self, obj: SupervisedObject) -> str:
        return f"{shown_name(obj)}（{obj.ref}）"


class ConflictForm(forms.Form):
    """Whom an inspector must not check, and why."""

    supervised = ObjectChoice(
        label=_("回避的对象"), required=False, queryset=SupervisedObject.objects.none()
    )
    kind = forms.ChoiceField(
        label=_("或回避一类对象"),
        required=False,
        choices=[("", _("不按类型")), *ObjectKind.choices],
    )
    reason = forms.CharField(label=_("回避原因"), max_length=200, help_text=_("不会公开"))

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["supervised"].queryset = list_objects(viewer)


class PlanForm(forms.Form):
    """Whom to draw from, how many, who checks, until when."""

    title = forms.CharField(label=_("计划名称"), max_length=80)
    matter_type: "ModelChoiceField[MatterType]" = ModelChoiceField(
        label=_("检查事项"), queryset=MatterType.objects.none()
    )
    area = AreaChoice(label=_("抽查区域"), queryset=Area.objects.none())
    kind = forms.ChoiceField(label=_("对象类型"), required=False, choices=_EVERY_KIND)
    per_object = forms.IntegerField(
        label=_("每户检查人数"), min_value=1, max_value=5, initial=2,
        help_text=_("现场检查不少于两人"),
    )  # fmt: skip
    skip_days = forms.IntegerField(
        label=_("近期已查不再抽（天）"), min_value=0, max_value=730, initial=90
    )
    avoid_last = forms.BooleanField(
        label=_("上次检查过该对象的人员回避"), required=False, initial=True
    )
    only_responsible = forms.BooleanField(
        label=_("只抽参加单位负责监管的对象"),
        required=False,
        initial=True,
        help_text=_("按检查事项确定监管责任单位，未分事项的按对象的监管责任单位"),
    )
    units: "forms.ModelMultipleChoiceField[Organization]" = forms.ModelMultipleChoiceField(
        label=_("参加单位"),
        queryset=Organization.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("列出的是有在岗检查人员的单位，可多选"),
    )
    from_on = forms.DateField(label=_("检查开始日期"), widget=_day())
    to_on = forms.DateField(label=_("检查结束日期"), widget=_day())

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["matter_type"].queryset = _subjects()
        fields["area"].queryset = _areas(viewer)
        with_inspectors = Inspector.objects.filter(is_active=True).values("unit_id")
        fields["units"].queryset = (
            list_organizations(viewer).filter(pk__in=with_inspectors).order_by("path")
        )
        for grade, label in Grade.choices:
            fields[f"rate_{grade}"] = forms.DecimalField(
                label=_("%s抽取比例（%%）") % label,
                required=False,
                min_value=0,
                max_value=100,
                decimal_places=2,
                initial=USUAL_RATES[grade],
            )

    @staticmethod
    def initial_of(plan: DrawPlan) -> dict[str, Any]:
        """Will give what the form shows of a plan."""
        return {
            "title": plan.title,
            "matter_type": plan.matter_type_id,
            "area": plan.area_id,
            "kind": plan.kind,
            "per_object": plan.per_object,
            "skip_days": plan.skip_days,
            "avoid_last": plan.avoid_last,
            "only_responsible": plan.only_responsible,
            "units": list(plan.units.values_list("pk", flat=True)),
            "from_on": plan.from_on,
            "to_on": plan.to_on,
        } | {f"rate_{grade}": plan.rates.get(grade, 0) / 100 for grade in Grade.values}

    @property
    def new(self) -> NewPlan:
        """The plan as the services take it."""
        values = dict(self.cleaned_data)
        rates = {g: round((values.pop(f"rate_{g}") or 0) * 100) for g in Grade.values}
        return NewPlan(**values | {"units": list(values["units"])}, rates=rates)


class RunForm(forms.Form):
    """The words of a witness."""

    public_seed = forms.CharField(
        label=_("公开种子"),
        required=False,
        max_length=200,
        help_text=_("由见证人当场给出的任意文字或数字，例如当天的开奖号码"),
    )
    witness = forms.CharField(label=_("见证人"), required=False, max_length=60)


class ResultForm(forms.Form):
    """What a check found, item by item."""

    checked_on = forms.DateField(label=_("检查日期"), widget=_day())
    finding = forms.ChoiceField(
        label=_("检查结论"), choices=Finding.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("检查情况"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("仅工作人员可见"),
    )
    public_text = forms.CharField(
        label=_("公示内容"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("向社会公开，请勿写入个人信息"),
    )
    file = forms.FileField(label=_("检查记录表"), required=False)

    def __init__(self, *args: Any, legal_items: Iterable[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["checked_on"].initial = clock.today()
        self.items_of: dict[str, str] = {}
        for item in legal_items:
            name = f"item_{item['code']}"
            self.items_of[name] = item["code"]
            fields[name] = forms.ChoiceField(
                label=item["label"],
                help_text=item["basis"],
                choices=ItemResult.choices,
                widget=forms.RadioSelect,
            )
        self.order_fields(["checked_on", *self.items_of, "finding", "text", "public_text", "file"])

    @staticmethod
    def initial_of(check: CheckResult) -> dict[str, Any]:
        """Will give what was recorded before, to be corrected."""
        return {
            "checked_on": check.checked_on,
            "finding": check.finding,
            "text": check.text,
            "public_text": check.public_text,
        } | {f"item_{code}": found for code, found in check.items.items()}

    def result(self, **more: Any) -> NewResult:
        """Will give the result as the services take it; more: the stored file and its name."""
        values = self.cleaned_data
        return NewResult(
            finding=values["finding"],
            text=values["text"],
            checked_on=values["checked_on"],
            public_text=values["public_text"],
            items={code: values[name] for name, code in self.items_of.items()},
            **more,
        )


class ProofForm(forms.Form):
    """A proof file somebody wants checked."""

    file = forms.FileField(label=_("证明文件（JSON）"))
