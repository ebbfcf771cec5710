from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.clocks.engine import Limit, Spans, format_spans, parse_spans
from apps.clocks.enums import DayKind, LimitUnit, Weekday
from apps.clocks.models import Calendar
from apps.clocks.notice import NoticeDay
from apps.common import clock

MAX_NOTICE_BYTES = 512 * 1024
_LOCAL = "%Y-%m-%dT%H:%M"


def parse_day(text: str) -> date | None:
    """Will read 2026-10-01, or give None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class KitForm(forms.Form):
    """A form whose widgets carry the classes of the page kit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            _dress(field)


def _dress(field: forms.Field) -> None:
    is_choice = isinstance(field.widget, forms.Select)
    field.widget.attrs.setdefault("class", "form-select" if is_choice else "form-control")


class SpansField(forms.CharField):
    """Working time written as 09:00-12:00, 13:30-17:30; gives it in one form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=100, **kwargs)

    def clean(self, value: Any) -> str:
        try:
            return format_spans(parse_spans(super().clean(value)))
        except ValueError as error:
            raise forms.ValidationError(_("请写成 09:00-12:00, 13:30-17:30")) from error


class CalculatorForm(KitForm):
    """When does a limit end that starts at a moment?"""

    start = forms.DateTimeField(
        label=_("起算时间"),
        input_formats=[_LOCAL, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL),
    )
    amount = forms.DecimalField(
        label=_("时限"), min_value=Decimal("0.01"), max_value=3650, decimal_places=2, initial=5
    )
    unit = forms.ChoiceField(label=_("单位"), choices=LimitUnit, initial=LimitUnit.WORKING_DAYS)

    @classmethod
    def blank(cls) -> "CalculatorForm":
        """A form that asks about five working days from now."""
        return cls(initial={"start": timezone.localtime(clock.now())})

    @property
    def limit(self) -> Limit:
        return Limit(self.cleaned_data["amount"], self.cleaned_data["unit"])


class DayForm(KitForm):
    """A date that shall differ from its weekday, or no longer."""

    on = forms.DateField(
        label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    kind = forms.ChoiceField(
        label=_("安排"),
        choices=[
            (DayKind.HOLIDAY, _("放假")),
            (DayKind.MAKEUP, _("调休上班")),
            ("", _("恢复为平常日")),
        ],
        required=False,
    )
    name = forms.CharField(label=_("名称"), max_length=40, required=False)
    spans = SpansField(label=_("工作时段"), help_text=_("仅调休上班时填写；留空即与平常工作日相同"))
    reason = forms.CharField(label=_("原因"), max_length=200)

    @classmethod
    def about(cls, calendar: Calendar, on: str) -> "DayForm":
        """A form that shows how the day is now; on: as in a link, perhaps nonsense."""
        initial: dict[str, Any] = {"on": parse_day(on), "kind": DayKind.HOLIDAY}
        known = calendar.dated.filter(on=initial["on"]).first() if initial["on"] else None
        if known is not None:
            initial |= {"kind": known.kind, "name": known.name, "spans": known.spans}
        return cls(initial=initial)

    @property
    def day(self) -> NoticeDay:
        data = self.cleaned_data
        spans = data["spans"] if data["kind"] == DayKind.MAKEUP else ""
        return NoticeDay(data["on"], data["kind"], data["name"] or data["on"].isoformat(), spans)


class WeekForm(KitForm):
    """Working time of the seven weekdays."""

    reason = forms.CharField(label=_("原因"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday in Weekday:
            self.fields[f"day{weekday}"] = SpansField(label=weekday.label)
            _dress(self.fields[f"day{weekday}"])
        self.order_fields([*(f"day{weekday}" for weekday in Weekday), "reason"])

    @property
    def week(self) -> list[Spans]:
        return [parse_spans(self.cleaned_data[f"day{weekday}"]) for weekday in Weekday]


class FollowForm(KitForm):
    """Why the chosen deadlines shall follow the calendar as it stands now."""

    reason = forms.CharField(label=_("原因"), max_length=300)

    @staticmethod
    def chosen(raw: list[str]) -> list[int]:
        """Will read the chosen clocks; what is not a number is left out."""
        return [int(value) for value in raw if value.isdecimal() and len(value) < 19]


class NoticeForm(KitForm):
    """The yearly notice: a file at first, its text again when the preview is confirmed."""

    file = forms.FileField(label=_("通知文件（CSV 或 JSON）"), required=False)
    text = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)
    reason = forms.CharField(label=_("原因或文号"), max_length=200)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        upload = data.get("file")
        if upload is not None:
            if upload.size > MAX_NOTICE_BYTES:
                raise forms.ValidationError({"file": _("文件不能超过 512 KB")})
            try:
                data["text"] = upload.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise forms.ValidationError({"file": _("文件须为 UTF-8 编码")}) from error
        if not data.get("text"):
            raise forms.ValidationError({"file": _("请选择文件")})
        return data
