"""A small matter an officer might write, and its versions in the states the tests begin with."""

import copy
from typing import Any

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.matters import services
from apps.matters.enums import MatterKind
from apps.matters.models import MatterDomain, MatterType, MatterVersion
from tests.cast import Cast

BODY: dict[str, Any] = {
    "title": "占道施工",
    "basic": {"summary": "发现占道施工后交责任单位处置。"},
    "kind_parts": {"sources": ["grid"], "on_the_spot_check": True},
    "states": [
        {"code": "found", "label": "待受理", "category": "intake"},
        {"code": "sent", "label": "待分派", "category": "routing"},
        {"code": "waiting", "label": "待签收", "category": "waiting"},
        {"code": "doing", "label": "整改中", "category": "running", "is_key": True},
        {"code": "done", "label": "已整改", "category": "ended", "is_key": True},
        {"code": "void", "label": "作废", "category": "ended"},
    ],
    "actors": {
        "desk": {"reach": "tenant", "permission": "matters.accept_case"},
        "sender": {"reach": "tenant", "permission": "matters.dispatch_case"},
        "unit": {"reach": "unit", "permission": "matters.handle_case"},
    },
    "actions": [
        {"code": "accept", "from": ["found"], "to": "sent", "who": ["desk"]},
        {"code": "dispatch", "from": ["sent"], "to": "waiting", "who": ["sender"]},
        {"code": "sign", "from": ["waiting"], "to": "doing", "who": ["unit"]},
        {"code": "feed_back", "from": ["doing"], "to": "done", "who": ["unit"]},
        {"code": "void", "from": ["found"], "to": "void", "who": ["desk"]},
        {"code": "remark", "from": ["found", "sent", "doing"], "who": ["desk", "unit"]},
    ],
    "clocks": [
        {
            "name": "fix",
            "label": "整改时限",
            "limit": {"amount": 2, "unit": "calendar_hours"},
            "starts": ["open"],
            "stops": ["feed_back", "void"],
        }
    ],
}


def body(**changes: Any) -> dict[str, Any]:
    """Will give a body that may be published as a city-operation matter."""
    return copy.deepcopy(BODY) | changes


def matter_type(
    author: Any = SYSTEM, *, code: str = "city.digging", kind: str = "operation"
) -> MatterType:
    """Will give a matter type without a version."""
    return services.create_matter_type(
        author,
        code=code,
        name="占道施工",
        kind=MatterKind(kind),
        domain=MatterDomain.objects.get(code="livelihood"),
    )


def draft(author: User, matter: MatterType | None = None, **changes: Any) -> MatterVersion:
    """Will give the author's draft of a matter of her own."""
    matter = matter or matter_type(author)
    return services.save_draft(author, matter_type_id=matter.pk, body=body(**changes))


def submitted(cast: Cast, matter: MatterType | None = None, **changes: Any) -> MatterVersion:
    """Will give a version waiting for the second person."""
    version = draft(cast.author, matter, **changes)
    return services.submit_version(cast.author, version_id=version.pk)


def published(cast: Cast, matter: MatterType | None = None, **changes: Any) -> MatterVersion:
    """Will give a version in force."""
    version = submitted(cast, matter, **changes)
    return services.approve_version(cast.publisher, version_id=version.pk)
