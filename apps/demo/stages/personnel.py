"""People who come, move and go in the demo city, so that no personnel page is empty."""

from datetime import timedelta

from apps.accounts.deputies.services import delegate
from apps.accounts.models import Organization, Post, User
from apps.accounts.selectors import appointments_in_force
from apps.common import clock
from apps.demo.world import CENTER, TENANT
from apps.personnel.enums import ChangeKind, LeavingReason, PostCategory, PostLevel
from apps.personnel.services import (
    joining,
    leaving,
    moving,
    reorganising,
    reviewing,
    training,
)

DAY = timedelta(days=1)


def load_personnel() -> int:
    """Will lay down one thing of each kind, by the personnel clerk, and give how many."""
    clerk, today = _person("personnel1"), clock.today()
    center = Organization.objects.select_related("tenant").get(code=CENTER, tenant__code=TENANT)
    desk = Post.objects.select_related("organization__tenant").get(
        organization=center, name="受理员"
    )
    course = training.save_course(
        clerk, unit=center, name="网络与信息安全年度培训", valid_months=12, pass_score=60
    )
    template = training.save_template(
        clerk, unit=center, name="热线受理岗", level=PostLevel.STAFF,
        category=PostCategory.OPERATION, roles=list(desk.roles.all()), courses=[course],
    )  # fmt: skip
    training.follow_template(clerk, post_ids=[desk.pk], template=template)
    for person, score in zip(_last("acceptor"), (92, 78), strict=True):
        training.record_training(
            clerk, person=person, course=course, taken_on=today - 340 * DAY, score=score
        )
    joining.ask_for(
        clerk, post=desk, reason="新录用人员",
        colleague=joining.NewColleague("newcomer1", "新同事", today + 7 * DAY),
    )  # fmt: skip
    handler, mover = _last("handler")
    head = _person("head1")
    leaving.file_leaving(
        clerk, person=handler, leaves_at=clock.now() + 10 * DAY, reason=LeavingReason.RETIRED
    )
    held = appointments_in_force(mover).first()
    assert held is not None
    unit = held.post.organization
    moving.file_transfer(
        clerk, appointment=held, new_post=_other_post(held.post), kind="regular",
        on=today + 14 * DAY, reason="轮岗交流",
    )  # fmt: skip
    delegate(
        head, deputy=_person("handler3"), from_on=today, to_on=today + 6 * DAY, reason="外出学习"
    )
    reorganising.file_reorganisation(
        clerk, kind=ChangeKind.RENAME, unit=unit, on=today + 30 * DAY,
        reason="机构改革方案", new_name=f"{unit.name}（综合执法局）"[:80],
    )  # fmt: skip
    return 7 + reviewing.open_round(center.tenant)


def _last(kind: str) -> list[User]:
    """Two people nobody is told to sign in as: the story takes rights from them in some days."""
    people = User.objects.filter(username__regex=rf"^{kind}[0-9]+$", tenant__code=TENANT)
    return list(people.order_by("-pk")[:2])


def _other_post(post: Post) -> Post:
    """The same post in another unit."""
    others = Post.objects.filter(name=post.name, organization__tenant=post.organization.tenant)
    found = others.exclude(pk=post.pk).select_related("organization__tenant").order_by("pk")
    other = found.first()
    assert other is not None
    return other


def _person(username: str) -> User:
    return User.objects.get(username=username, tenant__code=TENANT)
