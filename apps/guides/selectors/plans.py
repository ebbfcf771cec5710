"""Question trees and joint businesses in force, and as their editors see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common.errors import NotFound
from apps.guides import joining, trees
from apps.guides.enums import PublicState
from apps.guides.models import JointBusiness, QuestionTree
from apps.matters.enums import Service
from apps.matters.selectors import in_force, matters_open_to


@dataclass(frozen=True)
class Guided:
    """Where a path of questions ended: what to apply for and what then applies."""

    matter: str
    materials: tuple[str, ...] | None
    preset: Mapping[str, Any]
    note: str
    steps: tuple[tuple[str, str], ...]


def definitions_in_force() -> dict[str, Mapping[str, Any]]:
    """Will give the definition of every matter in force, by its code."""
    return {m.code: m.current_version.body for m in in_force() if m.current_version}


def matters_to_apply_for() -> list[tuple[str, str]]:
    """Will give (code, name) of the matters people apply for, the joint ones among them."""
    return [(m.code, m.name) for m in matters_open_to(Service.QUESTIONS)]


def matters_to_join() -> list[tuple[str, str]]:
    """Will give (code, name) of the matters that may be an item of a joint business."""
    return [(c, name) for c, name in matters_to_apply_for() if c.startswith("service.")]


def matters_to_lead() -> list[tuple[str, str]]:
    """Will give (code, name) of the matters that may be declared once for several."""
    return [
        (m.code, m.name)
        for m in matters_open_to(Service.ONE_THING).filter(code__startswith="onething.")
        if m.current_version and joining.may_lead(m.current_version.body)
    ]


def list_trees(tenant: Tenant) -> QuerySet[QuestionTree]:
    """Will give the question trees in force."""
    found = QuestionTree.objects.filter(tenant=tenant, state=PublicState.PUBLISHED)
    return found.order_by("title")


def get_tree(tenant: Tenant, code: str) -> QuestionTree:
    """Will give a question tree in force. Raises: NotFound."""
    found = list_trees(tenant).filter(code=code).first()
    if found is None:
        raise NotFound(_("没有这个情形引导"))
    return found


def guided_by(tenant: Tenant, marker: str) -> Guided | None:
    """Will read "<tree>:<path>" as a browser carries it; None where it leads to no leaf."""
    code, _colon, path = marker.partition(":")
    tree = list_trees(tenant).filter(code=code).first()
    standing = trees.walk(tree.body, path) if tree is not None else None
    if standing is None or standing.leaf is None:
        return None
    leaf = standing.leaf
    materials = tuple(leaf["materials"]) if "materials" in leaf else None
    return Guided(
        leaf["matter"], materials, leaf.get("preset", {}), leaf.get("note", ""), standing.steps
    )


def find_joint(tenant: Tenant, matter_code: str) -> JointBusiness | None:
    """Will find the joint business in force whose main matter this is."""
    found = JointBusiness.objects.filter(tenant=tenant, state=PublicState.PUBLISHED)
    return found.filter(body__matter=matter_code).order_by("-id").first()


def part_names(joint: JointBusiness) -> list[str]:
    """Will give what each part of a joint business is called, in order."""
    names = {m.code: m.name for m in in_force()}
    return [
        item.get("label") or names.get(item["matter"], item["matter"])
        for item in joint.body["items"]
    ]


def list_plan_versions(tenant: Tenant, model: type[Any]) -> list[Any]:
    """Will give the newest version of every plan of a kind, whatever its state."""
    newest = model.objects.filter(tenant=tenant).order_by("code", "-number").distinct("code")
    return list(newest)


def get_plan(tenant: Tenant, model: type[Any], code: str) -> Any:
    """Will give the newest version of a plan. Raises: NotFound."""
    found = model.objects.filter(tenant=tenant, code=code).order_by("-number").first()
    if found is None:
        raise NotFound(_("没有这份内容"))
    return found
