"""What the studio's pages have in common."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.common.phrases import points
from apps.matters import permissions
from apps.matters.models import MatterVersion
from apps.matters.selectors import definitions, surroundings
from apps.matters.studio.forms import Surroundings
from apps.matters.studio.wording import Names
from apps.seals.selectors import seal_names


def around(viewer: User, version: MatterVersion) -> Surroundings:
    """Will gather what a form of this version may offer."""
    others = surroundings.list_other_matters(version.matter_type.code)
    return Surroundings(
        body=version.body,
        kind=version.matter_type.kind,
        rights=surroundings.list_rights(),
        tables=surroundings.list_table_names(viewer),
        matters={
            code: found
            for code, found in surroundings.list_key_states().items()
            if code != version.matter_type.code
        },
        dictionaries=surroundings.list_dictionary_names(),
        split_tables=surroundings.list_split_tables(viewer),
        callable={other.code: other.name for other in others},
        other_fields={other.name: other.fields for other in others if other.fields},
        seals=seal_names(),
    )


def names_of(viewer: User) -> Any:
    """Will give a function from a body to its names, asking the database once."""
    rights = surroundings.list_rights()
    tables = surroundings.list_table_names(viewer)
    matters = surroundings.list_matter_names()
    fields = {m.code: m.fields for m in surroundings.list_other_matters("")}
    return lambda body: Names(body, rights, tables, matters, fields)


def standing_context(viewer: User, version: MatterVersion) -> dict[str, Any]:
    """Will tell who may do what with a version, and name the others."""
    now = clock.now()
    others = definitions.list_versions(version.matter_type)
    return {
        "matter": version.matter_type,
        "version": version,
        "standing": version.standing(now),
        "versions": [(other, other.standing(now)) for other in others],
        "may_edit": permissions.can_edit_matters(viewer),
        "may_change": permissions.can_change_draft(viewer, version),
        "may_review": permissions.can_review(viewer, version),
        "may_publish": viewer.has_perm(permissions.PUBLISH),
        "is_author": version.author_id == viewer.pk,
    }


def read_revision(request: HttpRequest) -> int:
    """Raises: InvalidInput (the page did not come from us)."""
    text = request.POST.get("revision", "")
    if not text.isdigit() or len(text) > 9:
        raise InvalidInput(_("页面已过期，请刷新后再改"), field="revision")
    return int(text)


def read_moment(text: str) -> datetime | None:
    """Will read a local moment as the browser sends it; None when left empty.

    Raises: InvalidInput.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return timezone.make_aware(moment) if moment.tzinfo is None else moment
    except (ValueError, OverflowError):
        raise InvalidInput(_("生效时间不正确"), field="effective_from") from None


def tell(request: HttpRequest, error: DomainError) -> None:
    """Will show a refusal on the next page, with every problem it names."""
    problems = [str(p) for p in error.data.get("problems") or []]
    messages.error(request, points(problems[:10]) if problems else str(error))
