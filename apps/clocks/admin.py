"""Calendars in the console. Every save publishes a revision through the services."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.clocks import services
from apps.clocks.models import Calendar, CalendarDay, CalendarRevision, Clock, WorkingSpan


class WorkingSpanInline(admin.TabularInline):
    model = WorkingSpan
    extra = 0


class CalendarDayInline(admin.TabularInline):
    model = CalendarDay
    extra = 0


class ReadOnly(admin.ModelAdmin):
    """Looked at, never written: services are the only writers."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Calendar)
class CalendarAdmin(admin.ModelAdmin):
    list_display = ["name", "code", "area", "parent", "is_default", "day_rule", "revision"]
    raw_id_fields = ["area"]
    inlines = [WorkingSpanInline, CalendarDayInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        services.publish(
            request.user,  # type: ignore[arg-type]
            calendar=form.instance,
            reason="管理台修改",
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CalendarRevision)
class CalendarRevisionAdmin(ReadOnly):
    list_display = ["calendar", "number", "created_at", "by_name", "reason"]
    list_filter = ["calendar"]


@admin.register(Clock)
class ClockAdmin(ReadOnly):
    list_display = ["subject_type", "subject_id", "name", "state", "due_at", "breached_at"]
    list_filter = ["subject_type", "state"]
    search_fields = ["=subject_id"]
