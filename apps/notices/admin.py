"""What goes out of the house, with the ones that did not; recipients masked."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.common.console.rights import LookOnlyAdmin
from apps.common.masking import mask_phone
from apps.notices import services
from apps.notices.enums import Channel
from apps.notices.models import Delivery


def mask_recipient(channel: str, to: str) -> str:
    """Will hide most of a number, and the name of a mailbox: w***@example.cn."""
    if channel == Channel.EMAIL:
        name, _at, domain = to.partition("@")
        return f"{name[:1]}***@{domain}"
    return mask_phone(to)


@admin.register(Delivery)
class DeliveryAdmin(LookOnlyAdmin):
    """To be read, and to try the failed again; never edited."""

    right = "notices.manage_deliveries"
    list_display = ["id", "channel", "recipient", "state", "attempts", "created_at", "error"]
    fields = ("channel", "recipient", "state", "attempts", "next_at", "sent_at", "error", "key")
    readonly_fields = fields
    list_filter = ["state", "channel"]
    actions = ["retry"]
    show_full_result_count = False
    ordering = ["-id"]

    @admin.display(description=_("接收方"))
    def recipient(self, obj: Delivery) -> str:
        return mask_recipient(obj.channel, obj.to)

    @admin.action(description=_("重新发送所选（仅被拒收、已放弃的）"), permissions=["view"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        count = services.retry_deliveries(request.user, delivery_ids=ids)  # type: ignore[arg-type]  # signed in
        self.message_user(request, _("已重新排队 %(n)d 条") % {"n": count})
