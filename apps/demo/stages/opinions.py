"""What the demo city asks its citizens: two collections, a survey, ideas at every state."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from apps.accounts.models import Organization, User
from apps.common import clock
from apps.demo.geography import City
from apps.demo.models import DemoLoad
from apps.demo.texts import phone_number
from apps.demo.world import World, read_profile, read_world
from apps.opinions import services
from apps.opinions.enums import Adoption, Audience
from apps.opinions.models import Collection, Idea
from apps.opinions.participants import Participant, by_phone

QUESTIONS = {
    "fields": [
        {
            "name": "use",
            "label": "您多久去一次滨河公园",
            "type": "choice",
            "required": True,
            "choices": [["week", "每周"], ["month", "每月"], ["never", "不去"]],
        },
        {
            "name": "why",
            "label": "不去的原因",
            "type": "multichoice",
            "choices": [["far", "离家远"], ["dark", "夜间照明差"], ["dirty", "卫生不好"]],
            "show_if": {"field": "use", "in": ["never"]},
        },
        {"name": "mark", "label": "总体打分", "type": "integer", "min": 1, "max": 5},
        {"name": "words", "label": "您的建议", "type": "longtext", "max_length": 1000},
    ]
}
OPINIONS = (
    ("步道建议铺防滑材料，雨天容易滑倒。", "步道", Adoption.ADOPTED, ""),
    ("希望保留河边的大柳树，不要砍。", "树木", Adoption.ADOPTED, ""),
    ("广场舞声音太大，健身区离住宅远一些。", "噪声", Adoption.PARTLY, "健身区外移三十米"),
    ("建议修一座地下停车场。", "停车", Adoption.DECLINED, "超出本次改造的范围和投资"),
)
ANSWERS = 24
Tell = Callable[[str], None]
IDEAS = (
    ("公交站增设电子站牌", "老人不会用手机看车，希望公交站装能显示到站时间的电子站牌。"),
    ("学校路口增设遮阳棚", "夏天等红灯太阳很晒，建议学校周边路口的等待区增设遮阳棚。"),
    ("图书馆周末延长开放", "希望市图书馆周末晚上开放到九点半，方便上班的人看书。"),
    ("小区闲置物品交换日", "建议每季度由社区组织一次闲置物品交换，减少浪费。"),
)


@dataclass(frozen=True)
class _Desk:
    """Who asks in the demo city: a unit, its head, somebody who drafts, the city's moderator."""

    world: World
    unit: Organization
    head: User
    staff: User
    moderator: User
    seed: int

    def citizen(self, name: str) -> Participant:
        """A citizen of the demo city, the same for the same name."""
        drawn = random.Random(f"{self.seed}:{name}")
        return by_phone(self.world.tenant.pk, phone_number(drawn))


@transaction.atomic
def lay_opinions(load: DemoLoad, city: City, tell: Tell) -> None:
    """The stage: see ``load_opinions``."""
    world = read_world(city, read_profile(load.profile))
    count = load_opinions(world, until=load.until, seed=load.seed)
    tell(f"  {count} 份意见、答卷和支持")


def load_opinions(world: World, *, until: datetime, seed: int) -> int:
    """Will lay two collections, one with its summary out, a survey with answers, four ideas.

    Gives how many opinions, answers and votes that made. Through the services of life alone.
    """
    unit, head, staff = _first_office(world)
    paper = _Desk(world, unit, head, staff, world.people("supervisor")[-1], seed)
    with clock.at(until - timedelta(days=30)):
        past = _collection(paper, "城南菜市场改造方案征求意见", days=7)
        _opinions(paper, past)
    with clock.at(until - timedelta(days=20)):
        _conclude(paper, past)
    with clock.at(until - timedelta(days=2)):
        _opinions(paper, _collection(paper, "滨河公园改造方案征求意见", days=21))
        _survey(paper)
        votes = _ideas(paper)
    return 2 * len(OPINIONS) + ANSWERS + votes


def _first_office(world: World) -> tuple[Organization, User, User]:
    """City management of the first district, its head, and somebody of it who drafts."""
    code = f"d{world.city.districts[0].code}-cgj"
    head, staff = (
        world.people("department_head", code)[0],
        world.people("department_staff", code)[0],
    )
    return world.units[code], head, staff


def _collection(paper: _Desk, title: str, *, days: int) -> Collection:
    today = clock.today()
    made = services.draft_collection(
        paper.staff,
        unit=paper.unit,
        notice=services.Notice(
            title,
            "方案已完成初稿，现公开征求意见。请在截止日期前提出，公布采纳情况时会逐项说明理由。",
            Audience.ANYONE,
            today,
            today + timedelta(days=days),
        ),
    )
    services.submit_collection(paper.staff, collection_id=made.pk)
    return services.publish_collection(paper.head, collection_id=made.pk)


def _opinions(paper: _Desk, row: Collection) -> None:
    """Four opinions; the last one waits."""
    for number, (text, theme, adoption, reason) in enumerate(OPINIONS):
        person = paper.citizen(f"opinion:{row.pk}:{number}")
        said = services.Said(text, f"demo:{row.pk}:{number}")
        opinion, _was_there = services.write_opinion(
            collection=row, said=said, person=person, address=person.key
        )
        if number < len(OPINIONS) - 1:
            _decide(paper, row, opinion.pk, theme, adoption, reason)


def _decide(
    paper: _Desk, row: Collection, key: int, theme: str, adoption: str, reason: str
) -> None:
    services.decide_opinions(
        paper.staff,
        collection_id=row.pk,
        opinion_ids=[key],
        theme=theme,
        adoption=adoption,
        reason=reason,
    )


def _conclude(paper: _Desk, row: Collection) -> None:
    _text, theme, adoption, reason = OPINIONS[-1]
    waiting = row.opinions.filter(adoption=Adoption.PENDING).values_list("pk", flat=True)
    for key in waiting:
        _decide(paper, row, key, theme, adoption, reason)
    words = "共收到四条意见，采纳两条，部分采纳一条，停车场建议超出本次改造范围。"
    services.write_summary(paper.staff, collection_id=row.pk, summary=words)
    services.publish_summary(paper.head, collection_id=row.pk)


def _survey(paper: _Desk) -> None:
    today = clock.today()
    draft = services.Draft(
        "滨河公园使用情况问卷",
        "约需两分钟，结果用于改造方案。",
        ["link", "receipt", "resident"],
        today,
        today + timedelta(days=21),
        QUESTIONS,
    )
    version = services.draft_survey(paper.staff, unit=paper.unit, draft=draft)
    services.submit_version(paper.staff, version_id=version.pk)
    version = services.publish_version(paper.head, version_id=version.pk)
    if settings.PUBLIC_ADDRESS:  # a link needs an address citizens can reach
        sample = services.Sample(size=20, days=365)
        services.invite(paper.staff, survey_id=version.survey_id, sample=sample)
    for number in range(ANSWERS):
        use = ("week", "week", "month", "never")[number % 4]
        given: dict[str, object] = {"use": use, "mark": str(3 + number % 3)}
        if use == "never":
            given["why"] = ["dark"] if number % 8 else ["far", "dirty"]
        if number % 3 == 0:
            given["words"] = "晚上路灯再亮一些"
        person = paper.citizen(f"survey:{number}")
        services.save_answer(
            version=version,
            respondent=services.by_person(person),
            data=given,
            is_done=True,
            address=person.key,
        )


def _ideas(paper: _Desk) -> int:
    """One waits to be let through, one gathers votes, one is before its unit, one adopted."""
    votes = 0
    for number, (title, text) in enumerate(IDEAS):
        author = paper.citizen(f"idea:{number}")
        idea = services.submit_idea(
            tenant=paper.world.tenant,
            title=title,
            text=text,
            source_key=f"demo:{number}",
            person=author,
            address=author.key,
        )
        if number == 0:
            continue
        services.admit_idea(paper.moderator, idea_id=idea.pk, unit=paper.unit)
        needed = settings.IDEA_VOTES_NEEDED
        wanted = min(17, needed - 1) if number == 1 else needed
        votes += _support(paper, idea, wanted)
        if number == len(IDEAS) - 1:
            answer = "很好的建议，下季度起在三个社区试办。"
            services.adopt_idea(paper.head, idea_id=idea.pk, answer=answer)
    return votes


def _support(paper: _Desk, idea: Idea, wanted: int) -> int:
    for number in range(wanted):
        person = paper.citizen(f"vote:{idea.pk}:{number}")
        services.vote(tenant=paper.world.tenant, idea_id=idea.pk, person=person, address=person.key)
    return wanted
