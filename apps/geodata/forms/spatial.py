"""Shape and conversion of what is typed about views of base libraries."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Tenant, User
from apps.geodata import permissions
from apps.geodata.catalogue import Relation, find_relation, relations, schemas_of
from apps.geodata.models import SpatialView
from apps.geodata.schema import FieldRule, rules_of
from apps.geodata.view_rows import offered_rules


class RelationForm(forms.Form):
    """Which view of a base library, for which unit."""

    unit = forms.ModelChoiceField(label=_("责任单位"), queryset=Organization.objects.none())
    relation = forms.ChoiceField(
        label=_("视图"),
        help_text=_("列出允许的模式里本系统有权读取、含图形列的视图和表"),
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = permissions.units_registered_by(viewer)
        self.fields["unit"].queryset = (  # type: ignore[attr-defined]
            Organization.objects.filter(pk__in=[u.pk for u in units]).select_related("tenant")
        )
        bodies = Tenant.objects.filter(pk__in={u.tenant_id for u in units})
        schemas = {s for code in bodies.values_list("code", flat=True) for s in schemas_of(code)}
        self.fields["relation"].choices = [  # type: ignore[attr-defined]
            (f"{found.schema}.{found.name}", f"{found.schema}.{found.name}")
            for found in relations(schemas)
            if found.geometries
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        unit, place = data.get("unit"), data.get("relation", "")
        if unit and place:
            schema, _dot, name = place.partition(".")
            data["found"] = find_relation(unit.tenant.code, schema, name)
            if data["found"] is None:
                self.add_error("relation", _("该单位所属租户不能使用这个模式"))
        return data


class ReadingForm(forms.Form):
    """Which column names a row, and which holds its place."""

    key = forms.ChoiceField(label=_("主键列"), help_text=_("各行不重复，作为要素编号"))
    geometry = forms.ChoiceField(label=_("图形列"), help_text=_("坐标系须为 4326"))

    def __init__(self, *args: Any, found: Relation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].choices = (  # type: ignore[attr-defined]
            [(c.name, f"{c.name} ({c.type})") for c in found.keys]
        )
        self.fields["geometry"].choices = [  # type: ignore[attr-defined]
            (c.name, f"{c.name} ({c.shape}, {c.srid or '?'})") for c in found.geometries
        ]


class ViewForm(forms.ModelForm):
    """What is said about a view of a base library."""

    class Meta:
        model = SpatialView
        fields = ["name", "description", "color", "visibility", "source", "approval_number"]
        widgets: ClassVar[dict[str, Any]] = {"color": forms.TextInput(attrs={"type": "color"})}


class ViewEditForm(ViewForm):
    """The same once the fields are known."""

    class Meta(ViewForm.Meta):
        fields = [*ViewForm.Meta.fields, "label_field"]
        widgets: ClassVar[dict[str, Any]] = {**ViewForm.Meta.widgets, "label_field": forms.Select}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(f["name"], f["label"]) for f in self.instance.fields]
        self.fields["label_field"].widget.choices = [("", _("不标注")), *named]


class ColumnForm(forms.Form):
    """One column of a view as a field of its layer."""

    source = forms.CharField(widget=forms.HiddenInput, max_length=63)
    is_taken = forms.BooleanField(label=_("选用"), required=False)
    name = forms.CharField(label=_("字段名"), max_length=40)
    label = forms.CharField(label=_("中文名"), max_length=40)

    def rule(self) -> FieldRule:
        """Will give what was typed as a rule; the type is the database's."""
        data = self.cleaned_data
        return FieldRule(data["name"], data["source"], data["label"], is_taken=data["is_taken"])


ColumnFormSet = forms.formset_factory(ColumnForm, extra=0, max_num=200, absolute_max=200)


def column_initial(found: Relation, view: SpatialView | None = None) -> list[dict[str, Any]]:
    """Will give the columns the map can show: as chosen before, else all of them."""
    chosen = {rule.source: rule for rule in rules_of(view.fields)} if view else {}
    return [
        {
            "source": rule.source,
            "is_taken": rule.source in chosen if view else True,
            "name": chosen[rule.source].name if rule.source in chosen else rule.name,
            "label": chosen[rule.source].label if rule.source in chosen else rule.label,
        }
        for rule in offered_rules(found)
    ]
