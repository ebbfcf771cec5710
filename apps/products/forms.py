"""Forms of data products; services check again. Source: IO-05."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.common import clock
from apps.common.texts import REASON_LEAST, REASON_MOST
from apps.places.forms import AreaChoice
from apps.places.models import Area
from apps.products import selectors
from apps.products.enums import Grain, ProductState, Step
from apps.products.figures import LONGEST, Span
from apps.products.models import DataProduct
from apps.products.services import ProductSpec
from apps.sensing.models import DeviceProfile


class ProductFilterForm(forms.Form):
    """Narrows and orders the catalogue."""

    q = forms.CharField(label=_("名称或监测量"), required=False, max_length=60)
    mine = forms.ChoiceField(
        label=_("范围"),
        choices=[("", _("全部")), ("read", _("本单位可用")), ("kept", _("本单位提供"))],
        required=False,
    )
    step = forms.ChoiceField(
        label=_("时间步长"), choices=[("", _("全部")), *Step.choices], required=False
    )
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部状态")), *ProductState.choices], required=False
    )
    order = forms.ChoiceField(
        label=_("排序"), choices=[("name", _("名称")), ("newest", _("最近发布"))], required=False
    )

    def wanted(self) -> dict[str, str]:
        """Will give what ``list_products`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        names = ("mine", "step", "state")
        found = {name: given.get(name) or "" for name in names}
        text = (given.get("q") or "").strip()
        return found | {"text": text, "order": given.get("order") or "name"}


class ProductForm(forms.Form):
    """A product as its keeper describes it."""

    name = forms.CharField(label=_("名称"), max_length=60)
    code = forms.SlugField(
        label=_("代码"), max_length=40, help_text=_("小写字母、数字和连字符；接口按代码读取")
    )
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("提供单位"), queryset=None
    )
    area = AreaChoice(label=_("区域"), queryset=Area.objects.none())
    profiles: "forms.ModelMultipleChoiceField[DeviceProfile]" = forms.ModelMultipleChoiceField(
        label=_("设备型号"),
        queryset=DeviceProfile.objects.none(),
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("可多选；监测量和单位须相同，随人或车移动的设备不能选"),
    )
    field_code = forms.ChoiceField(label=_("监测量"))
    grain = forms.ChoiceField(
        label=_("粒度"), choices=Grain, help_text=_("按下级区域时为加权平均，不含单台设备的数据")
    )
    step = forms.ChoiceField(label=_("时间步长"), choices=Step)
    is_open = forms.BooleanField(label=_("本市各单位无须申请即可使用"), required=False)
    description = forms.CharField(
        label=_("说明"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    terms = forms.CharField(
        label=_("使用要求"), required=False, max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, viewer: User, product: DataProduct | None = None, **kwargs: Any
    ) -> None:
        if product is not None:
            plain = (
                "name", "code", "unit", "area", "field_code", "grain", "step", "is_open",
                "description", "terms",
            )  # fmt: skip
            shown = {name: getattr(product, name) for name in plain}
            shown["profiles"] = [one.pk for one in product.profiles.all()]
            kwargs.setdefault("initial", shown)
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = selectors.keepable_units(viewer)
        fields["area"].queryset = selectors.keepable_areas(viewer)
        offered = list(selectors.offerable_fields())
        profiles = {field.profile_id for field in offered}
        fields["profiles"].queryset = DeviceProfile.objects.filter(pk__in=profiles).order_by("name")
        fields["field_code"].choices = [
            (code, label) for code, label in {f.code: str(f) for f in offered}.items()
        ]

    def spec(self) -> ProductSpec:
        """Will give what the form says; only of a form that is valid."""
        given = self.cleaned_data
        return ProductSpec(**(given | {"profiles": list(given["profiles"])}))


class SpanForm(forms.Form):
    """Which days of the city are read, both included; a week where nothing is said."""

    since = forms.DateField(label=_("从"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("到"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, given: Any, *, product: DataProduct) -> None:
        today = clock.today()
        days = min(7, LONGEST[Step(product.step)]) if product.step == Step.HOUR else 31
        usual = {
            "since": (today - timedelta(days=days - 1)).isoformat(),
            "until": today.isoformat(),
        }
        said = {name: given.get(name) or usual[name] for name in usual}
        super().__init__(said)

    def span(self) -> Span:
        """Will give the days; only of a form that is valid."""
        return Span(self.cleaned_data["since"], self.cleaned_data["until"])


class AskForm(forms.Form):
    """Asks for a product."""

    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("申请单位"), queryset=None
    )
    purpose = forms.CharField(
        label=_("用途"), min_length=REASON_LEAST, max_length=REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args: Any, units: list[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = Organization.objects.filter(pk__in=[unit.pk for unit in units])
        field.initial = units[0].pk if units else None


class DecideForm(forms.Form):
    """Decides what somebody asked for."""

    until = forms.DateField(
        label=_("有效至"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("不填为长期有效；拒绝时不用填"),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("理由"), required=False, max_length=REASON_MOST, help_text=_("拒绝时必填")
    )


class ReasonForm(forms.Form):
    """Says why."""

    reason = forms.CharField(label=_("理由"), min_length=REASON_LEAST, max_length=REASON_MOST)
