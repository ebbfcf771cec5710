"""Shape and conversion of contracts, levels, kinds, hand-up rules and maintenance plans."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, Tenant, User
from apps.assets.models import Asset, AssetClass
from apps.clocks.models import Calendar
from apps.ops import selectors
from apps.ops.enums import Beat, Cause, LimitUnit, Tier, Waiting
from apps.ops.models import FaultKind, FaultLevel, MaintenanceContract, MaintenancePlan
from apps.ops.registry import meter_choices, proof_choices
from apps.ops.services import ContractSpec, KindSpec, LevelSpec, PlanSpec, RuleSpec
from apps.places.forms import AreaChoice
from apps.places.models import Area

_DATE = {"type": "date"}


class AreasChoice(forms.ModelMultipleChoiceField):
    """Several areas, indented by their level."""

    label_from_instance = AreaChoice.label_from_instance


def _areas() -> Any:
    return Area.objects.filter(
        level__is_cell=False, valid_to__isnull=True, level__depth__lte=3
    ).order_by("path")


def _limit(name: str, given: dict[str, Any], form: forms.Form) -> tuple[int, str] | None:
    """An amount with its unit, both or neither."""
    amount, unit = given.get(f"{name}_amount"), given.get(f"{name}_unit")
    if bool(amount) != bool(unit):
        form.add_error(f"{name}_amount", _("时限和单位须同时填写或同时留空"))
    return (amount, unit) if amount and unit else None


class _LimitsForm(forms.Form):
    respond_amount = forms.IntegerField(
        label=gettext_lazy("响应时限"), min_value=1, max_value=10_000
    )
    respond_unit = forms.ChoiceField(
        label=gettext_lazy("响应时限单位"), choices=[("", "—"), *LimitUnit.choices]
    )
    restore_amount = forms.IntegerField(
        label=gettext_lazy("修复时限"), min_value=1, max_value=10_000
    )
    restore_unit = forms.ChoiceField(
        label=gettext_lazy("修复时限单位"), choices=[("", "—"), *LimitUnit.choices]
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("respond", "restore"):
            given[name] = _limit(name, given, self)
        return given


class ContractForm(_LimitsForm):
    """A contract of maintenance. No kinds or no areas: all of them."""

    number = forms.CharField(label=gettext_lazy("合同号"), max_length=60)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    vendor = forms.ModelChoiceField(
        label=gettext_lazy("维保单位"), queryset=Organization.objects.none()
    )
    tier = forms.ChoiceField(label=gettext_lazy("层级"), choices=Tier)
    kinds = forms.ModelMultipleChoiceField(
        label=gettext_lazy("设备类别"), queryset=AssetClass.objects.all(), required=False,
        help_text=gettext_lazy("不选即承保各类设备"),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )  # fmt: skip
    areas = AreasChoice(
        label=gettext_lazy("服务区域"), queryset=Area.objects.none(), required=False,
        help_text=gettext_lazy("不选即服务全部区域"),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )  # fmt: skip
    calendar = forms.ModelChoiceField(
        label=gettext_lazy("服务时间"), queryset=Calendar.objects.none(), required=False,
        empty_label=gettext_lazy("按区域工作日历"),
        help_text=gettext_lazy("以服务小时、工作日计的时限按此日历计算"),
    )  # fmt: skip
    from_on = forms.DateField(
        label=gettext_lazy("生效日期"), widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    to_on = forms.DateField(
        label=gettext_lazy("截止日期"), widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)
    field_order = ("number", "name", "vendor", "tier", "kinds", "areas", "calendar")

    def __init__(
        self, data: Any = None, *, tenant: Tenant, contract: MaintenanceContract | None = None
    ) -> None:
        super().__init__(data, initial=_contract_of(contract))
        fields: dict[str, Any] = self.fields
        fields["vendor"].queryset = Organization.objects.filter(
            tenant=tenant, is_active=True
        ).order_by("path")
        fields["areas"].queryset = _areas()
        fields["calendar"].queryset = Calendar.objects.order_by("pk")
        for name in ("respond_amount", "respond_unit", "restore_amount", "restore_unit"):
            fields[name].required = False
        fields["respond_amount"].help_text = _("留空即按故障等级的时限")

    def spec(self) -> ContractSpec:
        """Will give what ``save_contract`` takes."""
        names = (
            "number", "name", "vendor", "tier", "kinds", "areas", "calendar", "from_on", "to_on",
            "respond", "restore", "is_active",
        )  # fmt: skip
        return ContractSpec(**{name: self.cleaned_data[name] for name in names})


def _contract_of(contract: MaintenanceContract | None) -> dict[str, Any]:
    if contract is None:
        return {}
    plain = (
        "number", "name", "vendor", "tier", "calendar", "from_on", "to_on", "is_active",
        "respond_amount", "respond_unit", "restore_amount", "restore_unit",
    )  # fmt: skip
    return {name: getattr(contract, name) for name in plain} | {
        "kinds": contract.kinds.all(), "areas": contract.areas.all(),
    }  # fmt: skip


class LevelForm(_LimitsForm):
    """A fault level."""

    number = forms.IntegerField(label=gettext_lazy("等级"), min_value=1, max_value=9)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    description = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)
    first_tier = forms.ChoiceField(
        label=gettext_lazy("优先层级"), required=False,
        choices=[("", gettext_lazy("最近的承保层级")), *Tier.choices],
    )  # fmt: skip
    field_order = ("number", "name", "description")

    def __init__(self, data: Any = None, *, level: FaultLevel | None = None) -> None:
        super().__init__(data, initial=vars(level) if level is not None else {})

    def spec(self) -> LevelSpec:
        """Will give what ``save_level`` takes."""
        names = ("name", "description", "respond", "restore", "first_tier")
        return LevelSpec(**{name: self.cleaned_data[name] for name in names})


class KindForm(forms.Form):
    """A kind of fault."""

    code = forms.SlugField(label=gettext_lazy("代码"), max_length=40)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    level = forms.ModelChoiceField(
        label=gettext_lazy("默认等级"), queryset=FaultLevel.objects.all()
    )
    cause = forms.ChoiceField(label=gettext_lazy("常见原因"), choices=Cause.choices, required=False)
    needs_photo = forms.BooleanField(
        label=gettext_lazy("须上传修复后照片"), required=False, initial=True
    )
    proof = forms.ChoiceField(
        label=gettext_lazy("自动佐证"), required=False,
        help_text=gettext_lazy("选定后，核验通过才能确认办结"),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)

    def __init__(self, data: Any = None, *, kind: FaultKind | None = None) -> None:
        super().__init__(data, initial=vars(kind) | {"level": kind.level_id} if kind else {})
        fields: dict[str, Any] = self.fields
        known = proof_choices()
        if kind is not None and kind.proof and kind.proof not in dict(known):
            known = [*known, (kind.proof, _("%s（未接入）") % kind.proof)]
        fields["proof"].choices = [("", _("不要求")), *known]

    def spec(self) -> KindSpec:
        """Will give what ``save_kind`` takes."""
        names = ("name", "level", "cause", "needs_photo", "proof", "is_active")
        return KindSpec(**{name: self.cleaned_data[name] for name in names})


class RuleForm(forms.Form):
    """When an order goes to the next tier."""

    from_tier = forms.ChoiceField(label=gettext_lazy("当前层级"), choices=Tier)
    level = forms.ModelChoiceField(
        label=gettext_lazy("故障等级"), queryset=FaultLevel.objects.all(), required=False,
        empty_label=gettext_lazy("各等级"),
    )  # fmt: skip
    waiting = forms.ChoiceField(label=gettext_lazy("升级条件"), choices=Waiting)
    after_minutes = forms.IntegerField(
        label=gettext_lazy("派出后超过（分钟）"), min_value=1, max_value=100_000
    )
    to_tier = forms.ChoiceField(label=gettext_lazy("升级到"), choices=Tier, initial=Tier.CONTRACTOR)
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)

    def spec(self) -> RuleSpec:
        """Will give what ``save_rule`` takes."""
        return RuleSpec(**self.cleaned_data)


class PlanForm(forms.Form):
    """Work that is due again and again."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    text = forms.CharField(
        label=gettext_lazy("保养内容"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    asset_code = forms.CharField(
        label=gettext_lazy("设备编码"), max_length=16, required=False,
        help_text=gettext_lazy("只保养一台设备时填写；否则选择设备类别"),
    )  # fmt: skip
    kind = forms.ModelChoiceField(
        label=gettext_lazy("设备类别"), queryset=AssetClass.objects.all(), required=False,
        empty_label=gettext_lazy("不按类别"),
    )  # fmt: skip
    area = AreaChoice(label=gettext_lazy("区域"), queryset=Area.objects.none())
    fault_kind = forms.ModelChoiceField(
        label=gettext_lazy("工单类型"), queryset=FaultKind.objects.none()
    )
    beat = forms.ChoiceField(label=gettext_lazy("周期单位"), choices=Beat)
    every = forms.IntegerField(label=gettext_lazy("每隔"), min_value=1)
    meter = forms.ChoiceField(label=gettext_lazy("读数项目"), required=False)
    first_on = forms.DateField(
        label=gettext_lazy("首次日期"), widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    ahead_days = forms.IntegerField(
        label=gettext_lazy("提前天数"), min_value=0, max_value=90, initial=3
    )
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)

    def __init__(self, data: Any = None, *, viewer: User, plan: MaintenancePlan | None) -> None:
        first = vars(plan) | {
            "asset_code": plan.asset.code if plan.asset else "", "kind": plan.kind_id,
            "area": plan.area_id, "fault_kind": plan.fault_kind_id,
        } if plan else {}  # fmt: skip
        super().__init__(data, initial=first)
        self.viewer = viewer
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = _areas()
        fields["fault_kind"].queryset = selectors.list_kinds(active=True)
        fields["meter"].choices = [("", _("不按读数")), *meter_choices()]

    def clean_asset_code(self) -> Asset | None:
        code = self.cleaned_data["asset_code"].strip()
        if not code:
            return None
        found = Asset.objects.filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_("没有这个编码的设备"))
        return found

    def spec(self) -> PlanSpec:
        """Will give what ``save_plan`` takes."""
        said = self.cleaned_data
        asset, kind = said["asset_code"], said["kind"]
        plain = (
            "name", "text", "area", "fault_kind", "beat", "every", "meter", "first_on",
            "ahead_days", "is_active",
        )  # fmt: skip
        return PlanSpec(
            **{name: said[name] for name in plain},
            asset_id=asset.pk if asset else None,
            kind_id=kind.pk if kind else None,
        )
