"""The invented examples of the style guide."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.common import clock
from apps.portal.forms import SampleForm

ICON_LIST = settings.BASE_DIR / "static" / "portal" / "icons.txt"


def samples(request: HttpRequest) -> dict[str, Any]:
    """Will give the values the page shows; posting the form shows its errors."""
    now = clock.now()
    return {
        "now": now,
        "form": SampleForm(request.POST if request.method == "POST" else None),
        "bad_form": SampleForm({"bad-title": "长" * 41, "bad-channel": ""}, prefix="bad"),
        "dues": [
            (_("充裕"), now + timedelta(days=3, hours=4), False, False),
            (_("即将到期"), now + timedelta(hours=3, minutes=21), False, False),
            (_("已超期"), now - timedelta(days=1, hours=2), False, False),
            (_("暂停"), now + timedelta(days=2), True, False),
            (_("已结束"), now, False, True),
            (_("没有时限"), None, False, False),
        ],
        "states": [
            ("intake", _("待受理")),
            ("routing", _("待分派")),
            ("waiting", _("待签收")),
            ("running", _("办理中")),
            ("paused", _("已挂起")),
            ("checking", _("待回访")),
            ("ended", _("已办结")),
        ],
        "levels": [
            ("over", _("超期")),
            ("soon", _("临期")),
            ("done", _("完成")),
            ("action", _("可办")),
            ("rest", _("一般")),
        ],
        "events": _events(now),
        "columns": [
            {"key": "number", "label": _("编号"), "is_fixed": True},
            {"key": "title", "label": _("标题"), "is_fixed": True, "is_wide": True},
            {"key": "area", "label": _("区域")},
            {"key": "calls", "label": _("来电次数"), "is_number": True, "is_sortable": True},
            {"key": "unit", "label": _("承办单位"), "is_optional": True},
        ],
        "rows": [
            {
                "url": f"#row-{n}",
                "number": f"2026112100{n}",
                "title": _("路口信号灯不亮，早高峰拥堵，行人过街危险，请尽快维修") * (n % 2 + 1),
                "area": _("东区 临港街道 第三网格"),
                "calls": n * 7,
                "unit": _("东区城市管理局"),
            }
            for n in range(1, 6)
        ],
        "page": Paginator(range(230), 20).get_page(request.GET.get("page", 4)),
        "tabs": [
            {"label": _("待签收"), "url": "?tab=1", "current": True, "count": 12},
            {"label": _("办理中"), "url": "?tab=2", "current": False, "count": 48},
            {"label": _("已办结"), "url": "?tab=3", "current": False, "count": None},
        ],
        "chart": {
            "tooltip": {"trigger": "axis"},
            "legend": {},
            "xAxis": {"type": "category", "data": ["11-17", "11-18", "11-19", "11-20"]},
            "yAxis": {"type": "value"},
            "series": [
                {"name": _("受理"), "type": "bar", "data": [132, 145, 128, 160]},
                {"name": _("办结"), "type": "line", "data": [120, 138, 131, 142]},
            ],
        },
        "chart_columns": [
            {"key": "day", "label": _("日期")},
            {"key": "opened", "label": _("受理"), "is_number": True},
            {"key": "closed", "label": _("办结"), "is_number": True},
        ],
        "chart_rows": [
            {"day": "11-17", "opened": 132, "closed": 120},
            {"day": "11-18", "opened": 145, "closed": 138},
            {"day": "11-19", "opened": 128, "closed": 131},
            {"day": "11-20", "opened": 160, "closed": 142},
        ],
        "icons": [
            line for line in ICON_LIST.read_text("utf-8").split("\n") if line and line[0] != "#"
        ],
    }


def _events(now: Any) -> list[dict[str, Any]]:
    return [
        {
            "title": _("办结，等待回访"),
            "actor": _("王强 · 东区城市管理局"),
            "at": now - timedelta(minutes=24),
            "level": "done",
            "icon": "circle-check",
            "text": _("已更换信号灯控制器，现场恢复正常，附维修后照片两张。"),
        },
        {
            "title": _("超过办理时限"),
            "at": now - timedelta(hours=5),
            "level": "over",
            "icon": "alert-triangle",
        },
        {
            "title": _("分派到东区城市管理局"),
            "actor": _("系统"),
            "at": now - timedelta(days=1),
            "level": "action",
            "icon": "send",
            "reason": _("派单规则第 12 行：类别“交通设施”且地点在东区，承办单位为东区城市管理局。"),
        },
        {
            "title": _("市民来电反映"),
            "actor": _("陈静 · 受理员"),
            "at": now - timedelta(days=1, minutes=9),
            "icon": "phone-incoming",
        },
    ]
