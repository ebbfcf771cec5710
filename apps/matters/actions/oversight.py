"""Words from above and beside: urge, supervise, reply, note, correct. None changes the state."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.clocks.services import Limit
from apps.common import rows
from apps.matters import deadlines
from apps.matters.actions.base import Action, ActionForm, Context, NewFact, NewLimit, register
from apps.matters.actions.fields import long_text
from apps.matters.actions.intake import ClassForm, classify, rank
from apps.matters.clockwork import active_clocks
from apps.matters.enums import AttachmentPurpose, FactKind, OrderKind, Priority
from apps.matters.errors import ActionNotPossible
from apps.matters.limits import write_limit
from apps.matters.models import Case, Order
from apps.matters.place import resolve_place
from apps.matters.routing import limit_by_rules, propose_dispatch


class OrderForm(ActionForm):
    text = long_text(_("要求"), max_length=500)


class SuperviseForm(OrderForm):
    reply_hours = forms.IntegerField(
        label=_("回复期限（小时）"), min_value=1, max_value=720, required=False
    )

    def prepare(self) -> None:
        self.fields["reply_hours"].initial = self.definition.policy("order_reply_hours")


def lay(
    ctx: Context,
    kind: OrderKind,
    text: str,
    *,
    cause: str = "manual",
    reply_hours: int | None = None,
) -> Order:
    """Will lay an order over the case and tell the unit; see ``order_for``."""
    unit = ctx.case.unit
    told = users_with_permission("matters.handle_case", organization=unit) if unit else ()
    order = order_for(ctx, kind, text, cause=cause, handlers=told, reply_hours=reply_hours)
    order.save(force_insert=True)
    return order


def order_for(
    ctx: Context,
    kind: OrderKind,
    text: str,
    *,
    cause: str,
    handlers: Iterable[User],
    reply_hours: int | None = None,
) -> Order:
    """Will note an order with the case and tell the handlers; the caller saves the order.

    reply_hours: natural hours the unit has to reply, by the order's own clock; None: no reply is
    required.
    """
    order = Order(
        pk=rows.next_key(Order),
        case=ctx.case,
        kind=kind,
        cause=cause,
        text=text,
        unit=ctx.case.unit,
        ordered_at=ctx.now,
        ordered_by_id=ctx.actor.pk,
        ordered_by_name=ctx.actor.display_name,
    )
    ctx.set(order_count=ctx.case.order_count + 1)
    if reply_hours is not None:
        order.due_at = deadlines.start(
            deadlines.ORDER,
            order.pk,
            case=ctx.case,
            label=str(_("督办回复时限")),
            limit=Limit(reply_hours, "calendar_hours"),
            at=ctx.now,
            by=ctx.actor,
        )
        ctx.set(open_orders=ctx.case.open_orders + 1)
    ctx.note = text
    ctx.event_data.update(order=kind.value, cause=cause)
    title = gettext("%(kind)s：%(title)s") % {"kind": kind.label, "title": ctx.case.title}
    ctx.notify(handlers, kind="order", title=title, body=text)
    return order


@register
class Urge(Action):
    """催办: please hurry."""

    code = "urge"
    label = _("催办")
    form_class = OrderForm

    def apply(self, ctx: Context) -> None:
        lay(ctx, OrderKind.URGE, ctx.data["text"])


@register
class Supervise(Action):
    """督办: an order that must be answered and counts in appraisal."""

    code = "supervise"
    label = _("督办")
    form_class = SuperviseForm
    style = "danger"

    def apply(self, ctx: Context) -> None:
        hours = ctx.data["reply_hours"] or ctx.definition.policy("order_reply_hours")
        lay(ctx, OrderKind.SUPERVISE, ctx.data["text"], reply_hours=hours)


class InstructForm(OrderForm):
    text = long_text(_("批示内容"), max_length=500)
    needs_reply = forms.BooleanField(label=_("要求书面回复"), required=False, initial=True)
    reply_hours = forms.IntegerField(
        label=_("回复期限（小时）"), min_value=1, max_value=720, required=False
    )

    def prepare(self) -> None:
        self.fields["reply_hours"].initial = self.definition.policy("order_reply_hours")


@register
class Instruct(Action):
    """批示: a leader's word on a case, with a reply where he wants one."""

    code = "instruct"
    label = _("批示")
    form_class = InstructForm

    def apply(self, ctx: Context) -> None:
        hours = ctx.data["reply_hours"] or ctx.definition.policy("order_reply_hours")
        needs_reply = ctx.data["needs_reply"]
        lay(
            ctx,
            OrderKind.INSTRUCTION,
            ctx.data["text"],
            reply_hours=hours if needs_reply else None,
        )


class ReplyForm(ActionForm):
    order = forms.ModelChoiceField(
        label=_("回复哪一件"), required=False, queryset=Order.objects.none(), empty_label=None
    )
    reply = long_text(_("督办回复"), max_length=1000)

    def prepare(self) -> None:
        waiting = Order.objects.filter(case=self.case, replied_at__isnull=True)
        field: Any = self.fields["order"]
        field.queryset = waiting.order_by(F("due_at").asc(nulls_last=True), "id")
        field.label_from_instance = lambda o: f"{o.get_kind_display()}：{o.text[:40]}"


@register
class ReplyOrder(Action):
    """督办回复: the unit answers an order, without a choice the one due first."""

    code = "reply_order"
    label = _("回复督办")
    form_class = ReplyForm

    def is_offered(self, case: Case) -> bool:
        return case.order_count > 0

    def apply(self, ctx: Context) -> None:
        waiting = Order.objects.select_for_update().filter(case=ctx.case, replied_at__isnull=True)
        if ctx.data["order"] is not None:
            waiting = waiting.filter(pk=ctx.data["order"].pk)
        order = waiting.order_by(F("due_at").asc(nulls_last=True), "id").first()
        if order is None:
            raise ActionNotPossible(gettext("没有待回复的督办或催办"))
        order.reply, order.replied_at = ctx.data["reply"], ctx.now
        order.replied_by_name = ctx.actor.display_name
        order.save(update_fields=["reply", "replied_at", "replied_by_name"])
        if order.due_at is not None:
            deadlines.stop(deadlines.ORDER, [order.pk], at=ctx.now, outcome="replied", by=ctx.actor)
            ctx.set(open_orders=max(ctx.case.open_orders - 1, 0))
            ctx.event_data["was_late"] = ctx.now > order.due_at
        ctx.note = ctx.data["reply"]


class RemarkForm(ActionForm):
    note = long_text(_("备注"), max_length=1000)


@register
class Remark(Action):
    """备注: a note for colleagues, with files if need be."""

    code = "remark"
    label = _("备注")
    form_class = RemarkForm
    files_as = AttachmentPurpose.OTHER

    def apply(self, ctx: Context) -> None:
        ctx.note = ctx.data["note"]


class CorrectForm(ClassForm):
    """Class, place and urgency as they should be; the earlier facts are kept."""

    priority = forms.ChoiceField(label=_("紧急程度"), choices=Priority.choices)
    address = forms.CharField(label=_("地址"), required=False, max_length=200)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    reason = long_text(_("更正理由"), max_length=300)

    def prepare(self) -> None:
        super().prepare()
        self.fields["priority"].initial = self.case.priority
        self.fields["address"].initial = self.case.address
        if self.case.point is not None:
            self.fields["lon"].initial, self.fields["lat"].initial = self.case.point.coords

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if (cleaned.get("lon") is None) != (cleaned.get("lat") is None):
            self.add_error("address", gettext("请在地图上重新选点"))
        return cleaned


@register
class Correct(Action):
    """更正: another class, place or urgency; the rules are asked again.

    Before dispatch they propose a unit anew; a limit that already runs follows theirs (SL-06).
    """

    code = "correct"
    label = _("更正信息")
    form_class = CorrectForm

    def apply(self, ctx: Context) -> None:
        classify(ctx, ctx.data["class_code"])
        rank(ctx, ctx.data["priority"])
        place = resolve_place(
            tenant=ctx.case.tenant,
            lon=ctx.data["lon"],
            lat=ctx.data["lat"],
            address=ctx.data["address"],
        )
        if (place.point, place.address) != (ctx.case.point, ctx.case.address):
            ctx.set(
                point=place.point,
                address=place.address,
                area=place.area,
                area_path=place.area.path,
            )
            ctx.facts.append(
                NewFact(FactKind.PLACE, str(place.area.pk), place.label, place.as_data())
            )
        ctx.note = ctx.data["reason"]
        if ctx.facts and ctx.case.accepted_at is not None:
            before = limit_by_rules(ctx)
            propose_dispatch(ctx)
            follow_limit(ctx, before)


def follow_limit(ctx: Context, before: dict[str, Any]) -> None:
    """Will have the running limit follow the rules where they give another than ``before``.

    A limit a dispatcher set against the rules stays as long as the rules stay as they were.
    """
    after = limit_by_rules(ctx)
    active = active_clocks(ctx.case)
    if after == before or not any(
        clock.limit_from_dispatch and clock.name in active for clock in ctx.definition.clocks
    ):
        return
    words = {"before": write_limit(before), "after": write_limit(after)}
    reason = gettext("规则时限由%(before)s变为%(after)s：%(reason)s") % {
        **words,
        "reason": ctx.data["reason"],
    }
    ctx.relimit = NewLimit(after, reason)
    ctx.event_data["limit"] = words
    if ctx.case.unit is not None:
        ctx.notify(
            users_with_permission("matters.handle_case", organization=ctx.case.unit),
            kind="task",
            title=gettext("办理时限已变更：%s") % ctx.case.title,
            body=reason,
        )
