"""The versions of the class model: how they judged, what may be done with them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of
from apps.common import dictionaries
from apps.common.pages import do_named, paged, tell
from apps.hotline.learning import comparing, examples, keeping
from apps.hotline.learning.views.access import with_right
from apps.hotline.selectors.vocabulary import CLASS_DICTIONARY
from apps.nlp import permissions, selectors, services
from apps.nlp.enums import ModelState
from apps.nlp.models import TextModel


@with_right(*permissions.READERS)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """What serves, what is on trial, what moved, and every version."""
    viewer = actor_of(request)
    serving, rival = selectors.find_serving(), selectors.find_challenger()
    context = paged(request, selectors.list_models()) | {
        "serving": serving,
        "rival": rival,
        "comparison": comparing.compare(rival) if rival is not None else None,
        "drifts": comparing.drift_of(serving) if serving is not None else [],
        "may_train": permissions.can_keep(viewer),
        "may_roll_back": serving is not None and viewer.has_perm(permissions.RELEASE),
        "counts": examples.class_counts(viewer),
    }
    return render(request, "hotline/learning/overview.html", context)


@with_right(permissions.KEEP)
@require_POST
def train(request: HttpRequest) -> HttpResponse:
    """Orders a new version."""
    note = request.POST.get("note", "")
    tell(
        request,
        lambda: services.order_training(actor_of(request), note=note),
        done=_("已下达训练，一分钟内开始"),
    )
    return redirect("hotline:learning")


@with_right(*permissions.READERS)
@require_GET
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """One version: its held-out figures per class, its trial, what may be done."""
    viewer = actor_of(request)
    model = selectors.get_model(number)
    comparison = comparing.compare(model) if model.shadow_at is not None else None
    context = {
        "model": model,
        "sheet": model.sheet,
        "classes": _class_rows(model),
        "left_out": [
            (dictionaries.label(CLASS_DICTIONARY, code), n)
            for code, n in model.sheet.get("left_out", {}).items()
        ],
        "comparison": comparison,
        "compared": _compared(comparison) if comparison is not None else [],
        "deeds": _deeds_for(viewer, model),
    }
    return render(request, "hotline/learning/model.html", context)


@with_right(*permissions.READERS)
@require_POST
def deed(request: HttpRequest, number: int, deed: str) -> HttpResponse:
    """Puts a version on trial, submits, sends back, releases or takes it out."""
    deeds = {
        "challenge": (services.challenge, _("已开始影子试用")),
        "submit": (keeping.submit, _("已送审")),
        "send-back": (services.send_back, _("已退回，继续试用")),
        "release": (services.release, _("已发布，即刻使用")),
        "roll-back": (services.roll_back, _("已撤下，恢复上一版")),
    }
    do_named(request, deed, deeds, number=number)
    return redirect("hotline:learning-model", number=number)


def _deeds_for(viewer: Any, model: TextModel) -> list[tuple[str, str]]:
    found = []
    if permissions.can_keep(viewer):
        if model.state == ModelState.DRAFT:
            found.append(("challenge", _("开始影子试用")))
        if model.state == ModelState.SHADOW:
            found.append(("submit", _("送审")))
    if model.state == ModelState.SUBMITTED and permissions.can_release(viewer, model):
        found += [("send-back", _("退回")), ("release", _("发布"))]
    if model.state == ModelState.RELEASED and viewer.has_perm(permissions.RELEASE):
        found.append(("roll-back", _("撤下此版")))
    return found


def _class_rows(model: TextModel) -> list[dict[str, Any]]:
    rows = [
        row
        | {
            "label": dictionaries.label(CLASS_DICTIONARY, code),
            "precision": round(row["precision"] * 100, 1),
            "recall": round(row["recall"] * 100, 1),
            "threshold": round(row["threshold"] * 100, 1) if row["threshold"] else None,
        }
        for code, row in model.sheet.get("classes", {}).items()
    ]
    return sorted(rows, key=lambda row: -row["examples"])


def _compared(comparison: comparing.Comparison) -> list[dict[str, Any]]:
    return [
        {
            "label": dictionaries.label(CLASS_DICTIONARY, row.code),
            "total": row.total,
            "serving": row.serving,
            "rival": row.rival,
        }
        for row in comparison.classes
    ]
