"""Shape and conversion of what is entered about enforcement media."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.places.forms import AreaChoice
from apps.places.models import Area
from apps.video import permissions
from apps.video.enums import MediaClass
from apps.video.forms import areas_of, units_within
from apps.video.services import MediaSpec


class MediaFilterForm(forms.Form):
    """Narrows the list of recordings."""

    q = forms.CharField(
        label=gettext_lazy("标题、标注、案件号或执法人员"), required=False, max_length=60
    )
    media_class = forms.ChoiceField(
        label=gettext_lazy("类别"),
        choices=[("", gettext_lazy("全部类别")), *MediaClass.choices],
        required=False,
    )
    held = forms.BooleanField(label=gettext_lazy("只看延期保存"), required=False)

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_media`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "text": (given.get("q") or "").strip(),
            "media_class": given.get("media_class") or "",
            "held": bool(given.get("held")),
        }


class LabelForm(forms.Form):
    """What may be said anew of a recording."""

    label = forms.CharField(label=gettext_lazy("标注"), max_length=200, required=False)
    media_class = forms.ChoiceField(
        label=gettext_lazy("类别"), choices=MediaClass,
        help_text=gettext_lazy("保存期限随类别而定"),
    )  # fmt: skip
    case_number = forms.CharField(label=gettext_lazy("案件号"), max_length=40, required=False)


class MediaForm(LabelForm):
    """A recording to be kept."""

    file = forms.FileField(label=gettext_lazy("文件"))
    title = forms.CharField(label=gettext_lazy("标题"), max_length=80)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("执法单位"), queryset=Organization.objects.none(), to_field_name="code"
    )
    area = AreaChoice(
        label=gettext_lazy("区域"), queryset=Area.objects.none(), to_field_name="code"
    )
    recorded_at = forms.DateTimeField(
        label=gettext_lazy("录制时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    recorder_name = forms.CharField(label=gettext_lazy("执法人员"), max_length=40)
    device_code = forms.CharField(label=gettext_lazy("记录仪编号"), max_length=40, required=False)
    field_order = ("file", "title", "media_class", "label", "unit", "area", "recorded_at")

    def __init__(self, data: Any = None, files: Any = None, *, viewer: User) -> None:
        super().__init__(data, files)
        scope = scope_for(viewer, permissions.KEEP_MEDIA)
        fields: dict[str, Any] = self.fields
        fields["unit"].queryset = units_within(scope)
        fields["area"].queryset = areas_of(scope)

    def spec(self) -> MediaSpec:
        """Will say what was entered of the recording."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "file"}
        return MediaSpec(**given)
