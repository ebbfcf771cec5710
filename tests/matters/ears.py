"""Listeners for the tests, brought into force as in life."""

from typing import Any

from apps.matters.enums import EffectKind
from apps.matters.models import Listener
from apps.matters.services import approve_listener, create_listener, submit_listener
from tests.cast import Cast

NOTIFY = {"to": "permission", "permission": "matters.supervise_case", "title": "{标题}", "body": ""}


def opens(matter: str, **changes: Any) -> dict[str, Any]:
    """Will give the effect data of opening a case of a matter."""
    return {
        "matter": matter,
        "title": "由{受理编号}触发",
        "text": "来自：{标题}",
        "keep_place": True,
        "keep_class": True,
        "mapping": [],
    } | changes


def acts(link: str, action: str, text: str = "由监听执行") -> dict[str, Any]:
    """Will give the effect data of an action on linked cases."""
    return {"link": link, "action": action, "text": text}


def written(
    cast: Cast,
    *,
    name: str = "井盖案件提醒",
    effect: EffectKind = EffectKind.NOTIFY,
    effect_data: dict[str, Any] | None = None,
    condition: dict[str, Any] | None = None,
    **pattern: list[str],
) -> Listener:
    """Will give a draft of the author."""
    return create_listener(
        cast.author,
        name=name,
        effect=effect,
        tenant=cast.tenant,
        pattern=pattern or {"matters": ["hotline.demand"], "actions": ["open"]},
        condition=condition or {},
        effect_data=NOTIFY if effect_data is None else effect_data,
    )


def active(cast: Cast, **values: Any) -> Listener:
    """Will give a listener written by the author and approved by the publisher."""
    draft = written(cast, **values)
    submit_listener(cast.author, listener_id=draft.pk)
    return approve_listener(cast.publisher, listener_id=draft.pk)


def forced(cast: Cast, **values: Any) -> Listener:
    """Will give an active listener past every check, as a fault in the checks would."""
    draft = written(cast, **values)
    draft.state, draft.approver = "active", cast.publisher
    draft.save()
    return draft
