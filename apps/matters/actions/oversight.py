"""Words from above and beside: urge, supervise, reply, note, correct. None changes the state."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.matters.actions.base import Action, ActionForm, Context, NewFact, register
from apps.matters.actions.fields import long_text
from apps.matters.actions.intake import ClassForm, classify, rank
from apps.matters.enums import AttachmentPurpose, FactKind, OrderKind, Priority
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Order
from apps.matters.place import resolve_place
from apps.matters.routing import propose_dispatch


class OrderForm(ActionForm):
    text = long_text(_("要求"), max_length=500)


def lay(ctx: Context, kind: OrderKind, text: str, *, cause: str = "manual") -> Order:
    """Will lay an order over the case and tell the unit."""
    unit = ctx.case.unit
    told = users_with_permission("matters.handle_case", organization=unit) if unit else ()
    order = order_for(ctx, kind, text, cause=cause, handlers=told)
    order.save()
    return order


def order_for(
    ctx: Context, kind: OrderKind, text: str, *, cause: str, handlers: Iterable[User]
) -> Order:
    """Will note an order with the case and tell the handlers; the caller saves the order."""
    order = Order(
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
    ctx.note = text
    ctx.event_data.update(order=kind.value, cause=cause)
    title = _t("%(kind)s：%(title)s") % {"kind": kind.label, "title": ctx.case.title}
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
    form_class = OrderForm
    style = "danger"

    def apply(self, ctx: Context) -> None:
        lay(ctx, OrderKind.SUPERVISE, ctx.data["text"])


class ReplyForm(ActionForm):
    reply = long_text(_("督办回复"), max_length=1000)


@register
class ReplyOrder(Action):
    """督办回复: the unit answers the oldest order it has not answered."""

    code = "reply_order"
    label = _("回复督办")
    form_class = ReplyForm

    def is_offered(self, case: Case) -> bool:
        return case.order_count > 0

    def apply(self, ctx: Context) -> None:
        order = (
            Order.objects.select_for_update()
            .filter(case=ctx.case, replied_at__isnull=True)
            .order_by("id")
            .first()
        )
        if order is None:
            raise ActionNotPossible(_t("没有待回复的督办或催办"))
        order.reply, order.replied_at = ctx.data["reply"], ctx.now
        order.replied_by_name = ctx.actor.display_name
        order.save(update_fields=["reply", "replied_at", "replied_by_name"])
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
            self.add_error("address", _t("请在地图上重新选点"))
        return cleaned


@register
class Correct(Action):
    """更正: another class or place; before dispatch the rules are asked again."""

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
        if ctx.facts and ctx.case.accepted_at is not None and ctx.case.unit_id is None:
            propose_dispatch(ctx)
