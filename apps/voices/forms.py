"""Shape of what the pages of this app take."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.common import clock, dictionaries
from apps.common.narrowing import NarrowingForm
from apps.matters.registry import CLASS_DICTIONARY
from apps.places.forms import AreaChoice
from apps.places.models import Area
from apps.voices.enums import DismissReason, TopicSource, TopicState, Window
from apps.voices.models import Topic


class GroupFilterForm(forms.Form):
    """Narrows the list of groups."""

    q = forms.CharField(label=_("标题、内容或受理编号"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=_("状态"),
        choices=[("", _("全部")), ("open", _("办理中")), ("ended", _("已结束"))],
        required=False,
    )
    least = forms.IntegerField(label=_("至少件数"), required=False, min_value=2, max_value=1000)

    def wanted(self) -> dict[str, Any]:
        """Will give what ``list_groups`` takes; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        text = (given.get("q") or "").strip()
        return {
            "text": text if len(text) > 1 else "",
            "state": given.get("state") or "",
            "least": given.get("least") or 0,
        }


class JoinForm(forms.Form):
    """Two cases and why they are one problem."""

    main = forms.IntegerField(min_value=1, max_value=2**62, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("合并理由"), max_length=300)
    answer = forms.CharField(
        label=_("给反映人的答复"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReasonForm(forms.Form):
    """Why a merge is undone."""

    reason = forms.CharField(label=_("拆开理由"), max_length=300)


class AnswerForm(forms.Form):
    """One answer for every voice."""

    answer = forms.CharField(
        label=_("统一答复"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("逐件发给每位反映人，受理编号各为其本人的；请勿写任何人的姓名、电话"),
    )


class SpotFilterForm(forms.Form):
    """Narrows the list of hot spots."""

    q = forms.CharField(label=_("区域或类别"), required=False, max_length=60)
    window = forms.ChoiceField(
        label=_("时段"), choices=[("", _("全部时段")), *Window.choices], required=False
    )
    days = forms.ChoiceField(
        label=_("发现于"),
        choices=[("7", _("近 7 天")), ("30", _("近 30 天")), ("90", _("近 90 天"))],
        required=False,
    )

    def wanted(self) -> dict[str, Any]:
        """Will give text, window and days; nonsense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "text": (given.get("q") or "").strip(),
            "window": int(given.get("window") or 0),
            "days": int(given.get("days") or 7),
        }


class StopPhraseForm(forms.Form):
    """Words that never count as rising."""

    text = forms.CharField(label=_("停用词"), min_length=2, max_length=20)


class TopicFilterForm(NarrowingForm):
    """Narrows the list of topics."""

    q = forms.CharField(label=_("专题名称"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=_("状态"),
        choices=[("", _("全部")), ("live", _("未结束")), *TopicState.choices],
        required=False,
    )
    source = forms.ChoiceField(
        label=_("来源"), choices=[("", _("全部来源")), *TopicSource.choices], required=False
    )


class ConfirmForm(forms.Form):
    """The name of a topic and who answers for it."""

    name = forms.CharField(label=_("专题名称"), max_length=60)
    unit = forms.ModelChoiceField(label=_("责任单位"), queryset=Organization.objects.none())

    def __init__(self, *args: Any, topic: Topic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Organization.objects.filter(tenant_id=topic.tenant_id, is_active=True)
        self.fields["unit"].queryset = units.order_by("path")  # type: ignore[attr-defined]
        self.fields["name"].initial = topic.name
        self.fields["unit"].initial = topic.unit_id


class DismissForm(forms.Form):
    """Why a topic is none."""

    reason = forms.ChoiceField(label=_("排除原因"), choices=DismissReason.choices)
    note = forms.CharField(label=_("说明"), max_length=300, required=False)


class EarlyForm(forms.Form):
    """How long the unit has."""

    days = forms.IntegerField(label=_("办理天数"), min_value=1, max_value=60, initial=7)


class CloseForm(forms.Form):
    """Why a topic ends without a case."""

    note = forms.CharField(label=_("结束说明"), max_length=300)


class CompareForm(forms.Form):
    """A policy, its day, and where it should show."""

    area = AreaChoice(label=_("区域"), queryset=Area.objects.none())
    class_code = forms.ChoiceField(label=_("类别"))
    day = forms.DateField(label=_("政策实施日期"), widget=forms.DateInput(attrs={"type": "date"}))
    days = forms.IntegerField(label=_("前后各多少天"), min_value=7, max_value=180, initial=28)

    def __init__(self, *args: Any, paths: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = Area.objects.valid_on(clock.today()).filter(level__is_cell=False)
        reach = here.none()
        for path in paths:
            reach = reach | here.filter(path__startswith=path)
        self.fields["area"].queryset = reach.defer("boundary").order_by("code")  # type: ignore[attr-defined]
        self.fields["class_code"].choices = dictionaries.choices(CLASS_DICTIONARY)  # type: ignore[attr-defined]
