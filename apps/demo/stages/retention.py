"""How long people are kept: a schedule in force, the next one waiting, a case held."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.common import clock
from apps.demo.world import World
from apps.matters.enums import Depth, StateCategory
from apps.matters.models import Case
from apps.retention import services
from apps.retention.models import Schedule

OPERATIONS = "demo-operations"
AGREED_BEFORE = timedelta(days=30)
LINES = (
    services.LineSpec("hotline", 5, Depth.ERASED, family="economic"),
    services.LineSpec("hotline", 3, family="consumer"),
    services.LineSpec("hotline", 10),
)
NEXT = (*LINES[:2], services.LineSpec("hotline", 2, channel="sms"), LINES[2])


@transaction.atomic
def load_retention(world: World, *, until: datetime) -> int:
    """Will set a schedule in force, leave the next one to a second person and hold one case.

    Gives the number of versions. Begun again after a crash it adds nothing.
    """
    known = Schedule.objects.filter(tenant=world.tenant)
    if known.exists():
        return known.count()
    with clock.at(until - AGREED_BEFORE):
        first = _submitted(world, "按档案管理办法和个人信息保护要求制定", LINES)
        services.agree(world.people("leader")[0], schedule_id=first.pk)
    with clock.at(until):
        _submitted(world, "短信诉求缩短为两年", NEXT)
        ended = Case.objects.filter(
            tenant=world.tenant, category=StateCategory.ENDED, matter_type__code="hotline.demand"
        )
        held = ended.order_by("pk").first()
        if held is not None:
            services.place_hold(
                world.people("supervisor")[0],
                tenant=world.tenant,
                number=held.number,
                reason="反映人已提起行政诉讼，案卷保全至判决生效",
            )
    return known.count()


def _submitted(world: World, note: str, lines: tuple[services.LineSpec, ...]) -> Schedule:
    drafter = world.people("security_admin", OPERATIONS)[0]
    draft = services.save_draft(drafter, tenant=world.tenant, note=note, lines=lines)
    return services.submit(drafter, schedule_id=draft.pk)
