"""What may be read about matters: guides in force, retired ones, and what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Tenant
from apps.common.errors import NotFound
from apps.guides.enums import Audience, PublicState
from apps.guides.models import Guide
from apps.matters.enums import Service
from apps.matters.limits import write_limit
from apps.matters.models import MatterDomain, MatterType
from apps.matters.selectors import matters_open_to

SOURCES = {
    "citizen": gettext_lazy("申请人提交"),
    "shared": gettext_lazy("共享数据，免提交"),
    "unit": gettext_lazy("部门内部产生"),
}


@dataclass(frozen=True)
class GuideContent:
    """What a guide says, section by section; an empty section is not shown."""

    conditions: list[str]
    materials_in: list[dict[str, Any]]
    materials_out: list[dict[str, Any]]
    limits: list[tuple[str, str]]
    legal_basis: list[str]
    fee: str
    promise: str
    trust: list[str]
    can_apply: bool


@dataclass(frozen=True)
class Publishable:
    """A matter in force and its guide. state: none, current or behind."""

    matter: MatterType
    guide: Guide | None
    state: str


def list_guides(
    tenant: Tenant, *, words: str = "", audience: str = "", domain: str = ""
) -> QuerySet[Guide]:
    """Will give the guides in force: by words of title and summary, audience, domain."""
    found = _guides(tenant).filter(state=PublicState.PUBLISHED)
    if words:
        found = found.filter(Q(title__icontains=words) | Q(summary__icontains=words))
    if audience in (Audience.PERSON, Audience.ENTERPRISE):
        found = found.filter(audience__in=[audience, Audience.BOTH])
    if domain:
        found = found.filter(matter_type__domain__code=domain)
    return found.order_by("title", "id")


def list_domains(tenant: Tenant) -> QuerySet[MatterDomain]:
    """Will give the domains that have a guide in force."""
    used = Guide.objects.filter(tenant=tenant, state=PublicState.PUBLISHED)
    return MatterDomain.objects.filter(pk__in=used.values("matter_type__domain")).order_by("code")


def get_guide(tenant: Tenant, code: str, *, number: int | None = None) -> Guide:
    """Will give the guide of a matter: the one in force, else the last retired one.

    number: of the version, for who kept an old address. Raises: NotFound.
    """
    found = _guides(tenant).filter(matter_type__code=code)
    if number is not None:
        found = found.filter(version__number=number)
    guide = found.filter(state=PublicState.PUBLISHED).first() or found.order_by("-id").first()
    if guide is None:
        raise NotFound(_("没有这份办事指南"))
    return guide


def list_publishable(tenant: Tenant) -> list[Publishable]:
    """Will give every matter in force whose kind has guides, with the state of its own."""
    guides = {g.matter_type_id: g for g in _guides(tenant).filter(state=PublicState.PUBLISHED)}
    rows = []
    for matter in matters_open_to(Service.GUIDE):
        guide = guides.get(matter.pk)
        is_current = guide is not None and guide.version_id == matter.current_version_id
        rows.append(
            Publishable(matter, guide, "current" if is_current else "behind" if guide else "none")
        )
    return rows


def content_of(body: Mapping[str, Any]) -> GuideContent:
    """Will read from a definition what its guide says."""
    basic = body.get("basic", {})
    legal = basic.get("legal_basis") or body.get("legal_basis", "")
    return GuideContent(
        conditions=_lines(basic.get("conditions", "")),
        materials_in=[
            {**m, "source_label": str(SOURCES[m.get("source", "citizen")])}
            for m in body.get("materials_in", [])
        ],
        materials_out=list(body.get("materials_out", [])),
        limits=_limits(body),
        legal_basis=_lines(legal),
        fee=str(basic.get("fee", "")) or _("不收费"),
        promise=str(basic.get("promise", "")),
        trust=_trust(body),
        can_apply=body.get("title", "") != "" and _can_apply(body),
    )


def _trust(body: Mapping[str, Any]) -> list[str]:
    """Says how sure the office is of who handles an application and who reads its data."""
    asked = [a["trust"]["level"] for a in body.get("actions", []) if "trust" in a]
    told = _("关键步骤由确认过身份（%(level)s 级可信）的工作人员办理。")
    lines = [told % {"level": max(asked)}] if asked else []
    if level := body.get("policies", {}).get("reveal_level", 0):
        lines.append(
            _("您的个人信息只对确认过身份（%(level)s 级可信）的工作人员显示。") % {"level": level}
        )
    return lines


def audience_of(body: Mapping[str, Any]) -> Audience:
    """Will read whom a matter is for; both where it does not say."""
    said = str(body.get("basic", {}).get("audience", ""))
    person = "个人" in said or "自然人" in said
    enterprise = "企业" in said or "法人" in said
    if person == enterprise:
        return Audience.BOTH
    return Audience.PERSON if person else Audience.ENTERPRISE


def _can_apply(body: Mapping[str, Any]) -> bool:
    return bool({"auto_dispatch", "conclude"} & {a["code"] for a in body.get("actions", [])})


def _limits(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for one in body.get("clocks", []):
        limit = one.get("default_limit") if one["limit"] == "dispatch" else one["limit"]
        if limit and one.get("main"):
            rows.append((one["label"], write_limit(limit)))
    return rows


def _lines(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else str(value).splitlines()
    return [str(part).strip() for part in parts if str(part).strip()]


def _guides(tenant: Tenant) -> QuerySet[Guide]:
    return Guide.objects.filter(tenant=tenant).select_related(
        "matter_type__domain", "version", "successor__matter_type"
    )
