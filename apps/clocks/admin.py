"""Calendars in the console. What two people agreed to is published as a revision."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.clocks import services
from apps.clocks.engine import check_spans
from apps.clocks.forms import SpansField
from apps.clocks.models import Calendar, CalendarDay, CalendarRevision, Clock, WorkingSpan
from apps.clocks.permissions import EDIT
from apps.common.console.admins import TwoPersonAdmin
from apps.common.console.edits import Agreement
from apps.common.console.rights import ByRight, LookOnlyAdmin


class WeekFormSet(BaseInlineFormSet):
    """The working time of a week: no two spans of a day overlap."""

    def clean(self) -> None:
        super().clean()
        by_day: dict[int, list[tuple[int, int]]] = {}
        for form in self.forms:
            said = form.cleaned_data if form.is_valid() else {}
            if said and not said.get("DELETE"):
                span = (said["start_minute"], said["end_minute"])
                by_day.setdefault(said["weekday"], []).append(span)
        try:
            for spans in by_day.values():
                check_spans(spans)
        except ValueError as error:
            raise ValidationError(_("工作时段不能重叠，且须在一天之内")) from error


class DayForm(ModelForm):
    """A date that differs; its spans are written as on the calendar's own page."""

    spans = SpansField(label=_("工作时段"), help_text=_("仅调休上班时填写；留空即与平常工作日相同"))


class WorkingSpanInline(ByRight, admin.TabularInline):
    right = EDIT
    model = WorkingSpan
    formset = WeekFormSet
    extra = 0


class CalendarDayInline(ByRight, admin.TabularInline):
    right = EDIT
    model = CalendarDay
    form = DayForm
    extra = 0


@admin.register(Calendar)
class CalendarAdmin(TwoPersonAdmin):
    """Every limit of the city runs by these: a wrong day moves thousands of deadlines."""

    right = EDIT
    list_display = ["name", "code", "area", "parent", "is_default", "day_rule", "revision"]
    raw_id_fields = ["area"]
    inlines = [WorkingSpanInline, CalendarDayInline]

    def write(self, form: Any, formsets: Any, agreement: Agreement) -> Any:
        calendar: Any = super().write(form, formsets, agreement)
        services.publish(agreement.maker, calendar=calendar, reason=agreement.reason)
        return calendar

    def say(self, model: Any, field: str, value: Any) -> str:
        is_minute = field in ("start_minute", "end_minute") and isinstance(value, int)
        return (
            f"{value // 60:02d}:{value % 60:02d}" if is_minute else super().say(model, field, value)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CalendarRevision)
class CalendarRevisionAdmin(LookOnlyAdmin):
    right = EDIT
    list_display = ["calendar", "number", "created_at", "by_name", "reason"]
    list_filter = ["calendar"]


@admin.register(Clock)
class ClockAdmin(LookOnlyAdmin):
    right = EDIT
    list_display = ["subject_type", "subject_id", "name", "state", "due_at", "breached_at"]
    list_filter = ["subject_type", "state"]
    search_fields = ["=subject_id"]
