"""The demo city calls back: a script, pools, a morning of calls, the last bulletin."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from apps.accounts.models import User
from apps.callbacks import services
from apps.callbacks.enums import RedoRule, Takes
from apps.callbacks.models import Bulletin, CallbackTask
from apps.common import clock, outbox
from apps.demo.world import World

TEN = time(10)
SCRIPT = services.ScriptSpec(
    code="standard",
    name="通用回访问卷",
    greeting="您好，这里是市民服务热线。您前些天反映的问题，承办单位已反馈办理情况，想了解一下结果。",
    closing="感谢您对我们工作的支持，再见。",
    body={
        "fields": [
            {"name": "contacted", "label": "承办单位是否与您联系过", "type": "boolean"},
            {
                "name": "wish",
                "label": "希望改进的方面",
                "type": "choice",
                "choices": [["speed", "办理速度"], ["manner", "服务态度"], ["result", "办理效果"]],
            },
        ]
    },
)
POOLS = (
    services.PoolSpec("重办案件回访", "standard", first_round=2, priority=8, latest_h=48),
    services.PoolSpec("电话诉求回访", "standard", channels=("phone",), priority=5),
    services.PoolSpec(
        "其他渠道抽样回访",
        "standard",
        share_percent=60,
        priority=3,
        redo_rule=RedoRule.UNSOLVED,
    ),
    services.PoolSpec(
        "办结抽查", "standard", takes=Takes.CLOSED, share_percent=10, priority=2, latest_h=168
    ),
)
ANSWERS = (
    services.Answer("reached", True, 5, 5, "修得很快，谢谢", {"contacted": "on"}),
    services.Answer("not_reached", comment="响铃无人接听"),
    services.Answer("reached", False, 2, 4, "只做了临时处理，请彻底修好", {"wish": "result"}),
    services.Answer("refused", comment="反映人表示不需要回访"),
)


def load_callbacks(world: World, *, until: datetime) -> int:
    """Will set pools up, make the morning's calls and issue last month's bulletin.

    Gives how many call-backs there are. The calls are made at the last ten o'clock before
    ``until``, when citizens may be called.
    """
    lead = world.people("callback_lead")[0]
    with clock.at(_last_ten(until)):
        services.publish_script(lead, tenant=world.tenant, spec=SCRIPT)
        for spec in POOLS:
            services.save_pool(lead, tenant=world.tenant, spec=spec)
        services.fill_pools()
        for agent, answer in zip(world.people("callback_clerk"), ANSWERS, strict=False):
            _call(agent, answer)
    with clock.at(until):
        _bulletin(world, lead, until)
    return CallbackTask.objects.count()


def _last_ten(until: datetime) -> datetime:
    day = timezone.localtime(until).date()
    found = timezone.make_aware(datetime.combine(day, TEN))
    return found if found <= until else found - timedelta(days=1)


def _call(agent: User, answer: services.Answer) -> None:
    task = services.claim_next(agent)
    if task is not None:
        services.record_attempt(agent, task_id=task.pk, number=task.tries + 1, answer=answer)


def _bulletin(world: World, lead: User, until: datetime) -> Bulletin:
    first = timezone.localtime(until).date().replace(day=1)
    month = (first - timedelta(days=1)).replace(day=1)
    bulletin = services.start_bulletin(lead, tenant=world.tenant, month=month)
    outbox.drain()
    services.submit_bulletin(lead, bulletin_id=bulletin.pk)
    services.approve_bulletin(world.people("leader")[0], bulletin_id=bulletin.pk)
    outbox.drain()
    return bulletin
