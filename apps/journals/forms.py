"""Shape and conversion of what is entered about logs."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.alarms.enums import Level
from apps.assets.models import Asset
from apps.common import clock
from apps.journals import selectors
from apps.journals.enums import Severity
from apps.journals.models import Host, LineRule
from apps.journals.services import RuleSpec
from apps.places.forms import AreaChoice
from apps.places.models import Area

SPAN_MAX = timedelta(days=31)
_MOMENT = {"type": "datetime-local", "step": "60"}
_DATE = {"type": "date"}


class SearchForm(forms.Form):
    """What is looked for; nonsense narrows nothing, a span too long is cut from its end."""

    q = forms.CharField(label=gettext_lazy("内容包含"), required=False, max_length=100)
    level = forms.TypedChoiceField(
        label=gettext_lazy("级别"), required=False, coerce=int,
        choices=[(int(Severity.DEBUG), gettext_lazy("全部级别")), *(
            (level.value, level.label) for level in Severity if level < Severity.DEBUG
        )],
    )  # fmt: skip
    host = forms.CharField(label=gettext_lazy("主机"), required=False, max_length=64)
    program = forms.CharField(label=gettext_lazy("程序"), required=False, max_length=60)
    since = forms.DateTimeField(
        label=gettext_lazy("开始时间"), required=False,
        widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    until = forms.DateTimeField(
        label=gettext_lazy("结束时间"), required=False,
        widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip

    def wanted(self) -> dict[str, Any]:
        """Will give what ``selectors.search_lines`` takes; without a span the last day."""
        self.is_valid()
        said = self.cleaned_data
        until = said.get("until") or clock.now() + timedelta(minutes=1)
        since = said.get("since") or until - timedelta(days=1)
        level = said.get("level", "")
        if since >= until:
            since = until - timedelta(days=1)
        return {
            "words": str(said.get("q") or "").strip(), "host": str(said.get("host") or "").strip(),
            "program": str(said.get("program") or "").strip(), "until": until,
            "level": int(Severity.DEBUG) if level in ("", None) else level,
            "since": max(since, until - SPAN_MAX),
        }  # fmt: skip


class ReportForm(forms.Form):
    """The days of a report; the last seven where none are given."""

    first = forms.DateField(
        label=gettext_lazy("开始日期"), required=False, widget=forms.DateInput(attrs=_DATE)
    )
    last = forms.DateField(
        label=gettext_lazy("结束日期"), required=False, widget=forms.DateInput(attrs=_DATE)
    )

    def span(self) -> tuple[date, date]:
        """Will give first and last day, 92 at most."""
        self.is_valid()
        last = self.cleaned_data.get("last") or clock.today()
        first = self.cleaned_data.get("first") or last - timedelta(days=6)
        return max(min(first, last), last - timedelta(days=91)), last


class RuleForm(forms.Form):
    """A rule over lines."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    area = AreaChoice(label=gettext_lazy("区域"), queryset=Area.objects.none())
    words = forms.CharField(
        label=gettext_lazy("包含的词"), max_length=100,
        help_text=gettext_lazy("用空格隔开的词须全部出现"),
    )  # fmt: skip
    level = forms.TypedChoiceField(
        label=gettext_lazy("级别不低于"), coerce=int, choices=Severity.choices,
        initial=int(Severity.DEBUG),
    )  # fmt: skip
    host = forms.ModelChoiceField(
        label=gettext_lazy("主机"), queryset=Host.objects.none(), required=False,
        empty_label=gettext_lazy("全部主机"),
    )  # fmt: skip
    program = forms.CharField(label=gettext_lazy("程序"), required=False, max_length=60)
    count = forms.IntegerField(label=gettext_lazy("达到条数"), min_value=1, initial=10)
    minutes = forms.IntegerField(
        label=gettext_lazy("多少分钟内"), min_value=1, max_value=1440, initial=5
    )
    alarm_level = forms.TypedChoiceField(
        label=gettext_lazy("告警级别"), coerce=int, choices=Level.choices,
        initial=int(Level.YELLOW),
    )  # fmt: skip
    is_active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)

    def __init__(self, data: Any = None, *, viewer: User, rule: LineRule | None = None) -> None:
        names = self.base_fields.keys()
        super().__init__(data, initial={n: getattr(rule, n) for n in names} if rule else None)
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = selectors.kept_areas(viewer)
        fields["host"].queryset = selectors.list_hosts(viewer)

    def spec(self) -> RuleSpec:
        """Will give what ``save_rule`` takes."""
        return RuleSpec(**self.cleaned_data)


class HostForm(forms.Form):
    """Where a host is, and which thing of the register."""

    area = AreaChoice(label=gettext_lazy("区域"), queryset=Area.objects.none())
    asset = forms.CharField(
        label=gettext_lazy("部件编码"), required=False, max_length=16,
        help_text=gettext_lazy("填写后，该主机的日志告警归到这个部件"),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, viewer: User, host: Host) -> None:
        code = host.asset.code if host.asset else ""
        super().__init__(data, initial={"area": host.area, "asset": code})
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = selectors.kept_areas(viewer)

    def clean_asset(self) -> Asset | None:
        """A thing by its code. Raises: ValidationError (there is none)."""
        code = self.cleaned_data["asset"].strip()
        found = Asset.objects.select_related("area").filter(code=code).first() if code else None
        if code and found is None:
            raise forms.ValidationError(_("没有这个编码的部件"))
        return found


def local(moment: datetime) -> str:
    """Will write a moment of the city for people, to the minute."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
