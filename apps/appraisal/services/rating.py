"""People and posts in a computation: their rows kept, rates, scores, grades, places. Source: OP-17.

Called at the end of a computation, within its transaction. Frozen with the month.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from apps.appraisal.counting import Ruling
from apps.appraisal.enums import StaffKind, StaffPart
from apps.appraisal.models import Pass, StaffFact, StaffLine
from apps.appraisal.reckoning import Rate, places
from apps.appraisal.reckoning.scoring import weighted
from apps.appraisal.reckoning.staff import StaffRow, pooled_staff, staff_rates
from apps.appraisal.schemes import Terms
from apps.appraisal.selectors.runs import month_of
from apps.appraisal.selectors.targets import grade_of
from apps.appraisal.sources.staff import Member, members_of


def rate_staff(one: Pass, terms: Terms, rulings: Mapping[str, Ruling]) -> None:
    """Will write lines and rows of everybody who repaired or was expected to in the month."""
    members = members_of(one.run.tenant, month_of(one.run.month))
    ground = one.run.tenant.area.path if one.run.tenant.area is not None else ""
    facts = [fact for member in members for fact in _facts(one, member, rulings, ground)]
    StaffFact.objects.bulk_create(facts, batch_size=1000)
    lines = [_person(one, member, facts) for member in members]
    lines += _posts(one, members, {line.key: line for line in lines})
    _judge(lines, terms)
    StaffLine.objects.bulk_create(lines, batch_size=1000)


def staff_digest(one: Pass) -> str:
    """Will give the SHA-256 over rows and figures of people and posts; "" where there are none."""
    facts = one.staff_facts.order_by("key").values_list(
        "line", "post", "kind", "key", "on", "left_out", "detail"
    )
    lines = one.staff.order_by("key").values_list(
        "key", "name", "unit_name", "post_name", "people", "repairs", "rates", "score", "grade",
        "place",
    )  # fmt: skip
    told = [[*row] for row in (*facts, *lines)]
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest() if told else ""


def _facts(
    one: Pass, member: Member, rulings: Mapping[str, Ruling], ground: str
) -> Iterable[StaffFact]:
    for row in member.rows:
        ruling = rulings.get(row.key)
        yield StaffFact(
            of=one, line=member.key, post=member.post_key, kind=row.kind, key=row.key,
            label=row.label[:160], on=row.on, area_path=row.area_path or ground,
            left_out=ruling is not None, ruled_id=ruling.appeal_id if ruling else None,
            detail=row.detail,
        )  # fmt: skip


def _person(one: Pass, member: Member, facts: Iterable[StaffFact]) -> StaffLine:
    mine = [fact for fact in facts if fact.line == member.key]
    rates = staff_rates(StaffRow(fact.kind, fact.detail, fact.left_out) for fact in mine)
    return StaffLine(
        of=one, kind=StaffKind.PERSON, key=member.key, person=member.person,
        name=member.person.log_name[:100], unit_name=member.unit.name, unit_path=member.unit.path,
        post_name=member.post.name if member.post is not None else "",
        repairs=sum(fact.kind == "repair" for fact in mine), rates=_as_json(rates),
    )  # fmt: skip


def _posts(one: Pass, members: Iterable[Member], lines: Mapping[str, StaffLine]) -> list[StaffLine]:
    """A post comes to the sums of the people on it, never to means of their percentages."""
    held: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        if member.post is not None:
            held[member.post_key].append(member)
    return [_post(one, key, on_it, [lines[m.key] for m in on_it]) for key, on_it in held.items()]


def _post(one: Pass, key: str, on_it: list[Member], lines: list[StaffLine]) -> StaffLine:
    post = on_it[0].post
    assert post is not None
    rates = pooled_staff(read_rates(line.rates) for line in lines)
    return StaffLine(
        of=one, kind=StaffKind.POST, key=key, name=post.name, unit_name=on_it[0].unit.name,
        unit_path=on_it[0].unit.path, post_name=post.name, people=len(lines),
        repairs=sum(line.repairs for line in lines), rates=_as_json(rates),
    )  # fmt: skip


def read_rates(told: Mapping[str, list[int]]) -> dict[str, Rate]:
    """Will read kept rates."""
    return {part: Rate(*told[part]) for part in StaffPart.values if part in told}


def _as_json(rates: Mapping[str, Rate]) -> dict[str, list[int]]:
    return {part: [rate.good, rate.due] for part, rate in rates.items()}


def _judge(lines: Iterable[StaffLine], terms: Terms) -> None:
    scores: dict[str, dict[str, Decimal | None]] = defaultdict(dict)
    told = list(lines)
    for line in told:
        # Who had no work is not judged by what they could not do (decision 0091).
        if line.repairs:
            rates = read_rates(line.rates)
            line.score = weighted(rates, StaffPart.values, lambda p: terms.staff[p])
        line.grade = grade_of(line.score) if line.score is not None else ""
        scores[line.kind][line.key] = line.score
    ranked = {kind: places(of) for kind, of in scores.items()}
    for line in told:
        line.place = ranked[line.kind][line.key]
