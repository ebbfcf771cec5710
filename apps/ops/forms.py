"""Shape and conversion of what is entered about orders: filters, report, deeds, repair."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.accounts.selectors import list_organizations
from apps.assets.models import Asset
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.matters.enums import SuspensionReason
from apps.ops import selectors
from apps.ops.enums import Cause, OrderSource, OrderState
from apps.ops.models import FaultLevel, MaintenanceContract, WorkOrder
from apps.ops.services import (
    PHOTOS_MAX,
    Confirmation,
    FaultReport,
    PartSpec,
    RepairSpec,
    read_parts,
)
from apps.places.forms import AreaChoice
from apps.places.models import Area

_DATE = {"type": "date"}
_MOMENT = {"type": "datetime-local", "step": "60"}


class MultipleFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Several pictures at once; gives a list of uploads."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"accept": "image/*", "multiple": True}
        super().__init__(widget=MultipleFiles(attrs=attrs), required=False, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) else [data]
        if len(given) > PHOTOS_MAX:
            raise forms.ValidationError(_("每组照片最多%d张") % PHOTOS_MAX)
        return [super(PicturesField, self).clean(one, initial) for one in given if one]


class OrderFilterForm(forms.Form):
    """Narrows the list of orders (OP-12)."""

    name = forms.CharField(
        label=gettext_lazy("设备名称、编码或工单号"), required=False, max_length=60
    )
    whose = forms.ChoiceField(
        label=gettext_lazy("经办"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            (selectors.MINE, gettext_lazy("我的")),
            (selectors.OTHERS, gettext_lazy("他人的")),
        ],
    )
    source = forms.ChoiceField(
        label=gettext_lazy("异常来源"),
        required=False,
        choices=[("", gettext_lazy("全部")), *OrderSource.choices],
    )
    area = AreaChoice(
        label=gettext_lazy("所属区域"),
        queryset=Area.objects.none(),
        required=False,
        empty_label=gettext_lazy("全部"),
    )
    from_on = forms.DateField(
        label=gettext_lazy("上报自"), required=False, widget=forms.DateInput(attrs=_DATE)
    )
    to_on = forms.DateField(
        label=gettext_lazy("上报至"), required=False, widget=forms.DateInput(attrs=_DATE)
    )
    level: "forms.ModelChoiceField[FaultLevel]" = forms.ModelChoiceField(
        label=gettext_lazy("故障等级"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("全部"),
    )
    vendor: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=gettext_lazy("维保单位"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("全部"),
    )
    late = forms.ChoiceField(
        label=gettext_lazy("超时"),
        required=False,
        choices=[("", gettext_lazy("全部")), ("1", gettext_lazy("响应或修复超时"))],
    )
    deep_names = ("area", "from_on", "to_on", "level", "vendor", "late")

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = Area.objects.filter(
            level__is_cell=False, valid_to__isnull=True, level__depth__lte=2
        ).order_by("path")
        fields["level"].queryset = selectors.list_levels()
        seen = selectors.visible_orders(viewer).order_by().values("vendor")
        fields["vendor"].queryset = list_organizations(viewer).filter(pk__in=seen)
        for field in fields.values():
            is_choice = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return any(self.data.get(name) for name in self.fields)

    @property
    def is_deep(self) -> bool:
        """Whether one of the folded-away fields narrows."""
        return any(self.data.get(name) for name in self.deep_names)

    def wanted(self) -> dict[str, Any]:
        """Will give what ``narrowed`` takes; nonsense narrows nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def state_of(text: str) -> str:
    """Will give a state of an order, "" for nonsense."""
    return text if text in OrderState.values else ""


class ReportForm(forms.Form):
    """A fault as somebody reports it; the thing is chosen by search, address or QR code."""

    asset_id = forms.ModelChoiceField(
        label=gettext_lazy("设备"), queryset=Asset.objects.none(), required=False,
        widget=forms.HiddenInput,
    )  # fmt: skip
    about = forms.CharField(
        label=gettext_lazy("异常设备名称"), max_length=120, required=False,
        help_text=gettext_lazy("设备不在台账中时填写，如系统、链路、机房的名称"),
    )  # fmt: skip
    fault_kind = forms.ChoiceField(label=gettext_lazy("故障类型"))
    level = forms.ChoiceField(
        label=gettext_lazy("故障等级"), required=False,
        help_text=gettext_lazy("不选则按故障类型的默认等级"),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("故障情况"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    photos = PicturesField(label=gettext_lazy("照片"))
    source = forms.CharField(widget=forms.HiddenInput, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def __init__(self, *args: Any, assets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["asset_id"].queryset = assets
        fields["fault_kind"].choices = [
            ("", _("请选择")), *((k.code, k.name) for k in selectors.list_kinds(active=True)),
        ]  # fmt: skip
        fields["level"].choices = [
            ("", _("按故障类型")), *((one.number, str(one)) for one in selectors.list_levels()),
        ]  # fmt: skip

    def report(self, files: list[Any]) -> FaultReport:
        """Will give what ``report_fault`` takes. files: the stored pictures."""
        said = self.cleaned_data
        return FaultReport(
            fault_kind=said["fault_kind"],
            text=said["text"],
            source=said["source"] or OrderSource.HOME,
            asset_id=said["asset_id"].pk if said["asset_id"] else None,
            about=said["about"],
            level=int(said["level"]) if said["level"] else None,
            files=files,
        )


class _ContractForm(forms.Form):
    """Level and contract, as the rule proposes and the manager decides."""

    level = forms.TypedChoiceField(label=gettext_lazy("故障等级"), coerce=int)
    contract_id = forms.ModelChoiceField(
        label=gettext_lazy("维保合同"), queryset=MaintenanceContract.objects.none()
    )

    def __init__(self, data: Any = None, *, viewer: User, order: WorkOrder) -> None:
        super().__init__(data, initial=self.initial_of(order))
        fields: dict[str, Any] = self.fields
        fields["level"].choices = [(one.number, str(one)) for one in selectors.list_levels()]
        usable = selectors.usable_contracts(viewer, order.case.tenant_id)
        fields["contract_id"].queryset = usable
        fields["contract_id"].label_from_instance = lambda c: (
            f"{c} · {c.vendor} · {c.get_tier_display()}"
        )
        if order.because:
            fields["contract_id"].help_text = _("规则建议：%s") % order.because

    @staticmethod
    def initial_of(order: WorkOrder) -> dict[str, Any]:
        """Will give what the order says now."""
        return {
            "level": order.level.number, "contract_id": order.contract_id, "cause": order.cause,
            "is_planned": order.is_planned,
        }  # fmt: skip


class ConfirmForm(_ContractForm):
    """How a manager confirms a report."""

    cause = forms.ChoiceField(label=gettext_lazy("故障原因"), choices=Cause.choices, required=False)
    is_planned = forms.BooleanField(label=gettext_lazy("计划内停用"), required=False)
    note = forms.CharField(
        label=gettext_lazy("交办要求"), required=False, max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def said(self) -> Confirmation:
        """Will give what ``confirm_order`` takes."""
        said = self.cleaned_data
        return Confirmation(
            said["level"], said["contract_id"].pk, said["cause"], said["is_planned"], said["note"]
        )


class ReassignForm(_ContractForm):
    """Another contract, and why."""

    reason = forms.CharField(
        label=gettext_lazy("改派理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class RepairForm(forms.Form):
    """What the repairer did. Parts are typed a line each, so that a phone can do it too."""

    text = forms.CharField(
        label=gettext_lazy("处理情况"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    cause = forms.ChoiceField(label=gettext_lazy("故障原因"))
    from_at = forms.DateTimeField(
        label=gettext_lazy("开始时间"),
        widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M"),
    )
    to_at = forms.DateTimeField(
        label=gettext_lazy("修复时间"),
        widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M"),
    )
    parts = forms.CharField(
        label=gettext_lazy("使用配件"), required=False, max_length=3000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("每行一项：名称，数量，单价（元）。例：12V电源，1，85"),
    )  # fmt: skip
    cost = forms.DecimalField(
        label=gettext_lazy("人工等费用（元）"), required=False, min_value=0, max_digits=10,
        decimal_places=2,
    )  # fmt: skip
    before = PicturesField(label=gettext_lazy("维修前照片"))
    after = PicturesField(label=gettext_lazy("维修后照片"))

    def __init__(self, data: Any = None, files: Any = None, *, order: WorkOrder) -> None:
        now = timezone.localtime(clock.now()).replace(second=0, microsecond=0)
        first = {"from_at": now - timedelta(minutes=30), "to_at": now, "cause": order.cause}
        super().__init__(data, files, initial=first)
        fields: dict[str, Any] = self.fields
        fields["cause"].choices = [("", _("请选择")), *(c for c in Cause.choices if c[0])]
        if order.fault_kind.needs_photo:
            fields["after"].help_text = _("此类故障须有维修后照片才能确认办结")

    def clean_parts(self) -> list[PartSpec]:
        """Will read the lines. Raises: ValidationError (naming the line)."""
        try:
            return read_parts(self.cleaned_data["parts"])
        except InvalidInput as error:
            raise forms.ValidationError(str(error)) from error

    def said(self, before: list[Any], after: list[Any]) -> RepairSpec:
        """Will give what ``feed_back`` takes. before, after: stored pictures."""
        given = self.cleaned_data
        return RepairSpec(
            text=given["text"], cause=given["cause"], from_at=given["from_at"],
            to_at=given["to_at"], cost=given["cost"] or Decimal(0), parts=given["parts"],
            before=before, after=after,
        )  # fmt: skip


# --- Deeds ----------------------------------------------------------------------------------


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("说明"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class TextForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("内容"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReplyForm(forms.Form):
    reply = forms.CharField(
        label=gettext_lazy("回复"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class RuleForm(forms.Form):
    decision = forms.ChoiceField(
        label=gettext_lazy("裁定"),
        choices=[("approve", gettext_lazy("同意")), ("reject", gettext_lazy("不同意"))],
    )
    opinion = forms.CharField(
        label=gettext_lazy("裁定意见"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ExtendForm(ReasonForm):
    hours = forms.IntegerField(label=gettext_lazy("申请延长（小时）"), min_value=1, max_value=1440)


class ExtendDaysForm(ReasonForm):
    days = forms.IntegerField(label=gettext_lazy("申请延长（天）"), min_value=1, max_value=60)


class SuspendForm(ReasonForm):
    reason_code = forms.ChoiceField(label=gettext_lazy("挂起理由"), choices=SuspensionReason)
    wake_on = forms.DateField(
        label=gettext_lazy("恢复日期"), widget=forms.DateInput(attrs=_DATE),
        help_text=gettext_lazy("到日自动恢复办理"),
    )  # fmt: skip


DEED_FORMS: Mapping[str, type[forms.Form]] = {
    "sign": forms.Form,
    "close": NoteForm,
    "redo": ReasonForm,
    "void": ReasonForm,
    "request_extension": ExtendForm,
    "rule_extension": RuleForm,
    "request_suspension": SuspendForm,
    "rule_suspension": RuleForm,
    "resume": ReasonForm,
    "urge": TextForm,
    "reply_order": ReplyForm,
    "remark": NoteForm,
}


def deed_form(code: str, order: WorkOrder, data: Any = None) -> forms.Form:
    """Will give the form of one deed on an order. Raises: KeyError (no such deed)."""
    kind = DEED_FORMS[code]
    if code == "request_extension" and order.restore_limit["unit"].endswith("_days"):
        kind = ExtendDaysForm
    return kind(data, prefix=None, auto_id=f"id_{code}_%s")
