"""What the registry comes with: the ways files hang together. A city adds its own beside them."""

from datetime import date
from typing import Any

from apps.registry.models import RelationKind

SINCE = date(2020, 1, 1)
# code, name, name from the other side, from, to, is_dwelling, is_lease
RELATIONS: tuple[tuple[str, str, str, str, str, bool, bool], ...] = (
    ("owner", "产权人", "业主", "person", "premises", False, False),
    ("tenant", "租住于", "租客", "person", "premises", True, True),
    ("dweller", "居住于", "住户", "person", "premises", True, False),
    ("family", "家庭成员", "家庭成员", "person", "person", False, False),
    ("guardian", "监护人", "被监护人", "person", "person", False, False),
    ("landlord", "出租人", "承租人", "person", "person", False, False),
    ("employee", "就职于", "从业人员", "person", "firm", False, False),
    ("legal_person", "法定代表人", "法定代表人", "person", "firm", False, False),
    ("manager", "负责人", "负责人", "person", "site", False, False),
    ("student", "就读于", "学生", "person", "site", False, False),
    ("keeper", "保管人", "保管人", "person", "goods", False, False),
    ("firm_owner", "产权单位", "产权单位", "firm", "premises", False, False),
    ("firm_office", "经营于", "经营单位", "firm", "premises", False, False),
    ("firm_site", "经营场所", "经营企业", "firm", "site", False, False),
    ("firm_goods", "持有物品", "持有企业", "firm", "goods", False, False),
    ("site_goods", "存放物品", "存放场所", "site", "goods", False, False),
    ("house_goods", "存放物品", "存放房屋", "premises", "goods", False, False),
    ("site_house", "位于", "内有场所", "site", "premises", False, False),
)


def ensure_relation_kinds(**_signal: Any) -> None:
    """Will add the shipped kinds that are not there; what a city changed stays."""
    RelationKind.objects.bulk_create(
        [
            RelationKind(
                code=code,
                name=name,
                back_name=back,
                from_kind=start,
                to_kind=end,
                is_dwelling=is_dwelling,
                is_lease=is_lease,
                position=place,
                from_on=SINCE,
            )
            for place, (code, name, back, start, end, is_dwelling, is_lease) in enumerate(RELATIONS)
        ],
        ignore_conflicts=True,
    )
