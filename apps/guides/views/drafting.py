"""What the pages of plans have in common: finding, saving a part, walking the questions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotFound, Stale
from apps.guides import permissions, services, trees
from apps.guides.models import JointBusiness, QuestionTree
from apps.guides.selectors import plan_words, plans
from apps.guides.selectors.tenants import tenant_of

KINDS: dict[str, tuple[type[Any], Any]] = {
    "questions": (QuestionTree, gettext_lazy("情形引导")),
    "joint": (JointBusiness, gettext_lazy("一件事")),
}
_PATH_MAX = 400


def kind_of(kind: str) -> tuple[type[Any], str]:
    """Will give the model of a kind of plan and what it is called."""
    if kind not in KINDS:
        raise Http404
    model, label = KINDS[kind]
    return model, str(label)


def require_reader(request: HttpRequest) -> None:
    """Raises: NotFound (neither edits nor publishes plans)."""
    user = request.user
    if not (user.has_perm(permissions.EDIT) or user.has_perm(permissions.PUBLISH)):
        raise NotFound(_("没有这个页面"))


def plan_to_edit(request: HttpRequest, kind: str, code: str) -> Any:
    """Will give the newest version of a plan of the actor's own body. Raises: NotFound."""
    model, _label = kind_of(kind)
    return plans.get_plan(tenant_of(actor_of(request)), model, code)


def part_to_edit(request: HttpRequest, kind: str, code: str) -> Any:
    """Will give a plan whose parts can be read. Raises: NotFound."""
    plan = plan_to_edit(request, kind, code)
    if not services.is_readable(plan):
        raise NotFound(_("没有这份内容"))
    return plan


def is_to_save(data: QueryDict | None) -> bool:
    """Will tell whether a form that hangs on a matter is complete: another matter chosen in it
    first asks for what that one needs, whatever button was pressed."""
    if data is None or data.get("deed") == "refresh":
        return False
    return data.get("matter", "") == data.get("shown", "")


def page_context(plan: Any, kind: str) -> dict[str, Any]:
    """Will give what every page of the editor shows."""
    return {"plan": plan, "kind": kind, "kind_label": kind_of(kind)[1], "revision": plan.revision}


def save_plan(request: HttpRequest, plan: Any, *, body: Any, title: str = "") -> None:
    """Will keep a body made from ``plan``, unless somebody else wrote since the page was shown.

    Raises: what the service raises; Stale.
    """
    posted = request.POST.get("revision", "")
    if posted != plan.revision:
        raise Stale(_("已有别人改动，这次没有保存，请看过现在的内容再改"))
    services.save_plan(
        actor_of(request),
        type(plan),
        tenant=plan.tenant,
        code=plan.code,
        title=title or plan.title,
        body=body,
        revision=posted,
    )


def save_part(
    request: HttpRequest, plan: Any, form: forms.Form, *, body: Any, title: str = ""
) -> bool:
    """Will save; a refusal is shown on the form, which keeps what was typed."""
    try:
        save_plan(request, plan, body=body, title=title)
    except Stale:
        form.is_stale = True  # type: ignore[attr-defined]
        return False
    except DomainError as error:
        for words in error.data.get("problems") or [str(error)]:
            form.add_error(error.field if error.field in form.fields else None, words)
        return False
    messages.success(request, _("已保存到草稿"))
    return True


def show_form(
    request: HttpRequest,
    plan: Any,
    kind: str,
    form: forms.Form,
    *,
    title: str,
    part: str,
    template: str = "guides/office/plan_part.html",
    **more: Any,
) -> HttpResponse:
    """Will show the form of a part. After a stale save it carries the newest revision:
    saving again is a decision."""
    is_stale = getattr(form, "is_stale", False)
    context = page_context(plan, kind) | more
    context |= {"form": form, "title": title, "part": part, "is_stale": is_stale}
    status = 409 if is_stale else 422 if form.is_bound and not form.is_valid() else 200
    return render(request, template, context, status=status)


def walk_context(
    request: HttpRequest, plan: QuestionTree, matters: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Will give where ``?walk=`` stands in the questions, as a citizen would see it."""
    path = request.GET.get("walk", "")[:_PATH_MAX]
    standing = trees.walk(plan.body, path) or trees.walk(plan.body, "")
    if standing is None:
        return {"standing": None}
    prefix = f"{standing.path}." if standing.path else ""
    choices = standing.node["choices"] if standing.node is not None else []
    leaf = trees.leaf_at(plan.body, standing.path)
    expected = plan.body.get("expected", {})
    return {
        "standing": standing,
        "walk_choices": [(choice["label"], f"{prefix}{choice['code']}") for choice in choices],
        "walk_back": standing.path.rpartition(".")[0],
        "walk_end": plan_words.leaf_in_words(plan.body, leaf, matters) if leaf else None,
        "walk_is_kept": standing.path in expected and expected[standing.path] == leaf,
        "walk_place": _place_of(plan.body, standing, leaf),
    }


def _place_of(body: Mapping[str, Any], standing: trees.Standing, leaf: str) -> str:
    """The box of the picture somebody stands at."""
    if leaf:
        return f"leaf:{leaf}"
    return next((f"node:{c}" for c, node in body["nodes"].items() if node is standing.node), "")
