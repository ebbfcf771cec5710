"""Files, their search and links; choices depend on the viewer."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.common import clock
from apps.common.forms_data import DataForm, build_form, initial_of
from apps.places.forms import AreaChoice
from apps.places.models import Area
from apps.registry import permissions
from apps.registry.care_bodies import LONGEST_CYCLE_DAYS
from apps.registry.core_fields import ID_NUMBER
from apps.registry.enums import FileKind
from apps.registry.models import Edit, RegistryFile
from apps.registry.selectors.links import kinds_between
from apps.registry.selectors.values import form_of, masked_values

_EVERY_KIND = [("", _("全部类型")), *FileKind.choices]


def day_input() -> forms.DateInput:
    """The browser's own calendar, which takes a first value in this one form only."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def areas_of(viewer: User, *rights: str, with_cells: bool = False, chosen: str = "") -> Any:
    """Will give the areas that the viewer reaches by these rights, for a choice.

    chosen: key of one that is among them though it be a cell, as a link from a cell's page.
    """
    scope = scope_for(viewer, *rights)
    found = Area.objects.filter(area_scope_q(scope, "path"), valid_to=None)
    if not with_cells:
        own = Q(pk=int(chosen)) if chosen.isdecimal() and len(chosen) < 10 else Q(pk__in=[])
        found = found.filter(Q(level__is_cell=False) | own)
    return found.defer("boundary").order_by("path")


class FileFilterForm(forms.Form):
    """One search for all: whole name, telephone or identity number, part of the address."""

    q = forms.CharField(label=_("姓名、电话、身份证号或地址"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("类型"), required=False, choices=_EVERY_KIND)
    area = AreaChoice(
        label=_("区域"), required=False, queryset=Area.objects.none(), empty_label=_("全部区域")
    )
    closed = forms.BooleanField(label=_("已注销"), required=False)

    def __init__(self, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = areas_of(
            viewer, *permissions.READERS, chosen=data.get("area", "")
        )

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_files`` takes; nonsense narrows nothing."""
        self.is_valid()
        found = self.cleaned_data
        area = found.get("area")
        return {
            "text": found.get("q", ""),
            "kind": found.get("kind", ""),
            "area_path": area.path if area else "",
            "closed": found.get("closed", False),
        }


class PurposeForm(forms.Form):
    """What somebody wants to see it for."""

    purpose = forms.CharField(label=_("查看用途"), min_length=2, max_length=200)


class CycleForm(forms.Form):
    """How often a file is visited; empty: no longer."""

    days = forms.IntegerField(
        label=_("走访周期（天）"),
        required=False,
        min_value=1,
        max_value=LONGEST_CYCLE_DAYS,
        help_text=_("不填则不再定期走访"),
    )


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("原因"), max_length=200)


class ImportForm(forms.Form):
    """A file of readings."""

    file = forms.FileField(label=_("用量文件（Excel 或 CSV）"))
    partial = forms.BooleanField(label=_("有错误的行跳过，其余导入"), required=False)


class LinkForm(forms.Form):
    """A relation with another file, found by its number or its exact name or address."""

    kind = forms.ChoiceField(label=_("关系"))
    other = forms.CharField(
        label=_("对方档案"),
        max_length=120,
        help_text=_("填写档案编号、姓名、名称、电话或房屋编码"),
    )
    from_on = forms.DateField(label=_("开始日期"), widget=day_input())
    to_on = forms.DateField(label=_("结束日期"), widget=day_input(), required=False)
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def __init__(self, data: Any, *, file: RegistryFile) -> None:
        super().__init__(data, initial={"from_on": clock.today()}, auto_id="link_%s")
        forward = [(f"{k.code}:to", f"{k.name} →") for k in kinds_between(from_kind=file.kind)]
        back = [(f"{k.code}:from", f"{k.back_name} ←") for k in kinds_between(to_kind=file.kind)]
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = [*forward, *back]


class RelateForm(forms.Form):
    """A person and a house that belong together."""

    person = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    house = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    kind = forms.ChoiceField(label=_("关系"))
    from_on = forms.DateField(label=_("开始日期"), widget=day_input())

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"from_on": clock.today()})
        kinds = kinds_between(FileKind.PERSON, FileKind.PREMISES)
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = [(kind.code, kind.name) for kind in kinds]


def file_form(
    kind: str, data: Any, *, viewer: User, file: RegistryFile | None, start: dict[str, Any]
) -> DataForm:
    """Will give the form of a kind, with the area asked where there is no point.

    file: the one that is changed; what is masked is shown masked and counts as untouched when
    it comes back so. start: what the city knows already of a new one.
    """
    definition = form_of(kind)
    shown = start
    if file is not None:
        shown = {n: v for n, v in masked_values(file, definition).items() if n != ID_NUMBER}
    known = initial_of(definition, shown)
    form = build_form(definition)(data, initial=known)
    fields: dict[str, Any] = form.fields
    if file is not None:
        _soften(form, file)
    fields["area"] = AreaChoice(
        label=gettext("所在区域"),
        queryset=areas_of(viewer, *permissions.WRITERS, with_cells=True),
        required=False,
        to_field_name="code",
        help_text=gettext("在地图上选点后，以点位所在网格为准"),
    )
    if file is not None:
        fields["area"].initial = file.area.code
    return form


def sent_values(form: DataForm, *, file: RegistryFile | None) -> dict[str, Any]:
    """Will give what the form says, by field; of a file only what was touched."""
    if file is None:
        names = [name for name in form.fields if name != "area"]
    else:
        names = [n for n in form.changed_data if n != "area"]
    found = {name: form[name].data for name in names}
    return found | {"area": form["area"].data}


def _soften(form: DataForm, file: RegistryFile) -> None:
    """Masked values stand in the form of a change, and would not pass as typed ones."""
    for name, field in form.fields.items():
        if getattr(field, "masked", False):
            form.fields[name] = forms.CharField(
                label=field.label,
                required=False,
                max_length=200,
                help_text=gettext("部分信息已隐藏，不改动则保持原值"),
            )
    if file.kind == FileKind.PERSON and ID_NUMBER in form.fields:
        form.fields[ID_NUMBER].initial = file.person.id_shown


class SettleForm(forms.Form):
    """Which side counts, field by field."""

    def __init__(self, data: Any, *, edit: Edit, labels: dict[str, str]) -> None:
        super().__init__(data)
        for name in edit.conflicts:
            self.fields[name] = forms.ChoiceField(
                label=labels.get(name, name),
                choices=[("theirs", gettext("保留现有")), ("ours", gettext("采用新填"))],
                widget=forms.RadioSelect,
            )
