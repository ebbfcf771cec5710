"""Shape and conversion of what is entered about readers, tags, batches, passes and rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.alarms.enums import Level
from apps.assets.models import Asset, AssetClass
from apps.assets.selectors import list_assets
from apps.common.narrowing import NarrowingForm
from apps.common.spans import SpanForm
from apps.sensing.models import Device
from apps.sensing.selectors import list_devices
from apps.tagging.enums import Direction, ReaderKind, RuleKind, TagStandard, TagState
from apps.tagging.models import Batch, PassageRule, Reader
from apps.tagging.selectors import list_batches, list_readers, own_units
from apps.tagging.services import BatchSpec, ReaderSpec, RuleSpec, TagSpec

_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
_MOMENT = {"type": "datetime-local"}


class WeekForm(SpanForm):
    """The last seven days, unless others are asked for."""

    usual_days = 7


class PassageFilterForm(WeekForm):
    """Narrows the list of passages."""

    q = forms.CharField(label=_("EPC、部件或批次"), required=False, max_length=130)
    reader: "forms.ModelChoiceField[Reader]" = forms.ModelChoiceField(
        label=_("读写器"), queryset=None, required=False, empty_label=_("全部读写器")
    )
    kind = forms.ChoiceField(
        label=_("来源"), required=False, choices=[("", _("全部来源")), *ReaderKind.choices]
    )
    direction = forms.ChoiceField(
        label=_("方向"), required=False, choices=[("", _("全部方向")), *Direction.choices]
    )
    field_order = ("q", "reader", "kind", "direction", "since", "until")

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["reader"].queryset = list_readers(viewer)

    def wanted(self) -> dict[str, Any]:
        """Will give what ``selectors.list_passages`` takes; rubbish narrows nothing."""
        since, until = self.span()
        given = self.cleaned_data
        return {
            "text": given.get("q", "").strip(),
            "reader": given.get("reader"),
            "kind": given.get("kind", ""),
            "direction": given.get("direction", ""),
            "since": since,
            "until": until,
        }


class ReaderFilterForm(NarrowingForm):
    """Narrows the list of readers."""

    q = forms.CharField(label=_("名称或节点编号"), required=False, max_length=64)
    kind = forms.ChoiceField(
        label=_("类型"), required=False, choices=[("", _("全部类型")), *ReaderKind.choices]
    )


class TagFilterForm(NarrowingForm):
    """Narrows the list of tags."""

    q = forms.CharField(label=_("EPC、TID、部件或批次"), required=False, max_length=124)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部状态")), *TagState.choices]
    )


class BatchFilterForm(NarrowingForm):
    """Narrows the list of batches."""

    q = forms.CharField(label=_("批次号、产品、产地或单位"), required=False, max_length=80)


class PassFilterForm(NarrowingForm):
    """Narrows the list of leaves."""

    q = forms.CharField(label=_("部件名称或编码"), required=False, max_length=80)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), ("open", _("有效")), ("over", _("已结束"))],
    )


class ReaderForm(forms.Form):
    """A device as a reader."""

    device = forms.CharField(
        label=_("节点编号"),
        max_length=64,
        help_text=_("已登记的感知设备；位置和凭据以设备为准"),
    )
    kind = forms.ChoiceField(
        label=_("类型"),
        choices=ReaderKind,
        help_text=_("WiFi 和蓝牙定位只接收已登记标签，其他终端的标识一律丢弃"),
    )
    antennas = forms.CharField(
        label=_("天线方向"),
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("每行一个，例如“1 进”“2 出”；不能判断方向的天线不填"),
    )
    window_s = forms.IntegerField(
        label=_("合并间隔（秒）"),
        initial=60,
        help_text=_("固定通道：同一标签前后两次读取不超过这么久，算同一次通行"),
    )

    def __init__(self, data: Any, *, viewer: User, reader: Reader | None = None) -> None:
        super().__init__(data, initial=_initial_reader(reader) if reader else {})
        self.viewer = viewer
        if reader is not None:
            self.fields["device"].disabled = True

    def clean_device(self) -> Device:
        """The device named, if the person sees it."""
        node = self.cleaned_data["device"].strip()
        device = list_devices(self.viewer).filter(node=node).first()
        if device is None:
            raise forms.ValidationError(gettext("没有节点编号为“%(node)s”的设备") % {"node": node})
        return device

    def clean_antennas(self) -> dict[str, str]:
        """Lines of a number and a direction."""
        words = {"进": "in", "出": "out", "in": "in", "out": "out"}
        found: dict[str, str] = {}
        for line in self.cleaned_data["antennas"].splitlines():
            number, _space, word = line.strip().partition(" ")
            if number:
                found[number] = words.get(word.strip().lower(), word.strip())
        return found

    def spec(self) -> ReaderSpec:
        """Will give the reader as it shall be."""
        return ReaderSpec(**self.cleaned_data)


class TagForm(forms.Form):
    """A tag to register."""

    epc = forms.CharField(label="EPC", max_length=200, help_text=_("十六进制，可带空格或短横线"))
    tid = forms.CharField(label="TID", max_length=48, required=False)
    standard = forms.ChoiceField(label=_("标准"), choices=TagStandard)
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("权属单位"), queryset=None
    )
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def __init__(self, data: Any, *, viewer: User, epc: str = "") -> None:
        super().__init__(data, initial={"epc": epc})
        _offer_units(self, viewer)

    def spec(self) -> TagSpec:
        """Will give the tag as it shall be."""
        return TagSpec(**self.cleaned_data)


class SheetForm(forms.Form):
    """A sheet of tags."""

    file = forms.FileField(label=_("文件"), help_text=_("xlsx 或 CSV，至多 2 万行"))
    partial = forms.BooleanField(label=_("有错误的行跳过，其余照常导入"), required=False)


class BindForm(forms.Form):
    """What a tag is to be bound to: one of the two."""

    asset = forms.CharField(label=_("部件编码"), required=False, max_length=16)
    batch = forms.CharField(label=_("批次号"), required=False, max_length=60)

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        self.viewer = viewer

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        asset, batch = given.get("asset", "").strip(), given.get("batch", "").strip()
        if bool(asset) == bool(batch):
            raise forms.ValidationError(gettext("请填写部件编码或批次号中的一个"))
        given["thing"] = _asset_of(self.viewer, asset) if asset else _batch_of(self.viewer, batch)
        if given["thing"] is None:
            self.add_error(
                "asset" if asset else "batch",
                gettext("没有编码为“%(code)s”的对象") % {"code": asset or batch},
            )
        return given


class BatchForm(forms.Form):
    """A batch."""

    code = forms.SlugField(label=_("批次号"), max_length=60)
    product = forms.CharField(label=_("产品"), max_length=80)
    origin = forms.CharField(label=_("产地"), max_length=120)
    producer = forms.CharField(label=_("生产单位"), max_length=120)
    made_on = forms.DateField(label=_("生产日期"), required=False, widget=_DAY)
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("管理单位"), queryset=None
    )
    gap_hours = forms.IntegerField(
        label=_("间隔超过多少小时算断档"), initial=24, help_text=_("追溯页上标出")
    )
    note = forms.CharField(label=_("说明"), max_length=300, required=False)

    def __init__(self, data: Any, *, viewer: User, batch: Batch | None = None) -> None:
        names = BatchForm.base_fields
        super().__init__(data, initial={n: getattr(batch, n) for n in names} if batch else {})
        _offer_units(self, viewer)

    def spec(self) -> BatchSpec:
        """Will give the batch as it shall be."""
        return BatchSpec(**self.cleaned_data)


class PassForm(forms.Form):
    """Leave for one thing."""

    asset = forms.CharField(label=_("部件编码"), max_length=16)
    reader: "forms.ModelChoiceField[Reader]" = forms.ModelChoiceField(
        label=_("出口"), queryset=None, required=False, empty_label=_("任何出口")
    )
    since = forms.DateTimeField(label=_("自"), widget=forms.DateTimeInput(attrs=_MOMENT))
    until = forms.DateTimeField(label=_("至"), widget=forms.DateTimeInput(attrs=_MOMENT))
    reason = forms.CharField(label=_("事由"), max_length=200)

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        self.viewer = viewer
        fields: dict[str, Any] = self.fields
        fields["reader"].queryset = list_readers(viewer, kind=ReaderKind.FIXED)

    def clean_asset(self) -> Asset:
        """The thing named, if the person sees it."""
        code = self.cleaned_data["asset"].strip()
        asset = _asset_of(self.viewer, code)
        if asset is None:
            raise forms.ValidationError(gettext("没有编码为“%(code)s”的对象") % {"code": code})
        return asset


class RuleForm(forms.Form):
    """A rule on passages."""

    name = forms.CharField(label=_("名称"), max_length=60)
    kind = forms.ChoiceField(label=_("规则"), choices=RuleKind)
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("责任单位"), queryset=None, help_text=_("只看该单位及其下级单位的部件和读写器")
    )
    reader: "forms.ModelChoiceField[Reader]" = forms.ModelChoiceField(
        label=_("只看这个读写器"), queryset=None, required=False, empty_label=_("全部读写器")
    )
    kind_of_thing: "forms.ModelChoiceField[AssetClass]" = forms.ModelChoiceField(
        label=_("只看这类部件"),
        queryset=AssetClass.objects.order_by("code"),
        required=False,
        empty_label=_("全部类别"),
    )
    after_minutes = forms.IntegerField(
        label=_("超过多少分钟"),
        required=False,
        min_value=1,
        help_text=_("“多日未见”和“读写器无消息”填写；一天为 1440"),
    )
    level = forms.TypedChoiceField(
        label=_("告警级别"), choices=Level, coerce=int, initial=Level.YELLOW
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(self, data: Any, *, viewer: User, rule: PassageRule | None = None) -> None:
        names = RuleForm.base_fields
        super().__init__(data, initial={n: getattr(rule, n) for n in names} if rule else {})
        _offer_units(self, viewer)
        fields: dict[str, Any] = self.fields
        fields["reader"].queryset = list_readers(viewer)

    def spec(self) -> RuleSpec:
        """Will give the rule as it shall be."""
        return RuleSpec(**self.cleaned_data)


class MomentForm(forms.Form):
    """A moment somebody asks about."""

    at = forms.DateTimeField(
        label=_("当时"), required=False, widget=forms.DateTimeInput(attrs=_MOMENT)
    )


def _offer_units(form: forms.Form, viewer: User) -> None:
    fields: dict[str, Any] = form.fields
    fields["unit"].queryset = own_units(viewer)


def _asset_of(viewer: User, code: str) -> Asset | None:
    return list_assets(viewer).filter(code=code).first()


def _batch_of(viewer: User, code: str) -> Batch | None:
    return list_batches(viewer).filter(code=code).first()


def _initial_reader(reader: Reader) -> dict[str, Any]:
    names = {"in": "进", "out": "出"}
    return {
        "device": reader.device.node,
        "kind": reader.kind,
        "antennas": "\n".join(f"{n} {names.get(d, d)}" for n, d in reader.antennas.items()),
        "window_s": reader.window_s or 60,
    }
