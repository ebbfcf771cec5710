"""Writing a question tree: one question or one conclusion at a time (MT-15)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.errors import DomainError, NotFound
from apps.guides import permissions, plan_drawing, tree_editing, trees
from apps.guides.forms import ConclusionEditor, QuestionEditor
from apps.guides.selectors import plan_words, plans
from apps.guides.views.drafting import (
    is_to_save,
    part_to_edit,
    save_part,
    save_plan,
    show_form,
    walk_context,
)

KIND, NEW = "questions", "new"
#: Beginnings of the buttons that change the page and save nothing.
_CHANGES = ("add", "drop", "up", "down")


def editor(request: HttpRequest, plan: Any, context: dict[str, Any]) -> HttpResponse:
    """All questions in the order of asking, the conclusions, the examples, the picture."""
    body, matters, faults = plan.body, plans.definitions_in_force(), context["faults"]
    walked = walk_context(request, plan, matters)
    context |= {
        "questions": [
            (question, faults.get(f"node:{question.code}", []))
            for question in plan_words.questions_in_words(body, matters)
        ],
        "leaves": [
            (leaf, faults.get(f"leaf:{leaf.code}", []))
            for leaf in plan_words.leaves_in_words(body, matters)
        ],
        "examples": [
            (
                path,
                trees.path_words(body, path),
                trees.leaf_name(body, leaf, matters) if leaf in body["leaves"] else leaf,
                faults.get(f"path:{path}", []),
            )
            for path, leaf in body.get("expected", {}).items()
        ],
        "drawing": plan_drawing.draw_tree(
            body,
            matters,
            faulty=faults,
            address=lambda place: _address(plan.code, place),
            mark=walked.get("walk_place", ""),
        ),
        "can_keep": True,
        **walked,
    }
    return render(request, "guides/office/tree_edit.html", context)


@login_required
@permission_required(permissions.EDIT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def question_edit(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """One question with its answers; ``part`` "new" adds one, behind the answer ``?behind=``."""
    plan = part_to_edit(request, KIND, code)
    node = _part(plan.body["nodes"], part)
    matters, deed = plans.definitions_in_force(), request.POST.get("deed", "")
    if request.method == "GET":
        page = QuestionEditor.of(plan.body, node, matters)
    elif deed.partition(":")[0] in _CHANGES:
        page = QuestionEditor.changed(plan.body, node, matters, request.POST, deed)
    else:
        page = QuestionEditor.judged(plan.body, node, matters, request.POST)
        if page.is_valid():
            behind = request.GET.get("behind", "")
            body, node = tree_editing.put_question(plan.body, node, **page.parts(), behind=behind)
            if save_part(request, plan, page.form, body=body):
                return _back(plan.code, f"node-{node}")
    return show_form(
        request,
        plan,
        KIND,
        page.form,
        title=_("修改问题") if part != NEW else _("添加问题"),
        part=f"node-{node}",
        template="guides/office/question_edit.html",
        page=page,
    )


@login_required
@permission_required(permissions.EDIT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def conclusion_edit(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """One conclusion: its matter, the materials needed there, what is filled in beforehand."""
    plan = part_to_edit(request, KIND, code)
    leaf = _part(plan.body["leaves"], part)
    data = request.POST if request.method == "POST" else None
    is_judged = is_to_save(data)
    page = ConclusionEditor(
        plans.definitions_in_force(),
        plans.matters_to_apply_for(),
        leaf=plan.body["leaves"].get(leaf),
        data=data,
        is_judged=is_judged,
    )
    if is_judged and page.is_valid():
        behind = request.GET.get("behind", "")
        body, leaf = tree_editing.put_conclusion(plan.body, leaf, page.leaf(), behind=behind)
        if save_part(request, plan, page.form, body=body):
            return _back(plan.code, f"leaf-{leaf}")
    return show_form(
        request,
        plan,
        KIND,
        page.form,
        title=_("修改结论") if part != NEW else _("添加结论"),
        part=f"leaf-{leaf}",
        template="guides/office/conclusion_edit.html",
        page=page,
    )


@login_required
@permission_required(permissions.EDIT, raise_exception=True)
@require_POST
def tree_deed(request: HttpRequest, code: str) -> HttpResponse:
    """Takes a part out, changes where the tree starts, keeps or drops an example.

    deed: "remove-question", "remove-conclusion", "start", "keep" or "drop"; part: what of.
    """
    plan = part_to_edit(request, KIND, code)
    deed, part = request.POST.get("deed", ""), request.POST.get("part", "")
    try:
        save_plan(request, plan, body=_changed(plan.body, deed, part))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已保存到草稿"))
    return _back(plan.code, "examples" if deed in ("keep", "drop") else "questions")


def _changed(body: Any, deed: str, part: str) -> Any:
    if deed in ("remove-question", "start") and part in body["nodes"]:
        change = tree_editing.start_with if deed == "start" else tree_editing.remove_question
        return change(body, part)
    if deed == "remove-conclusion" and part in body["leaves"]:
        return tree_editing.remove_conclusion(body, part)
    if deed == "keep" and (leaf := trees.leaf_at(body, part)):
        return tree_editing.keep_example(body, part, leaf)
    if deed == "drop":
        return tree_editing.drop_example(body, part)
    raise NotFound(_("这一项已不在，请刷新后再改"))


def _part(parts: Any, part: str) -> str:
    """The code of a part; "" for a new one. Raises: NotFound."""
    if part == NEW:
        return ""
    if part not in parts:
        raise NotFound(_("这一项已不在，请刷新后再改"))
    return part


def _address(code: str, place: str) -> str:
    what, _colon, part = place.partition(":")
    name = "guides:question-edit" if what == "node" else "guides:conclusion-edit"
    return reverse(name, args=[code, part])


def _back(code: str, anchor: str) -> HttpResponse:
    target = redirect("guides:plan-edit", kind=KIND, code=code)
    target["Location"] += f"#{anchor}"
    return target
