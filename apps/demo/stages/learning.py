"""A text model that serves, one on trial, a wish to dispatch with no person, and one warning.

The models learn from invented labelled reports, a small file of them, before the history begins,
so that every report of the history is read by both.
"""

import csv
import io
import random
from datetime import datetime, timedelta

from apps.accounts.models import Tenant, User
from apps.common import clock
from apps.demo.texts import Writer
from apps.hotline import services as hotline
from apps.hotline.enums import Nature
from apps.matters.actors import Reporter
from apps.matters.enums import Channel
from apps.nlp import services as models
from apps.nlp.enums import ModelState
from apps.nlp.models import TextModel

CLASSES = (
    "env.noise", "estate.property", "road.parking", "road.manhole", "estate.elevator",
    "labor.wage", "utility.heat", "city.garbage", "market.refund", "utility.drain",
)  # fmt: skip
EACH = 26
PLACES = ("解放路", "和平小区", "海泊路菜市场", "人民广场", "新华社区")


def load_models(*, tenant: str, seed: int) -> int:
    """Will train two versions, let a second person release the first, and try the other.

    Gives how many examples they learned from.
    """
    keeper, releaser = _people()
    body = Tenant.objects.get(code=tenant)
    writer = Writer(random.Random(seed))
    _take_in(keeper, body, writer, "首批标注样本.csv")
    models.order_training(keeper, note="首版（演示）")
    hotline.train_waiting()
    _take_in(keeper, body, writer, "补充标注样本.csv")
    models.challenge(keeper, number=1)
    hotline.submit_text_model(keeper, number=1)
    models.release(releaser, number=1)
    models.order_training(keeper, note="补充样本后重训（演示）")
    hotline.train_waiting()
    models.challenge(keeper, number=2)
    return TextModel.objects.get(state=ModelState.SHADOW).examples


def load_warning(*, tenant: str, until: datetime) -> None:
    """Will let one report arrive that nobody may leave lying, and ask to dispatch by itself."""
    keeper, _releaser = _people()
    body = Tenant.objects.get(code=tenant)
    with clock.at(until - timedelta(minutes=20)):
        intake = hotline.Intake(
            title="欠薪无人管",
            text="工地拖欠工资半年，跑了很多次没有结果，家里已经揭不开锅，实在不想活了。",
            channel=Channel.WEB,
            nature=Nature.HELP,
            reporter_phone="13900000019",
            source_key="demo:warning",
        )
        case = hotline.register_demand(Reporter(case_id=0), tenant=body, intake=intake).case
        hotline.read_demand(case.pk)
        hotline.ask_switch(keeper, tenant=body, is_on=True, reason="先试一个月")


def _people() -> tuple[User, User]:
    return (
        User.objects.get(username="text-keeper1"),
        User.objects.get(username="text-releaser1"),
    )


def _take_in(keeper: User, body: Tenant, writer: Writer, name: str) -> None:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["标题", "内容", "类别"])
    for code in CLASSES:
        for number in range(EACH // 2 if "补充" in name else EACH):
            words = writer.report(code, PLACES[number % len(PLACES)])
            rows.writerow([words.title, words.text, code])
    hotline.import_examples(
        keeper, tenant=body, file=io.BytesIO(file.getvalue().encode("utf-8-sig")), name=name
    )
