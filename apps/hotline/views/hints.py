"""What appears beside the form while the agent types."""

import math
from typing import Any

from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of
from apps.assist import services as assist
from apps.assist.enums import Place
from apps.common.errors import DomainError
from apps.hotline.registry import duplicate_notes
from apps.hotline.selectors import answers, drafts, duplicates, knowledge, vocabulary
from apps.hotline.views.access import agent_required
from apps.places import selectors as places

TEXT_MIN = 6  # characters before anything is looked for


@agent_required
@require_POST
def hints(request: HttpRequest) -> HttpResponse:
    """Will show proposals of class, likely duplicates and articles for the text so far.

    One fragment: the right column, with the proposals swapped in under the text.
    """
    agent, posted = actor_of(request), request.POST
    text, class_code = posted.get("text", "").strip(), posted.get("class_code", "")
    context: dict[str, Any] = {"is_short": len(text) < TEXT_MIN}
    if not context["is_short"]:
        tenant = drafts.require_tenant(agent)
        point = _point(posted.get("lon", ""), posted.get("lat", ""))
        proposals = vocabulary.propose(text, title=posted.get("title", ""))
        looked_for = class_code or (proposals[0].code if proposals else "")
        likely = duplicates.likely_duplicates(
            agent,
            tenant=tenant,
            text=text,
            title=posted.get("title", ""),
            point=point,
            class_code=looked_for,
        )
        notes = duplicate_notes(agent, [found.case.pk for found in likely])
        context |= {
            "proposals": proposals,
            "duplicates": [(found, notes.get(found.case.pk, [])) for found in likely],
            "articles": (
                articles := knowledge.find_articles(
                    tenant=tenant, text=text, class_code=looked_for, limit=5
                )
            ),
            "answer": answers.compose(f"{posted.get('title', '')}\n{text}", articles),
        }
    return render(request, "hotline/_desk_hints.html", context)


@agent_required
@require_POST
def machine_draft(request: HttpRequest) -> HttpResponse:
    """Will show what a language model would answer (fragment); a person edits and sends."""
    agent, posted = actor_of(request), request.POST
    text, title = posted.get("text", "").strip(), posted.get("title", "")
    if len(text) < TEXT_MIN:
        context: dict[str, Any] = {"refusal": _("请先填写诉求内容")}
        return render(request, "hotline/_desk_machine.html", context)
    found = knowledge.find_articles(
        tenant=drafts.require_tenant(agent),
        text=f"{title}\n{text}",
        class_code=posted.get("class_code", ""),
        limit=5,
    )
    sources = [assist.Source(article.title, article.body) for article in found]
    context = {"articles": found, "cited": ",".join(str(one.pk) for one in found)}
    try:
        context["draft"] = assist.write_draft(
            agent, title=title, demand=text, sources=sources, place=Place.DESK
        )
    except DomainError as error:
        context["refusal"] = str(error)
    return render(request, "hotline/_desk_machine.html", context)


@agent_required
@require_GET
def place_candidates(request: HttpRequest) -> HttpResponse:
    """Will show where the typed address may be (fragment)."""
    text = request.GET.get("address", "").strip()
    found = []
    if len(text) > 1:
        tenant = drafts.require_tenant(actor_of(request))
        found = places.geocode(text, within=tenant.area, limit=5)
    return render(request, "hotline/_desk_places.html", {"candidates": found, "asked": text})


def _point(lon: str, lat: str) -> Point | None:
    try:
        x, y = float(lon), float(lat)
    except ValueError:
        return None
    if not (math.isfinite(x) and math.isfinite(y) and abs(x) <= 180 and abs(y) <= 90):
        return None
    return Point(x, y, srid=4326)
