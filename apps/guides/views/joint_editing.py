"""Writing a joint business: its items one at a time, and what each is given (MT-06)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.errors import DomainError, NotFound
from apps.guides import joint_editing, permissions, plan_drawing
from apps.guides.forms import ItemEditor
from apps.guides.forms.planning import POLICIES
from apps.guides.selectors import plan_words, plans
from apps.guides.views.drafting import is_to_save, part_to_edit, save_part, save_plan, show_form

KIND, NEW = "joint", "new"


def tables(body: Any, matters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Will give a joint business in words: its items, what is asked once, how it is joined."""
    join = body.get("join", {"policy": "all"})
    items = plan_words.items_in_words(body, matters)
    return {
        "items": items,
        "main_matter": matters.get(body["matter"], {}).get("title", body["matter"]),
        "policy": dict(POLICIES)[join["policy"]],
        "main_item": next((i.name for i in items if i.code == join.get("main")), ""),
        "quorum": join.get("quorum"),
        "fields_once": plan_words.fields_asked_once(body, matters),
        "materials_once": plan_words.materials_asked_once(body, matters),
    }


def editor(request: HttpRequest, plan: Any, context: dict[str, Any]) -> HttpResponse:
    """What is declared and how it is joined, the items, the picture, what is asked once."""
    matters, faults = plans.definitions_in_force(), context["faults"]
    context |= tables(plan.body, matters)
    context["items"] = [(item, faults.get(f"item:{item.code}", [])) for item in context["items"]]
    context["join_faults"] = faults.get("join", [])
    context["drawing"] = plan_drawing.draw_order(
        plan.body,
        matters,
        faulty=faults,
        address=lambda place: reverse(
            "guides:item-edit", args=[plan.code, place.removeprefix("item:")]
        ),
    )
    return render(request, "guides/office/joint_edit.html", context)


@login_required
@permission_required(permissions.EDIT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def item_edit(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """One item: its matter, its turn, and where its fields and materials come from."""
    plan = part_to_edit(request, KIND, code)
    item = "" if part == NEW else part
    if item and joint_editing.find_item(plan.body, item) is None:
        raise NotFound(_("这一项已不在，请刷新后再改"))
    data = request.POST if request.method == "POST" else None
    is_judged = is_to_save(data)
    page = ItemEditor(
        plan.body,
        item,
        plans.definitions_in_force(),
        plans.matters_to_join(),
        data=data,
        is_judged=is_judged,
    )
    if is_judged and page.is_valid():
        body, item = joint_editing.put_item(plan.body, item, page.item())
        if save_part(request, plan, page.form, body=body):
            return _back(plan.code, f"item-{item}")
    return show_form(
        request,
        plan,
        KIND,
        page.form,
        title=_("修改分项") if part != NEW else _("添加分项"),
        part=f"item-{item}",
        template="guides/office/item_edit.html",
        page=page,
    )


@login_required
@permission_required(permissions.EDIT, raise_exception=True)
@require_POST
def item_deed(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """Moves an item up or down, or takes it out."""
    plan = part_to_edit(request, KIND, code)
    deed = request.POST.get("deed", "")
    try:
        save_plan(request, plan, body=_changed(plan.body, deed, part))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已保存到草稿"))
    return _back(plan.code, "items")


def _changed(body: Any, deed: str, part: str) -> Any:
    if joint_editing.find_item(body, part) is None or deed not in (*joint_editing.MOVES, "remove"):
        raise NotFound(_("这一项已不在，请刷新后再改"))
    if deed == "remove":
        return joint_editing.remove_item(body, part)
    return joint_editing.move_item(body, part, joint_editing.MOVES[deed])


def _back(code: str, anchor: str) -> HttpResponse:
    target = redirect("guides:plan-edit", kind=KIND, code=code)
    target["Location"] += f"#{anchor}"
    return target
