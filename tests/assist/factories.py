"""Assistants as the tests begin with."""

from typing import Any

from apps.accounts.models import User
from apps.assist.models import Assistant
from apps.assist.services import AssistantSpec, save_assistant, switch_on
from apps.audit.services import SYSTEM
from apps.demo.assistants import SECRET
from tests.cast import ROLES, Cast, _person

DIALECTS = {"speech": "rest-speech", "card": "rest-card", "table": "rest-table", "text": "chat"}


def keeper(cast: Cast, name: str = "assist-keeper", unit: Any = None) -> User:
    """Will give somebody who keeps the assistants of a unit (default: the centre)."""
    ROLES.setdefault("assist_keeper", ["assist.keep_assistants"])
    return _person(name, "管辅助", "assist_keeper", unit or cast.center)


def checker(cast: Cast) -> User:
    """Will give the second person."""
    ROLES.setdefault("assist_checker", ["assist.approve_assistants"])
    return _person("assist-checker", "复核人", "assist_checker", cast.center)


def spec(cast: Cast, address: str, kind: str = "speech", **given: Any) -> AssistantSpec:
    """Will give an assistant of the centre, for the centre and the eastern works."""
    plain: dict[str, Any] = {
        "unit": cast.center,
        "name": f"本地{kind}",
        "dialect": DIALECTS[kind],
        "address": address,
        "purpose": "减少手工录入",
        "units": [cast.center, cast.east_works],
        "secret": SECRET,
        "timeout_s": 2,
    }
    return AssistantSpec(**plain | given)


def assistant(cast: Cast, address: str, kind: str = "speech", **given: Any) -> Assistant:
    """Will give one that is on."""
    made = save_assistant(SYSTEM, spec=spec(cast, address, kind, **given))
    return switch_on(SYSTEM, assistant_id=made.pk, revision=made.revision)
