"""Putting a matter definition in force (MT-01, MT-02)."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock, forms_data
from apps.common.errors import InvalidInput, Refused
from apps.matters.actions import known_actions
from apps.matters.definition import check
from apps.matters.enums import MatterKind, VersionState
from apps.matters.models import MatterDomain, MatterType, MatterVersion


@transaction.atomic
def ensure_domain(actor: Actor, *, code: str, name: str) -> MatterDomain:
    """Will give the field of matters of this code, made if there is none; audited then."""
    domain, created = MatterDomain.objects.get_or_create(code=code, defaults={"name": name})
    if created:
        audit.record(
            actor,
            "matter_domain.created",
            object_type="matter_domain",
            object_id=domain.pk,
            object_label=name,
        )
    return domain


@transaction.atomic
def create_matter_type(
    actor: Actor, *, code: str, name: str, kind: MatterKind, domain: MatterDomain
) -> MatterType:
    """Will make a matter type without a version; nothing can be opened with it yet."""
    matter_type, created = MatterType.objects.get_or_create(
        code=code, defaults={"name": name, "kind": kind, "domain": domain}
    )
    if not created:
        raise InvalidInput(_("事项代码“%s”已存在") % code, field="code")
    audit.record(
        actor,
        "matter_type.created",
        object_type="matter_type",
        object_id=matter_type.pk,
        object_label=name,
    )
    return matter_type


@transaction.atomic
def save_draft(actor: Actor, *, matter_type_id: int, body: dict[str, Any]) -> MatterVersion:
    """Will keep a body as the next version, checked only when it is published.

    Locks the matter type, so that two drafts never get one number.
    """
    matter_type = MatterType.objects.select_for_update().get(pk=matter_type_id)
    last = matter_type.versions.aggregate(last=Max("number"))["last"] or 0
    return MatterVersion.objects.create(matter_type=matter_type, number=last + 1, body=body)


@transaction.atomic
def publish_version(actor: Actor, *, version_id: int) -> MatterVersion:
    """Will put a draft in force for new cases; running cases stay on theirs.

    Locks the matter type. Raises: Refused (not a draft); InvalidInput (field "body", data
    "problems": why the definition could trap a case).
    """
    version = MatterVersion.objects.select_related("matter_type").get(pk=version_id)
    matter_type = MatterType.objects.select_for_update().get(pk=version.matter_type_id)
    version.refresh_from_db()
    if version.state != VersionState.DRAFT:
        raise Refused(_("只有草稿可以发布"))
    problems = check(version.body, known_actions=known_actions())
    if version.body.get("form"):
        problems += forms_data.check_definition(version.body["form"])
    if problems:
        raise InvalidInput(
            _("定义有%(count)s处问题：%(first)s") % {"count": len(problems), "first": problems[0]},
            field="body",
            data={"problems": problems},
        )
    matter_type.versions.filter(state=VersionState.PUBLISHED).update(state=VersionState.RETIRED)
    version.state, version.published_at = VersionState.PUBLISHED, clock.now()
    version.published_by_name = actor.display_name
    version.save(update_fields=["state", "published_at", "published_by_name"])
    matter_type.current_version = version
    matter_type.save(update_fields=["current_version"])
    audit.record(
        actor,
        "matter_version.published",
        object_type="matter_type",
        object_id=matter_type.pk,
        object_label=f"{matter_type.name} v{version.number}",
    )
    return version
