"""Cases in the states the tests begin with, brought there through the services."""

from typing import Any

from django.db import connection

from apps.matters.actors import Reporter
from apps.matters.definition import parsing
from apps.matters.enums import Channel
from apps.matters.models import Case, MatterVersion
from apps.matters.services import NewCase, open_case, perform
from tests.cast import Cast

ACCEPT = {"class_code": "road.manhole", "priority": "normal"}
CALL_BACK = {
    "reached": "yes",
    "solved": "yes",
    "result_score": "5",
    "acceptance_score": "4",
    "next_step": "close",
    "comment": "市民表示满意",
}


def new_case(**changes: Any) -> NewCase:
    """Will give a report of a loose manhole cover in the eastern district."""
    lon, lat = Cast.inside_east()
    values: dict[str, Any] = {
        "matter_type": "hotline.demand",
        "title": "路口井盖松动",
        "text": "解放路与和平路路口的井盖松动，车辆经过时声音很大，希望尽快处理。",
        "channel": Channel.PHONE,
        "lon": lon,
        "lat": lat,
        "address": "解放路与和平路路口",
    }
    return NewCase(**(values | changes))


def registered(cast: Cast, **changes: Any) -> Case:
    """Will give a case just opened by the acceptor."""
    return open_case(cast.acceptor, tenant=cast.tenant, report=new_case(**changes)).case


def accepted(cast: Cast, **changes: Any) -> Case:
    """Will give a case waiting to be dispatched."""
    return act(cast.acceptor, registered(cast, **changes), "accept", ACCEPT)


def dispatched(cast: Cast, **changes: Any) -> Case:
    """Will give a case waiting for the eastern works to sign."""
    return act(cast.dispatcher, accepted(cast, **changes), "dispatch", dispatch_data(cast))


def handling(cast: Cast, **changes: Any) -> Case:
    """Will give a case the eastern works are handling."""
    return act(cast.handler, dispatched(cast, **changes), "sign", {})


def answered(cast: Cast, **changes: Any) -> Case:
    """Will give a case waiting to be called back."""
    return act(cast.handler, handling(cast, **changes), "feed_back", feed_back_data())


def closed(cast: Cast, **changes: Any) -> Case:
    """Will give a closed case."""
    return act(cast.callback, answered(cast, **changes), "call_back", CALL_BACK)


def dispatch_data(cast: Cast, **changes: Any) -> dict[str, Any]:
    """Will give the input of a dispatch to the eastern works within five working days."""
    return {
        "unit": cast.east_works.pk,
        "limit_amount": 5,
        "limit_unit": "working_days",
    } | changes


def feed_back_data(**changes: Any) -> dict[str, Any]:
    """Will give the input of a unit's feedback."""
    return {"resolution": "solved", "result": "已更换井盖并加固。", "contacted": True} | changes


def act(actor: Any, case: Case, action: str, data: dict[str, Any], **extra: Any) -> Case:
    """Will perform one action and give the case as it stands after."""
    return perform(actor, case_id=case.pk, action=action, data=data, **extra).case


def reporter(case: Case) -> Reporter:
    """Will give the citizen who reported the case."""
    return Reporter(case_id=case.pk)


def policies(**changed: int) -> None:
    """Will change the policies of the hotline for this test."""
    version = MatterVersion.objects.get(state="published")
    version.body["policies"].update(changed)
    with connection.cursor() as cursor:  # a published version is never changed, by a trigger
        cursor.execute("set local session_replication_role = replica")
        version.save(update_fields=["body"])
        cursor.execute("set local session_replication_role = origin")
    parsing._parsed.clear()
