"""Ratings of people and posts: post ability, limits, targets and cost, with appeals. OP-17."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.models import Post
from apps.appraisal import services
from apps.appraisal.models import Appeal, Run, StaffFact, StaffLine, Target
from apps.appraisal.reckoning import Rate
from apps.appraisal.reckoning.staff import StaffRow, pooled_staff, staff_rates
from apps.appraisal.selectors.targets import list_targets, track
from apps.appraisal.services.targets import NewTarget
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.ops.models import Repair
from apps.ops.services import do
from apps.personnel.models import Course, PostStanding, PostTemplate, TrainingRecord
from tests.appraisal.factories import BODY, paper, person
from tests.cast import Cast
from tests.ops.factories import answered, lay_on
from tests.people import appointed

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


def at(day: int, hour: int = 9, month: int = 10) -> datetime:
    return timezone.make_aware(datetime(2026, month, day, hour))


def post_of(cast: Cast) -> Post:
    return Post.objects.get(appointments__user=cast.repairer)


def needs_two_courses(cast: Cast) -> None:
    """The post asks for two courses; the repairer passed one, the other ran out in October."""
    template = PostTemplate.objects.create(
        tenant=cast.tenant, name="维修工", level="worker", category="technical"
    )
    for name, until in (("登高作业", date(2027, 1, 1)), ("电工", date(2026, 10, 20))):
        course = Course.objects.create(tenant=cast.tenant, name=name)
        template.courses.add(course)
        TrainingRecord.objects.create(
            person=cast.repairer, course=course, taken_on=date(2026, 1, 5), score=90,
            is_passed=True, expires_on=until, recorded_at=at(1), recorded_by_name="登记",
        )  # fmt: skip
    PostStanding.objects.create(post=post_of(cast), template=template)


@pytest.fixture
def rated(cast: Cast) -> Cast:
    """October is over: one repair of the firm's man, a target of his post, and a scheme."""
    with clock.at(at(1)):
        lay_on(cast)
    with clock.at(at(5)):
        order = answered(cast, key="done")
    with clock.at(at(5, 11)):
        do(cast.manager, order_id=order.pk, action="close", data={"note": "已核实"})
    cast.people |= {
        "scores": person("scores", "appraisal_manager", cast.center),
        "rater": person("rater", "appraisal_publisher", cast.center),
        "scores_west": person("scores_west", "appraisal_manager", cast.west_works),
        "contact": person(
            "contact", "appraisal_vendor", cast.repairer.appointments.get().post.organization
        ),
        "rival": person(
            "rival", "appraisal_vendor", cast.vendor_man.appointments.get().post.organization
        ),
    }
    needs_two_courses(cast)
    draft = services.draft_scheme(
        cast.scores, tenant=cast.tenant, name="方案", basis="办法", body=BODY,
        effective_from=date(2026, 1, 1),
    )  # fmt: skip
    services.submit_scheme(cast.scores, scheme_id=draft.pk)
    services.decide_scheme(cast.rater, scheme_id=draft.pk, publish=True)
    new = NewTarget(OCTOBER, quantity=4, hours=Decimal(1), cost=Decimal(100), post=post_of(cast))
    services.set_target(cast.scores, tenant=cast.tenant, new=new)
    return cast


def compute(cast: Cast) -> Run:
    services.order_pass(cast.scores, tenant=cast.tenant, month=OCTOBER)
    services.compute_due()
    return Run.objects.get(tenant=cast.tenant, month=OCTOBER)


def test_a_person_is_rated_from_repairs_targets_limits_and_courses(rated: Cast) -> None:
    with clock.at(at(2, month=11)):
        run = compute(rated)
    line = StaffLine.objects.get(of=run.shown, person=rated.repairer)
    repair = Repair.objects.get()
    took = int((repair.to_at - repair.order.reported_at).total_seconds())
    assert line.rates == {
        "quantity": [1, 4],
        "time": [3600, max(took, 3600)],
        # Eighty yuan of labour and a part of a hundred and twenty, of a hundred allowed.
        "cost": [10000, 20000],
        "on_time": [1, 1],
        "ability": [1, 2],
    }
    # 20 * 25 + 20 * 100 + 10 * 50 + 30 * 100 + 20 * 50, of a hundred.
    assert (line.score, line.grade, line.place) == (Decimal("70.00"), "passed", 1)
    post = StaffLine.objects.get(of=run.shown, kind="post")
    assert (post.people, post.repairs, post.score) == (1, 1, line.score)
    kinds = StaffFact.objects.filter(of=run.shown, line=line.key).values_list("kind", flat=True)
    assert sorted(kinds) == ["course", "course", "repair", "target"]
    # Computed anew from the same rows it is the same, to the digest.
    before = (run.shown.inputs_digest, run.shown.figures_digest) if run.shown else None
    with clock.at(at(3, month=11)):
        again = compute(rated).shown
    assert again is not None
    assert (again.inputs_digest, again.figures_digest) == before
    assert StaffLine.objects.filter(person=rated.repairer).count() == 1


def test_who_is_rated_appeals_another_rules_and_the_month_is_kept(rated: Cast) -> None:
    with clock.at(at(2, month=11)):
        run = services.open_run(rated.scores, run_id=compute(rated).pk)
    course = StaffFact.objects.get(of=run.shown, label__startswith="电工")
    target = StaffFact.objects.get(of=run.shown, kind="target")
    told: dict[str, Any] = {"reason": "证书正在换发，见附件", "files": [paper()]}
    with clock.at(at(3, month=11)):
        with pytest.raises(InvalidInput) as refused:
            services.file_staff_appeal(rated.repairer, fact_id=course.pk, reason="x", files=[])
        assert refused.value.field == "evidence"
        for stranger in (rated.rival, rated.vendor_man, rated.scores_west):
            with pytest.raises(NotFound):
                services.file_staff_appeal(stranger, fact_id=course.pk, **told)
        with pytest.raises(Exception, match="没有申诉"):
            services.file_staff_appeal(rated.repairer, fact_id=target.pk, **told)
        made = services.file_staff_appeal(rated.repairer, fact_id=course.pk, **told)
        with pytest.raises(Refused, match="已经有人申诉"):
            services.file_staff_appeal(rated.contact, fact_id=course.pk, **told)
        services.rule_appeal(rated.rater, appeal_id=made.pk, grant=True, ruling="属实")
    assert (made.person, made.asset) == (rated.repairer, None)
    entry = AuditEntry.objects.get(action="ops_appeal.filed")
    assert entry.data["after"]["wish"] == "leave_out"
    with clock.at(at(4, month=11)):
        run = compute(rated)
    line = StaffLine.objects.get(of=run.shown, person=rated.repairer)
    assert line.rates["ability"] == [1, 1]
    assert line.score == Decimal("80.00")
    with clock.at(at(20, month=11)):
        services.freeze_run(rated.rater, run_id=run.pk)
        with pytest.raises(Refused):
            services.file_staff_appeal(rated.contact, fact_id=course_of(run), **told)
    with pytest.raises(DatabaseError, match="frozen month"), transaction.atomic():
        StaffLine.objects.all().delete()


def course_of(run: Run) -> int:
    return StaffFact.objects.filter(of=run.shown, kind="course")[0].pk


def test_pages_show_people_to_themselves_their_unit_and_who_watches(rated: Cast) -> None:
    with clock.at(at(2, month=11)):
        run = services.open_run(rated.scores, run_id=compute(rated).pk)
    line = StaffLine.objects.get(of=run.shown, person=rated.repairer)
    page, month = "/appraisal/staff/", {"month": "2026-10"}
    seen = {}
    with clock.at(at(3, month=11)):
        for name in ("scores", "repairer", "contact", "rival", "vendor_man", "scores_west"):
            client = Client()
            client.force_login(rated.people[name])
            listed = client.get(page, month)
            opened = client.get(f"{page}{line.pk}/")
            seen[name] = (listed.status_code, line.name in listed.content.decode(),
                          opened.status_code)  # fmt: skip
        assert seen == {
            "scores": (200, True, 200), "repairer": (200, True, 200),
            "contact": (200, True, 200), "rival": (200, False, 404),
            "vendor_man": (200, False, 404), "scores_west": (200, False, 404),
        }  # fmt: skip
        client = Client()
        client.force_login(rated.outsider)
        assert client.get(page).status_code == 403
        client.force_login(rated.repairer)
        sheet = client.get(f"{page}export/", month | {"kind": "post"})
        assert sheet["Content-Type"].startswith("application/vnd.openxml")
        fact = StaffFact.objects.get(of=run.shown, kind="repair")
        url = f"{page}facts/{fact.pk}/appeal/"
        assert "证据" in client.get(url).content.decode()
        assert client.post(url, {"reason": "缺证据"}).status_code == 422
        paper_of = SimpleUploadedFile("停电.pdf", b"%PDF-1.4\n%x\n")
        assert client.post(url, {"reason": "停电", "evidence": paper_of}).status_code == 302
    assert Appeal.objects.get().key == fact.key
    assert AuditEntry.objects.filter(action="ops_staff.exported").count() == 1


def test_a_target_is_of_a_vendor_or_of_a_post_never_both(rated: Cast) -> None:
    post = post_of(rated)

    def refused(**told: object) -> str:
        new = NewTarget(OCTOBER, quantity=1, **told)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput) as found:
            services.set_target(rated.scores, tenant=rated.tenant, new=new)
        return found.value.field or ""

    assert refused() == "vendor"
    assert refused(vendor="大汇运维公司", post=post) == "vendor"
    assert refused(post=post, area=rated.east) == "area"
    again = NewTarget(OCTOBER, quantity=6, post=post)
    services.set_target(rated.scores, tenant=rated.tenant, new=again)
    assert Target.objects.count() == 1
    (tracked,) = track(list_targets(rated.contact, rated.tenant, OCTOBER))
    assert (tracked.heads, tracked.done, tracked.quantity) == (1, 1, 6)
    assert list_targets(rated.rival, rated.tenant, OCTOBER) == []
    client = Client()
    client.force_login(rated.scores)
    form = {"month": "2026-10", "post": post.pk, "hours": "2.0"}
    assert client.post("/appraisal/targets/new/", form).status_code == 302
    assert Target.objects.get().hours == Decimal("2.0")
    assert str(post) in client.get("/appraisal/targets/", {"month": "2026-10"}).content.decode()


def test_weights_of_people_and_posts_are_a_hundred_together(rated: Cast) -> None:
    body = BODY | {"staff": dict.fromkeys(("quantity", "time", "cost", "on_time", "ability"), 10)}
    with pytest.raises(InvalidInput, match="100") as refused:
        services.draft_scheme(
            rated.scores, tenant=rated.tenant, name="二", basis="办法", body=body,
            effective_from=date(2026, 12, 1),
        )  # fmt: skip
    assert refused.value.field == "staff"


repairs = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 10**7), st.sampled_from([True, False, None])),
    max_size=8,
)


@settings(max_examples=40)
@given(repairs, st.integers(1, 10), st.integers(0, 48), st.integers(0, 10**6))
def test_a_part_is_never_more_than_whole_and_posts_are_sums(
    done: list[tuple[int, int, bool | None]], quantity: int, hours: int, cents: int
) -> None:
    rows = [
        StaffRow("repair", {"seconds": s, "cents": c, "late": late, "work": "w"})
        for s, c, late in done
    ]
    limits = {"work": "", "quantity": quantity, "hours": str(hours), "cents": cents}
    rates = staff_rates([*rows, StaffRow("target", limits)])
    assert all(0 <= rate.good <= rate.due for rate in rates.values())
    # The slow way: mean and sum against what was allowed.
    if rows and (took := sum(s for s, _c, _l in done)):
        share = min(1.0, hours * 3600 * len(rows) / took)
        assert rates["time"].good / rates["time"].due == pytest.approx(share)
    both = pooled_staff([rates, rates])
    assert both["quantity"] == Rate(2 * min(len(rows), quantity), 2 * quantity)


def test_who_had_no_work_is_not_rated_and_takes_no_place(rated: Cast, client: Client) -> None:
    """On the same post, without a repair in October. Source: OP-17, decision 0091."""
    firm = post_of(rated).organization
    with clock.at(at(1)):
        idle = appointed("idle", firm, role="maintainer")
    with clock.at(at(2, month=11)):
        run = compute(rated)
    line = StaffLine.objects.get(of=run.shown, person=idle)
    assert (line.score, line.grade, line.place, line.repairs) == (None, "", None, 0)
    assert line.rates["quantity"] == [0, 4]
    busy = StaffLine.objects.get(of=run.shown, person=rated.repairer)
    assert (busy.score, busy.place) == (Decimal("70.00"), 1)
    post = StaffLine.objects.get(of=run.shown, kind="post")
    assert (post.people, post.rates["quantity"], post.place) == (2, [1, 8], 1)
    client.force_login(rated.scores)
    page = client.get(f"/appraisal/staff/{line.pk}/").content.decode()
    assert "未评定：该月没有维修工作" in page
