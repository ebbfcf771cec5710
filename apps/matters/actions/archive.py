"""归档: some time after its end a case is put away for good and can only be read."""

from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.matters.actions.base import Action, ActionForm, Context, register
from apps.matters.actions.fields import long_text
from apps.matters.errors import ActionNotPossible


class ArchiveForm(ActionForm):
    note = long_text(_("归档说明"), required=False, max_length=300)


@register
class Archive(Action):
    """归档: by hand or by the nightly task, ``archive_days`` after the end.

    All rounds, files and answers stay. The state it leads to should have no action of its own.
    """

    code = "archive"
    label = _("归档")
    form_class = ArchiveForm

    def check(self, ctx: Context) -> None:
        if ctx.case.pending_request:
            raise ActionNotPossible(gettext("本案件有待处理的重办申请，不能归档"))
        days = ctx.definition.policy("archive_days")
        ended_at = ctx.case.closed_at or ctx.case.updated_at
        if ctx.now - ended_at < timedelta(days=days):
            raise ActionNotPossible(gettext("办结满%(days)s天方可归档") % {"days": days})

    def apply(self, ctx: Context) -> None:
        ctx.set(archived_at=ctx.now)
        ctx.note = ctx.data["note"]
