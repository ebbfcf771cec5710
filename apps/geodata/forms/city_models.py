"""Shape and conversion of what is typed about 3D models and their links."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.geodata import permissions
from apps.geodata.models import CityModel
from apps.geodata.registry import all_targets


class CityModelForm(forms.ModelForm):
    """What is said about a 3D model."""

    class Meta:
        model = CityModel
        fields = ["name", "edition", "viewer_url", "description"]
        help_texts = {
            "viewer_url": _(
                "模型浏览组件的网址，用 {object} 表示模型对象编号，例如 "
                "https://cim.example.gov.cn/view?id={object}"
            )
        }


class CityModelNewForm(CityModelForm):
    """The same with the unit that answers for it."""

    unit = forms.ModelChoiceField(label=_("责任单位"), queryset=Organization.objects.none())

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = permissions.units_kept_by(viewer)
        self.fields["unit"].queryset = Organization.objects.filter(  # type: ignore[attr-defined]
            pk__in=[u.pk for u in units]
        ).select_related("tenant")
        if units:
            self.fields["unit"].initial = units[0].pk


class ModelLinkForm(forms.Form):
    """An object of a model and what it is here."""

    object_id = forms.CharField(label=_("模型对象编号"), max_length=120)
    kind = forms.ChoiceField(label=_("关联类别"))
    target_code = forms.CharField(label=_("编码"), max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = (  # type: ignore[attr-defined]
            [(target.kind, target.word) for target in all_targets()]
        )


class LinksFileForm(forms.Form):
    """A file of links."""

    file = forms.FileField(label=_("文件"), help_text=_("Excel（xlsx）或 CSV"))
