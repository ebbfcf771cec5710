"""Logs of the demo city: weeks of a usual hour, one that departs, a rule that holds."""

import random
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.common import clock
from apps.journals.enums import Origin
from apps.journals.models import Line
from apps.journals.services import RuleSpec, judge_hour, save_rule, take_lines, watch_lines
from apps.places.models import Area

HOSTS = ("web-01", "app-02", "fw-01")
WEEKS, USUAL, LOUD = 6, 14, 120
#: Program, level, what it says.
SAID = (
    ("gateway", "info", "交换任务“人口库”已送达，用时 0.8 秒"),
    ("gateway", "warning", "对方系统 3 秒内没有应答，稍后重试"),
    ("nginx", "error", "上游连接超时 /api/v1/cases/"),
    ("sshd", "warning", "登录失败：用户 backup，来自 10.20.3.9"),
    ("backup", "info", "增量备份完成，用时 41 秒"),
    ("hotline", "info", "来电 13912345678 已接入坐席 07"),
)


def load_journals(area: Area, *, keeper: User, until: datetime, seed: int) -> int:
    """Will write a usual hour of each of the weeks before and a loud one now, have it judged, and
    a rule that holds; gives how many lines there are."""
    rng = random.Random(f"{seed}-journals")
    hour = until.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    for week in range(WEEKS, 0, -1):
        _write(rng, hour - timedelta(weeks=week), USUAL)
    _write(rng, hour, USUAL)
    with clock.at(until):
        take_lines(
            [_line("nginx", "error", f"上游连接超时 /cases/{n}", hour, n) for n in range(LOUD)],
            origin=Origin.SYSLOG, host="web-01",
        )  # fmt: skip
        judge_hour(hour=hour)
        save_rule(keeper, spec=RuleSpec("反复登录失败", area, "登录失败", count=3, minutes=120))
        watch_lines(now=until)
    return Line.objects.count()


def _write(rng: random.Random, hour: datetime, count: int) -> None:
    with clock.at(hour + timedelta(hours=1)):
        for host in HOSTS:
            lines = [_line(*SAID[n % len(SAID)], hour, rng.randrange(3600)) for n in range(count)]
            take_lines(lines, origin=Origin.SYSLOG, host=host)


def _line(program: str, level: str, text: str, hour: datetime, second: int) -> dict[str, str]:
    at = hour + timedelta(seconds=second % 3600)
    return {"program": program, "level": level, "text": text, "at": at.isoformat()}
