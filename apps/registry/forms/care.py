"""Special groups: who is taken in, what changes, what a visit writes down."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.common import clock
from apps.registry import permissions
from apps.registry.care_bodies import VISIT, cycles, moves_from, visit_label
from apps.registry.forms.files import day_input
from apps.registry.models import Enrolment, SpecialType


class EnrolForm(forms.Form):
    """Into which group a person is taken. The grades and fields follow the type."""

    grade = forms.ChoiceField(label=_("风险等级"))
    worker: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        label=_("责任人"), queryset=User.objects.none(), required=False
    )
    team = forms.CharField(label=_("帮扶小组"), max_length=200, required=False)
    reason = forms.CharField(label=_("纳入依据"), max_length=300)

    def __init__(self, data: Any, *, kind: SpecialType) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["grade"].choices = grade_choices(kind)
        fields["worker"].queryset = workers_of(kind.tenant_id)


class ChangeForm(forms.Form):
    """Another state, grade or worker, with a reason."""

    state = forms.ChoiceField(label=_("状态"), required=False)
    grade = forms.ChoiceField(label=_("风险等级"), required=False)
    worker: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        label=_("责任人"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("不变"),
    )
    reason = forms.CharField(label=_("变更原因"), max_length=300)

    def __init__(self, data: Any, *, enrolment: Enrolment) -> None:
        super().__init__(data, auto_id="change_%s")
        kind = enrolment.type
        unchanged = [("", gettext("不变"))]
        fields: dict[str, Any] = self.fields
        moves = moves_from(kind.body, enrolment.state)
        fields["state"].choices = [*unchanged, *moves]
        fields["grade"].choices = [*unchanged, *grade_choices(kind)]
        fields["worker"].queryset = workers_of(kind.tenant_id)


class GlassForm(forms.Form):
    """An emergency: whom, and why."""

    number = forms.RegexField(
        r"(?i)\AE?0*([0-9]{1,9})\Z",
        label=_("重点人员编号"),
        max_length=12,
        help_text=_("形如 E000012，由责任单位告知"),
    )
    reason = forms.CharField(
        label=_("紧急原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )

    def enrolment_id(self) -> int:
        """Will give the key of the enrolment asked for."""
        return int(str(self.cleaned_data["number"]).lstrip("Ee"))


class PicturesInput(forms.ClearableFileInput):
    """Several pictures at once."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Pictures of one visit, as a list."""

    widget = PicturesInput(attrs={"accept": "image/*"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(PicturesField, self).clean(each, initial) for each in given if each]


class VisitForm(forms.Form):
    """What every visit writes down; the type's own fields follow."""

    kind = forms.ChoiceField(label=_("走访类别"))
    at = forms.DateTimeField(
        label=_("走访时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    findings = forms.CharField(
        label=_("情况"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    next_on = forms.DateField(label=_("下次走访"), required=False, widget=day_input())
    pictures = PicturesField(label=_("照片"), required=False)

    def __init__(self, data: Any, files: Any, *, enrolment: Enrolment | None) -> None:
        super().__init__(data, files, initial={"at": clock.now()})
        kinds = [VISIT]
        if enrolment is not None:
            kinds = list(cycles(enrolment.type.body, enrolment.grade))
        body = enrolment.type.body if enrolment is not None else {}
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = [(code, visit_label(body, code)) for code in kinds]


def grade_choices(kind: SpecialType) -> list[tuple[str, str]]:
    """Will give the grades of a type, each with its cycle."""
    return [
        (
            row["code"],
            gettext("%(label)s（每%(days)s天）")
            % {"label": row["label"], "days": row["visit_days"]},
        )
        for row in kind.body["grades"]
    ]


def workers_of(tenant_id: int) -> Any:
    """Will give who visits special groups in a body."""
    found = users_with_permission(permissions.VISIT_CARE)
    return found.filter(appointments__post__organization__tenant_id=tenant_id).distinct()
