"""What both forms of the bulletin show, in order: headings, sentences, tables, charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.callbacks.wording import HEADINGS, in_order, moved, shown


@dataclass(frozen=True)
class Table:
    """A table. widths: share of each column, 1 together; the first columns are text."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    widths: tuple[float, ...]


@dataclass(frozen=True)
class Chart:
    """Horizontal bars, the largest on top. unit: of the values."""

    title: str
    labels: list[str]
    values: list[float]
    unit: str


@dataclass(frozen=True)
class Section:
    """One heading with its sentences and what illustrates them."""

    heading: str
    text: str
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True)
class Page:
    """An edition as it is printed. figures, paragraphs: see ``models.Bulletin``."""

    city: str
    month: date
    edition: int
    correction: str
    figures: Mapping[str, Any]
    paragraphs: Mapping[str, str]
    digest: str
    author: str
    approver: str
    approved_at: datetime

    @property
    def title(self) -> str:
        return _("%(city)s政务服务热线月报") % {"city": self.city}

    @property
    def subtitle(self) -> str:
        issue = _("%(year)d年%(month)d月 第%(edition)d版") % {
            "year": self.month.year,
            "month": self.month.month,
            "edition": self.edition,
        }
        return f"{issue}（{_('更正')}：{self.correction}）" if self.correction else issue

    @property
    def foot(self) -> str:
        return _("编制：%(author)s　审批：%(approver)s　%(day)s　摘要：%(digest)s") % {
            "author": self.author,
            "approver": self.approver,
            "day": f"{timezone.localtime(self.approved_at):%Y-%m-%d}",
            "digest": self.digest[:16],
        }

    def sections(self) -> list[Section]:
        """Will give the bulletin in the order leaders read it."""
        extras: dict[str, dict[str, Any]] = {
            "overview": {
                "tables": (self._channels(),),
                "charts": (_bars(self.figures, "channels"),),
            },
            "handling": {"tables": (self._deeds(),)},
            "satisfaction": {"tables": (self._rates(), self._units())},
            "hot": {
                "tables": (
                    self._counted("classes", _("热点分类")),
                    self._counted("streets", _("街道（镇）")),
                ),
                "charts": (_bars(self.figures, "classes"),),
            },
        }
        return [
            Section(str(heading), self.paragraphs[code], **extras.get(code, {}))
            for code, heading in HEADINGS.items()
        ]

    def _channels(self) -> Table:
        return self._counted("channels", _("受理来源"))

    def _counted(self, block: str, title: str) -> Table:
        rows = [
            (line["label"], str(line["n"]), str(line["before"]), moved(line["n"], line["before"]))
            for line in self.figures[block]
        ]
        head = (title, _("本月（件）"), _("上月（件）"), _("变化"))
        return Table(title, head, rows, (0.4, 0.17, 0.17, 0.26))

    def _deeds(self) -> Table:
        rows = [
            (one["label"], one["value"], str(one["part"]), str(one["whole"] or "—"), one["before"])
            for one in in_order(self.figures, "deeds")
        ]
        head = (_("指标"), _("本月"), _("分子"), _("分母"), _("上月"))
        return Table(_("办理指标"), head, rows, (0.32, 0.17, 0.17, 0.17, 0.17))

    def _rates(self) -> Table:
        rows = [
            (one["label"], shown(one["percent"]), str(one["part"]), str(one["whole"]))
            for one in in_order(self.figures, "rates")
        ]
        return Table(
            _("三率"), (_("指标"), _("本月"), _("分子"), _("分母")), rows, (0.4, 0.2, 0.2, 0.2)
        )

    def _units(self) -> Table:
        rows = [
            (
                str(unit["place"]),
                unit["name"],
                unit["score"] or "—",
                str(unit["given"]),
                shown(unit["on_time"]),
                str(unit["returned"]),
                shown(unit["response"]),
                shown(unit["solved"]),
                shown(unit["satisfied"]),
            )
            for unit in self.figures["units"]
        ]
        head = (
            _("名次"), _("承办单位"), _("得分"), _("派单"), _("按时率"), _("退单"),
            _("响应率"), _("解决率"), _("满意率"),
        )  # fmt: skip
        widths = (0.07, 0.27, 0.09, 0.08, 0.11, 0.08, 0.1, 0.1, 0.1)
        return Table(_("承办单位排名"), head, rows, widths)


def _bars(figures: Mapping[str, Any], block: str) -> Chart:
    titles = {"channels": _("受理来源（件）"), "classes": _("热点分类（件）")}
    lines = [line for line in figures[block] if line["n"]]
    return Chart(
        titles[block],
        [line["label"] for line in lines],
        [float(line["n"]) for line in lines],
        _("件"),
    )
