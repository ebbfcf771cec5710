"""A town with a schedule of three years, and one case that left traces everywhere."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from psycopg import sql

from apps.callbacks import services as callbacks
from apps.common import clock, files, outbox
from apps.hotline.models import Call
from apps.hotline.services import register_demand
from apps.hotline.telephony import exchange
from apps.matters.models import Case
from apps.matters.services import NewFile
from apps.messaging.enums import IntakeRule
from apps.messaging.registry import IncomingFile
from apps.retention import services
from apps.retention.models import Schedule
from tests.callbacks.conftest import ELEVEN, _build, new_pool
from tests.cast import ROLES, Cast, _person
from tests.hotline.citizen.conftest import picture
from tests.hotline.factories import intake
from tests.matters import factories as make
from tests.messaging import factories as written
from tests.put_back import put_back_or_build

NAME, PHONE = "欧阳墨涵", "13912340057"
TRACES = (NAME, "墨涵", PHONE)
ROLES.setdefault("term_drafter", ["retention.draft_schedule", "retention.view_retention"])
ROLES.setdefault("term_agreer", ["retention.agree_schedule", "retention.view_retention"])
ROLES.setdefault("case_holder", ["retention.hold_cases", "retention.view_retention"])
#: Two at night in the city, three years and a day after the case was closed.
NIGHT = datetime(2029, 11, 21, 18, 0, tzinfo=UTC)


@pytest.fixture
def town(db: None, settings: Any, tmp_path: Path) -> Cast:
    """The town of the call-backs with those who keep the terms."""
    settings.RETENTION_LEDGER = str(tmp_path / "ledger" / "tombstones.jsonl")
    return put_back_or_build("retention", _with_keepers)


def _with_keepers() -> Cast:
    cast = _build()
    for name, role, unit in (
        ("drafter", "term_drafter", cast.center),
        ("agreer", "term_agreer", cast.center),
        ("holder", "case_holder", cast.center),
    ):
        cast.people[name] = _person(name, f"管{name}", role, unit)
    return cast


def in_force(town: Cast, *lines: services.LineSpec) -> Schedule:
    """Will give a schedule two persons agreed on (default: three years for everything)."""
    lines = lines or (services.LineSpec("hotline", 3),)
    services.save_draft(town.drafter, tenant=town.tenant, note="依据市档案办法", lines=lines)
    draft = Schedule.objects.get(tenant=town.tenant, state="draft")
    services.submit(town.drafter, schedule_id=draft.pk)
    return services.agree(town.agreer, schedule_id=draft.pk)


def closed(town: Cast, **changes: Any) -> Case:
    """Will give a demand closed on that Friday."""
    with clock.at(ELEVEN):
        case = register_demand(town.acceptor, tenant=town.tenant, intake=intake(**changes)).case
        return make.act(town.callback, _answered(town, case), "call_back", make.CALL_BACK)


def _answered(town: Cast, case: Case) -> Case:
    case = make.act(town.acceptor, case, "accept", make.ACCEPT | {"note": f"{NAME}来电，请核实"})
    case = make.act(town.dispatcher, case, "dispatch", make.dispatch_data(town))
    case = make.act(town.handler, case, "sign", {})
    result = f"已电话告知{NAME}（{PHONE}），井盖已更换。"
    return make.act(town.handler, case, "feed_back", make.feed_back_data(result=result))


def everywhere(town: Cast) -> Case:
    """Will give a case whose citizen called, wrote, was called back and disputed about."""
    with clock.at(ELEVEN):
        new_pool(town)
        simulated = exchange()
        call = simulated.ring(line="12345", phone=PHONE, agent=town.acceptor.username)
        simulated.hang_up(exchange_id=call.exchange_id)
        photo = files.store(SimpleUploadedFile("现场.jpg", picture().read()))
        case = register_demand(
            town.acceptor,
            tenant=town.tenant,
            intake=intake(
                title=f"{NAME}反映路口井盖松动",
                text=f"我叫{NAME}，电话{PHONE}，家住幸福路8号楼2单元，井盖松动。",
                reporter_name=NAME,
                reporter_phone=PHONE,
                address=f"幸福路8号{NAME}家门口",
            ),
            call_id=call.pk,
            files=[NewFile(photo, f"{NAME}拍摄.jpg")],
        ).case
        case = _answered(town, case)
        callbacks.fill_pools()
        task = callbacks.claim_next(town.callback)
        assert task is not None
        said = callbacks.Answer("reached", True, 5, 5, f"{NAME}表示满意", {"waited": ""})
        callbacks.record_attempt(town.callback, task_id=task.pk, number=1, answer=said)
        account = written.account(town, intake_rule=IntakeRule.EVERY)
        sent = written.write(
            account,
            f"补充：{NAME} {PHONE} 井盖又响了，请尽快处理。",
            name=NAME,
            files=(IncomingFile("声音.jpg", picture().read()),),
        ).message
        assert sent is not None
        assert sent.case is not None
        make.act(town.callback, _answered(town, sent.case), "call_back", make.CALL_BACK)
    return Case.objects.get(pk=case.pk)


def traces() -> list[str]:
    """Will give every table and file of the installation in which the citizen still is."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname::text from pg_class where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0"
        )
        for (table,) in cursor.fetchall():
            query = sql.SQL("select count(*) from {} t where t::text like any (%s)")
            cursor.execute(query.format(sql.Identifier(table)), [[f"%{t}%" for t in TRACES]])
            if cursor.fetchone()[0]:
                found.append(table)
    media = Path(settings.MEDIA_ROOT)
    return sorted(found) + [str(path) for path in media.rglob("*") if path.is_file()]


def tonight(seconds: float = 60) -> int:
    """Will have the pass of that night run, and what it ordered done."""
    with clock.at(NIGHT):
        done = services.work_through(seconds=seconds)
        outbox.drain()
    return done


def recording_of(case: Case) -> str:
    """Will give the exchange's key of the call a case came of."""
    return Call.objects.get(demands__case=case).recording
