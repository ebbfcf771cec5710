"""Files of people, houses, firms, places and goods of the demo city, all invented."""

import random
from datetime import date, datetime, timedelta
from typing import Any

from apps.accounts.models import User
from apps.common import clock
from apps.demo import texts
from apps.demo.geography import City
from apps.registry import services as registry
from apps.registry.models import RegistryFile, SpecialType, UtilityReading

SIZES = {"small": 60, "default": 600, "large": 2000}
#: The division of the numbers does not exist; the check digit is right.
DIVISION = "990100"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
TRADES = ("超市", "餐馆", "药店", "五金商行", "水产行", "家电维修部", "服装厂", "物流站")
BRANDS = ("鑫隆", "福来", "和顺", "永兴", "海月", "正源", "佳禾", "丰泽", "安泰", "同心")
SITES = (("school", "小学"), ("hospital", "卫生院"), ("market", "集贸市场"), ("hotel", "旅馆"))
GOODS = (("gas", "液化气瓶", "瓶"), ("flammable", "油漆", "千克"), ("fireworks", "烟花", "箱"))
MONTHS = 13


def load_registry(city: City, *, size: str, seed: int, until: datetime) -> int:
    """Will take over an invented register, enrol some people and write down some visits.

    Gives the number of files.
    """
    rng = random.Random(seed)
    keeper = User.objects.get(username="registry-keeper1")
    with clock.at(until - timedelta(days=40)):
        rows, links = _houses_and_people(city, rng, SIZES[size], until.date())
        more, further = _things(city, rng, SIZES[size] // 8)
        files = registry.take_over(
            keeper, files=[*rows, *more], links=[*links, *further], source="演示台账"
        )
        registry.add_shipped_types(keeper)
    _readings(files, rng, until)
    _care(keeper, files, until=until)
    return len(files)


def _houses_and_people(
    city: City, rng: random.Random, houses: int, today: date
) -> tuple[list[registry.NewFile], list[registry.NewLink]]:
    rows, links = [], []
    addresses = rng.sample(city.addresses, min(houses // 3, len(city.addresses)))
    number = 0
    for place, address in enumerate(addresses):
        for room in (101, 202, 303):
            house = f"H{place:05d}-{room}"
            is_rented = rng.random() < 0.35
            values = {
                "address": address.text,
                "building": "1",
                "floor": room // 100,
                "room": str(room),
                "nature": "rent" if is_rented else rng.choice(("own", "own", "own", "idle")),
                "police_beat": f"第{place % 12 + 1}警务区",
                "point": {"lng": address.point[0], "lat": address.point[1]},
            }
            since = today - timedelta(days=rng.randint(200, 900))
            rows.append(registry.NewFile(house, "premises", values, since))
            if values["nature"] == "idle":
                continue
            for _turn in range(rng.choice((1, 2, 3, 4)) if not is_rented else rng.choice((2, 3))):
                number += 1
                person = f"P{number:06d}"
                rows.append(_person(rng, person, number, values, is_rented, today))
                links += _living(rng, person, house, today, is_rented)
    return rows, links


def _person(
    rng: random.Random, mark: str, number: int, house: dict[str, Any], is_renter: bool, today: date
) -> registry.NewFile:
    born = date(1940, 1, 1) + timedelta(days=rng.randint(0, 80 * 365))
    values = {
        "name": texts.person_name(rng),
        "id_number": _id_number(born, number) if rng.random() < 0.94 else "",
        "born_on": born.isoformat(),
        "phone": texts.phone_number(rng) if rng.random() < 0.9 else "",
        "household": "floating" if is_renter and rng.random() < 0.7 else "resident",
        "address": f"{house['address']} {house['room']}室",
        "point": house["point"],
    }
    return registry.NewFile(mark, "person", values, today - timedelta(days=rng.randint(30, 900)))


def _living(
    rng: random.Random, person: str, house: str, today: date, is_renter: bool
) -> list[registry.NewLink]:
    if not is_renter:
        return [registry.NewLink("dweller", person, house, today - timedelta(days=800))]
    start = today - timedelta(days=rng.randint(30, 500))
    end = start + timedelta(days=rng.randint(60, 300)) if rng.random() < 0.4 else None
    return [registry.NewLink("tenant", person, house, start, end if end and end < today else None)]


def _id_number(born: date, number: int) -> str:
    """A number that checks out, of a division that does not exist."""
    first = f"{DIVISION}{born:%Y%m%d}{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True))
    return first + "10X98765432"[total % 11]


def _things(
    city: City, rng: random.Random, firms: int
) -> tuple[list[registry.NewFile], list[registry.NewLink]]:
    rows, links = [], []
    for number in range(firms):
        address, (lon, lat) = city.random_address(rng)
        place: dict[str, Any] = {"address": address[:200], "point": {"lng": lon, "lat": lat}}
        trade = rng.choice(TRADES)
        name = f"{rng.choice(BRANDS)}{trade}（第{number + 1}号演示户）"
        firm = {"name": name, "trade": trade, "staff_count": rng.randint(1, 40)} | place
        since = date(2025, 1, 1) + timedelta(days=rng.randint(0, 500))
        rows.append(registry.NewFile(f"F{number}", "firm", firm, since))
        if number % 2 == 0:
            code, word = rng.choice(SITES)
            site = {"name": f"{rng.choice(BRANDS)}{word}{number + 1}", "site_kind": code} | place
            rows.append(registry.NewFile(f"S{number}", "site", site, since))
        if number % 3 == 0:
            code, word, measure = rng.choice(GOODS)
            goods = {
                "name": word,
                "goods_kind": code,
                "quantity": str(rng.randint(1, 200)),
                "measure": measure,
            } | place
            rows.append(registry.NewFile(f"G{number}", "goods", goods, since))
            links.append(registry.NewLink("firm_goods", f"F{number}", f"G{number}", since))
    return rows, links


def _readings(files: dict[str, RegistryFile], rng: random.Random, until: datetime) -> None:
    """A year of water and power for every fifth house, one of which stands out."""
    rows = []
    houses = [file for file in files.values() if file.kind == "premises"][::5]
    for place, house in enumerate(houses):
        for utility, usual in (("water", 9), ("power", 180)):
            for back in range(MONTHS):
                index = until.year * 12 + until.month - 2 - back
                month = date(index // 12, index % 12 + 1, 1)
                amount = round(usual * rng.uniform(0.8, 1.2), 1)
                if back == 0 and place % 9 == 0:
                    amount = round(amount * 3, 1)
                rows.append(
                    UtilityReading(
                        premises=house,
                        utility=utility,
                        month=month,
                        amount=amount,
                        imported_at=until,
                    )
                )
    UtilityReading.objects.bulk_create(rows, batch_size=1000)


def _care(keeper: User, files: dict[str, RegistryFile], *, until: datetime) -> None:
    """Some elderly people living alone, and a few of other groups, with their visits."""
    people = [file for file in files.values() if file.kind == "person"]
    codes = ("alone_elderly", "alone_elderly", "disabled", "mental", "released", "drug")
    kinds = {kind.code: kind for kind in SpecialType.objects.filter(code__in=codes)}
    for number, file in enumerate(people[:: max(1, len(people) // 18)]):
        kind = kinds[codes[number % len(codes)]]
        grade = kind.body["grades"][-1 if number % 3 == 0 else 0]["code"]
        with clock.at(until - timedelta(days=30 - number)):
            made = registry.enrol(
                keeper, file_id=file.pk, type_id=kind.pk, grade=grade, reason="社区摸排（演示）"
            )
        if number % 2:
            continue
        with clock.at(until - timedelta(days=number % 6 + 1)):
            visit = registry.VisitData(
                file_id=file.pk,
                enrolment_id=made.pk,
                at=clock.now(),
                findings="本人在家，情况平稳（演示）",
                data=_answers(kind),
            )
            registry.record_visit(keeper, key=f"demo-visit-{number}", visit=visit)


def _answers(kind: SpecialType) -> dict[str, Any]:
    """The first choice of what a visit of this type must say."""
    return {
        entry["name"]: entry["choices"][0][0]
        for entry in kind.body.get("visit_fields", [])
        if entry.get("required") and entry["type"] == "choice"
    }
