"""The dead-letter list and the dictionaries in the console."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.common import dictionaries, outbox
from apps.common.console.admins import TwoPersonAdmin
from apps.common.console.edits import Agreement
from apps.common.console.rights import ByRight, LookOnlyAdmin
from apps.common.models import Dictionary, DictionaryEntry, OutboxMessage


class StateFilter(admin.SimpleListFilter):
    """Dead, waiting, done; the dead are what somebody must look at."""

    title = _("状态")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("dead", _("已放弃")), ("waiting", _("待处理")), ("done", _("已处理"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "dead":
                return queryset.filter(dead_at__isnull=False)
            case "waiting":
                return queryset.filter(dead_at__isnull=True, processed_at__isnull=True)
            case "done":
                return queryset.filter(processed_at__isnull=False)
        return queryset


@admin.register(OutboxMessage)
class OutboxMessageAdmin(LookOnlyAdmin):
    """To be read, and to try the dead again; never edited."""

    right = "common.manage_outbox"
    list_display = ["id", "topic", "key", "attempts", "available_at", "dead_at", "last_error"]
    list_filter = [StateFilter, "topic"]
    actions = ["retry"]
    show_full_result_count = False
    ordering = ["-id"]

    @admin.action(description=_("重新投递所选（仅已放弃的）"), permissions=["view"])
    def retry(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        count = outbox.retry(request.user, message_ids=list(queryset.values_list("pk", flat=True)))
        self.message_user(request, _("已重新排队 %(n)d 条") % {"n": count})


class EntryInline(ByRight, admin.TabularInline):
    right = dictionaries.KEEP
    model = DictionaryEntry
    fields = ("code", "label", "position", "from_on", "to_on")
    readonly_fields = ("code", "label", "position", "from_on", "to_on")
    extra = 0
    can_delete = False
    max_num = 0


@admin.register(Dictionary)
class DictionaryAdmin(TwoPersonAdmin):
    """The lists; entries are changed one by one, because a code may not be reused."""

    right = dictionaries.KEEP
    list_display = ["code", "name", "source", "is_national"]
    search_fields = ["code", "name"]
    inlines = [EntryInline]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DictionaryEntry)
class DictionaryEntryAdmin(TwoPersonAdmin):
    """Written through the service, so the change is in the log; retired, never deleted."""

    right = dictionaries.KEEP
    list_display = ["dictionary", "code", "label", "parent", "position", "from_on", "to_on"]
    list_filter = ["dictionary"]
    list_select_related = ["dictionary", "parent"]
    search_fields = ["code", "label"]
    autocomplete_fields = ["parent", "dictionary"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["dictionary", "code"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def label_of(self, row: Any) -> str:
        return f"{row.dictionary.name} {row.code} {row.label}"

    def lock(self, pk: str) -> Any:
        """The dictionary first, as ``save_entry`` does."""
        Dictionary.objects.select_for_update().filter(entries__pk=pk).first()
        return super().lock(pk)

    def write(self, form: Any, formsets: Any, agreement: Agreement) -> DictionaryEntry:
        entry = form.instance
        return dictionaries.save_entry(
            agreement.maker,
            dictionary_code=entry.dictionary.code,
            code=entry.code,
            label=entry.label,
            parent_code=entry.parent.code if entry.parent else "",
            position=entry.position,
            from_on=entry.from_on,
            to_on=entry.to_on,
            facts=agreement.facts,
        )
