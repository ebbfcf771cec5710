"""The filters of queues and search: shape and conversion only."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import list_organizations
from apps.common import clock, dictionaries, forms_data
from apps.common.errors import InvalidInput
from apps.matters.actions.intake import CLASS_DICTIONARY
from apps.matters.bands import band_choices, in_band
from apps.matters.enums import Channel, Priority, StateCategory
from apps.matters.models import Case, MatterType
from apps.matters.selectors.board import order_q, returned_q
from apps.matters.selectors.matters import in_force
from apps.matters.selectors.visible import matching
from apps.matters.services.responsibilities import NewLine
from apps.places.models import Area
from apps.places.selectors import area_prefixes

ORDERS = {
    "": (),
    "due": ("due_at", "id"),
    "newest": ("-id",),
    "oldest": ("id",),
}


_COLUMNS = {
    "class_code": "class_code",
    "channel": "channel",
    "priority": "priority",
    "unit": "unit",
    "matter": "matter_type__code",
    "category": "category",
}


class CaseFilterForm(forms.Form):
    """Narrows a list of cases; every field may be left empty, rubbish is shown as an error.

    deep_names: the fields seldom used, which the page folds away.
    """

    deep_names = (
        "matter", "category", "band", "orders", "returned",
        "channel", "priority", "opened_from", "opened_to",
    )  # fmt: skip

    q = forms.CharField(
        label=_("搜索"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("标题、内容或受理编号")}),
    )
    class_code = forms.ChoiceField(label=_("分类"), required=False)
    matter = forms.ChoiceField(label=_("事项"), required=False)
    category = forms.ChoiceField(label=_("阶段"), required=False)
    band = forms.ChoiceField(label=_("剩余时间"), required=False)
    orders = forms.ChoiceField(
        label=_("督办"),
        required=False,
        choices=[
            ("", _("全部")),
            ("open", _("未回复")),
            ("late", _("逾期未回复")),
            ("answered", _("近7天已回复")),
        ],
    )
    returned = forms.ChoiceField(
        label=_("退单"),
        required=False,
        choices=[("", _("全部")), ("1", _("近30天退过单")), ("2", _("近30天反复退单"))],
    )
    channel = forms.ChoiceField(label=_("渠道"), required=False)
    priority = forms.ChoiceField(label=_("紧急程度"), required=False)
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("承办单位"), required=False, queryset=None, empty_label=_("全部")
    )
    area: "forms.ModelChoiceField[Area]" = forms.ModelChoiceField(
        label=_("区域"), required=False, queryset=None, empty_label=_("全部")
    )
    opened_from = forms.DateField(
        label=_("登记自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    opened_to = forms.DateField(
        label=_("登记至"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    order = forms.ChoiceField(
        label=_("排序"),
        required=False,
        choices=[
            ("", _("默认")),
            ("due", _("最先到期")),
            ("newest", _("最新登记")),
            ("oldest", _("最早登记")),
        ],
    )

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        for field in self.fields.values():
            is_choice = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"
        everything = [("", _("全部"))]
        fields: dict[str, Any] = self.fields
        fields["class_code"].choices = everything + list(dictionaries.choices(CLASS_DICTIONARY))
        fields["category"].choices = everything + list(StateCategory.choices)
        fields["band"].choices = everything + band_choices()
        fields["channel"].choices = everything + list(Channel.choices)
        fields["priority"].choices = everything + list(Priority.choices)
        fields["matter"].choices = everything + list(in_force().values_list("code", "name"))
        self.own = self._own_fields()
        # Names to choose from: a boundary of thousands of corners is no part of a page of cases.
        fields["unit"].queryset = list_organizations(viewer).only("name", "short_name", "path")
        fields["area"].queryset = (
            Area.objects.filter(level__is_cell=False, valid_to__isnull=True)
            .filter(level__depth__lte=2)
            .only("name", "path")
            .order_by("path")
        )

    def _own_fields(self) -> dict[str, Mapping[str, Any]]:
        """Adds the fields the chosen matter lets itself be searched by; nothing typed, nothing
        asked for."""
        code = self.data.get("matter", "") if hasattr(self.data, "get") else ""
        chosen = in_force().filter(code=code).first() if code else None
        version = chosen.current_version if chosen else None
        if version is None:
            return {}
        definition = version.body.get("form", {})
        built = forms_data.build_form(definition)().fields
        own = {f"own_{e['name']}": e for e in forms_data.searchable_fields(definition)}
        for name, entry in own.items():
            field: Any = built[entry["name"]]
            if entry["type"] == "boolean":
                field = forms.ChoiceField(
                    label=entry["label"],
                    required=False,
                    choices=[("", _("全部")), ("yes", _("是")), ("no", _("否"))],
                )
            field.help_text = ""
            is_choice = isinstance(field, forms.ChoiceField)
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"
            self.fields[name] = field
        return own

    def _holding(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """What the kept values of the matter's own fields must contain."""
        held: dict[str, Any] = {}
        for name, entry in self.own.items():
            value = wanted.get(name)
            if value in (None, "", []):
                continue
            if entry["type"] == "boolean":
                value = value == "yes"
            held[entry["name"]] = value.isoformat() if isinstance(value, date) else value
        return held

    def apply(self, cases: QuerySet[Case]) -> QuerySet[Case]:
        """Will narrow and order a list; an invalid form narrows nothing."""
        if not self.is_valid():
            return cases
        wanted = self.cleaned_data
        for name, column in _COLUMNS.items():
            if wanted[name]:
                cases = cases.filter(**{column: wanted[name]})
        cases = cases.filter(_watched(wanted))
        if held := self._holding(wanted):
            # The exclusion lets the planner use the index of filled-in forms.
            cases = cases.filter(form_data__contains=held).exclude(form_data={})
        if wanted["area"]:
            below = Q()
            for prefix in area_prefixes(wanted["area"]):
                below |= Q(area_path__startswith=prefix)
            cases = cases.filter(below)
        if wanted["opened_from"]:
            cases = cases.filter(opened_at__gte=_midnight(wanted["opened_from"]))
        if wanted["opened_to"]:
            end = _midnight(wanted["opened_to"] + timedelta(days=1))
            cases = cases.filter(opened_at__lt=end)
        if wanted["q"]:
            cases = cases.filter(matching(wanted["q"]))
        order = ORDERS[wanted["order"]]
        return cases.order_by(*order) if order else cases

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"].strip()
        if text:
            try:
                matching(text)
            except InvalidInput as error:
                raise forms.ValidationError(str(error)) from error
        return text

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return self.is_valid() and any(
            value for name, value in self.cleaned_data.items() if name != "order"
        )

    @property
    def is_deep(self) -> bool:
        """Whether one of the folded fields is in use, so that the page shows them."""
        return any(self[name].value() for name in self.deep_names)


def _watched(wanted: dict[str, Any]) -> Q:
    """What the supervision board counts, as conditions on a list."""
    now, found = clock.now(), Q()
    if wanted["band"]:
        found &= in_band(wanted["band"], now)
    if wanted["orders"]:
        found &= order_q(wanted["orders"], now)
    if wanted["returned"]:
        found &= returned_q(int(wanted["returned"]), now)
    return found


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class NewCaseForm(forms.Form):
    """What every case has, whatever its matter. Limits of length are the service's."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("标题"), max_length=120)
    text = forms.CharField(
        label=_("内容"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    channel = forms.ChoiceField(
        label=_("来源渠道"),
        choices=[(c.value, c.label) for c in Channel if c not in (Channel.API, Channel.IMPORT)],
    )
    address = forms.CharField(label=_("地点"), required=False, max_length=200)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)


class LinkForm(forms.Form):
    """Names another case by its receipt number, and how it is related."""

    number = forms.CharField(label=_("受理编号"), max_length=20)
    kind = forms.ChoiceField(
        label=_("关系"),
        choices=[("duplicate_of", _("与其重复")), ("related", _("与其相关"))],
    )


class ResponsibilityForm(forms.Form):
    """A line of the list of responsibilities; an empty class or matter means every one."""

    class_code = forms.ChoiceField(label=_("分类"), required=False)
    matter_type: "forms.ModelChoiceField[MatterType]" = forms.ModelChoiceField(
        label=_("事项"), required=False, queryset=None, empty_label=_("全部事项")
    )
    area: "forms.ModelChoiceField[Area]" = forms.ModelChoiceField(label=_("区域"), queryset=None)
    unit: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("责任单位"), queryset=None
    )
    legal_basis = forms.CharField(label=_("法定依据"), required=False, max_length=300)
    source = forms.CharField(label=_("来源"), required=False, max_length=120)
    valid_from = forms.DateField(
        label=_("生效日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    replaces = forms.BooleanField(
        label=_("同一分类和区域原有的条目同时失效"), required=False, initial=True
    )

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        everything = [("", _("全部分类"))]
        fields["class_code"].choices = everything + list(dictionaries.choices(CLASS_DICTIONARY))
        fields["matter_type"].queryset = MatterType.objects.order_by("name")
        fields["unit"].queryset = list_organizations(viewer)
        fields["area"].queryset = (
            Area.objects.filter(level__is_cell=False, valid_to__isnull=True)
            .filter(level__depth__lte=3)
            .order_by("path")
        )

    @property
    def line(self) -> NewLine:
        """The line as the services take it."""
        wanted = {k: v for k, v in self.cleaned_data.items() if k != "replaces"}
        return NewLine(**wanted)


class ResponsibilityFileForm(forms.Form):
    """A file of lines."""

    file = forms.FileField(label=_("权责清单文件（Excel 或 CSV）"))
    replaces = forms.BooleanField(
        label=_("同一分类和区域原有的条目同时失效"), required=False, initial=True
    )
