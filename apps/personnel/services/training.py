"""Training and exams: recorded, warned of before they run out, felt when they have (AC-12)."""

from calendar import monthrange
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, Organization, Post, Role, User
from apps.accounts.selectors import appointments_in_force
from apps.accounts.services import resume_appointment, suspend_appointment
from apps.audit.services import SYSTEM, Actor, changes, record, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.phrases import series
from apps.personnel import permissions
from apps.personnel.enums import PostCategory, PostLevel
from apps.personnel.models import Course, PostStanding, PostTemplate, TrainingRecord
from apps.personnel.selectors.training import missing_courses
from apps.personnel.services.leaving import unit_of
from apps.personnel.services.telling import clerks, heads, note, tell, tell_person

_PAGE = "/personnel/training/"
_OF_COURSE = ("name", "valid_months", "pass_score")
_OF_TEMPLATE = ("name", "level", "category", "roles", "courses")


@transaction.atomic
def save_course(
    actor: Actor,
    *,
    unit: Organization,
    name: str,
    valid_months: int,
    pass_score: int,
    course: Course | None = None,
) -> Course:
    """Will add a course, or change one; records keep the end they were given. Locks the course.

    unit: by which the actor may. Raises: NotAllowed; InvalidInput (name, months, score).
    """
    permissions.require(permissions.can_manage(actor, unit))
    if not name.strip():
        raise InvalidInput(_("请填写课程名称。"), field="name")
    if not 1 <= valid_months <= 120:
        raise InvalidInput(_("有效月数须在 1 至 120 之间。"), field="valid_months")
    if not 0 <= pass_score <= 100:
        raise InvalidInput(_("合格分须在 0 至 100 之间。"), field="pass_score")
    same = Course.objects.filter(tenant=unit.tenant, name=name.strip())
    if same.exclude(pk=course.pk if course else 0).exists():
        raise InvalidInput(_("已有同名课程。"), field="name")
    saved = Course(tenant=unit.tenant)
    if course is not None:
        saved = Course.objects.select_for_update().get(pk=course.pk)
    before = snapshot(saved, *_OF_COURSE)
    saved.name, saved.valid_months, saved.pass_score = name.strip(), valid_months, pass_score
    saved.save()
    changed = changes(before, snapshot(saved, *_OF_COURSE))
    _note_row(actor, "course.saved", "personnel.course", saved.pk, saved.name, changed)
    return saved


@transaction.atomic
def save_template(
    actor: Actor,
    *,
    unit: Organization,
    name: str,
    level: str,
    category: str,
    roles: Collection[Role],
    courses: Collection[Course],
    template: PostTemplate | None = None,
) -> PostTemplate:
    """Will say what a kind of post is. It grants nothing: rights come from the post's roles.

    Locks the template. Raises: NotAllowed; InvalidInput.
    """
    permissions.require(permissions.can_manage(actor, unit))
    if not name.strip():
        raise InvalidInput(_("请填写模板名称。"), field="name")
    if level not in PostLevel.values or category not in PostCategory.values:
        raise InvalidInput(_("请选择岗位层级和类别。"), field="level")
    same = PostTemplate.objects.filter(tenant=unit.tenant, name=name.strip())
    if same.exclude(pk=template.pk if template else 0).exists():
        raise InvalidInput(_("已有同名模板。"), field="name")
    if any(course.tenant_id != unit.tenant_id for course in courses):
        raise InvalidInput(_("课程不属于本机关。"), field="courses")
    saved = PostTemplate(tenant=unit.tenant)
    if template is not None:
        saved = PostTemplate.objects.select_for_update().get(pk=template.pk)
    before = snapshot(saved, *_OF_TEMPLATE)
    saved.name, saved.level, saved.category = name.strip(), level, category
    saved.save()
    saved.roles.set(roles)
    saved.courses.set(courses)
    changed = changes(before, snapshot(saved, *_OF_TEMPLATE))
    _note_row(actor, "post_template.saved", "personnel.posttemplate", saved.pk, saved.name, changed)
    return saved


@transaction.atomic
def follow_template(actor: Actor, *, post_ids: Collection[int], template: PostTemplate) -> int:
    """Will let posts follow a template and give how many. Raises: NotAllowed; InvalidInput."""
    posts = list(Post.objects.filter(pk__in=post_ids).select_related("organization__tenant"))
    held = PostStanding.objects.filter(post__in=posts).select_related("template")
    followed = {standing.post_id: {"template": standing.template.name} for standing in held}
    for post in posts:
        permissions.require(permissions.can_manage(actor, post.organization))
        if post.organization.tenant_id != template.tenant_id:
            raise InvalidInput(_("岗位不属于本机关。"), field="posts")
        PostStanding.objects.update_or_create(post=post, defaults={"template": template})
        changed = changes(followed.get(post.pk, {}), {"template": template.name})
        _note_row(actor, "post.template_set", "accounts.post", post.pk, str(post), changed)
    return len(posts)


@transaction.atomic
def record_training(
    actor: Actor, *, person: User, course: Course, taken_on: date, score: int
) -> TrainingRecord:
    """Will note an exam. A pass lets suspended posts give their rights again.

    Nobody records their own. Locks the person.
    Raises: NotAllowed; InvalidInput (day, score, course of another body, noted already).
    """
    locked = User.objects.select_for_update().get(pk=person.pk)
    unit = unit_of(locked) or _requested_unit(locked)
    permissions.require(permissions.can_manage(actor, unit))
    if actor.pk is not None and actor.pk == locked.pk:
        raise InvalidInput(_("不能登记本人的考核成绩。"), field="person")
    if unit is not None and course.tenant_id != unit.tenant_id:
        raise InvalidInput(_("课程不属于本机关。"), field="course")
    if taken_on > clock.today():
        raise InvalidInput(_("考核日期不能晚于今天。"), field="taken_on")
    if not 0 <= score <= 100:
        raise InvalidInput(_("成绩须在 0 至 100 之间。"), field="score")
    if TrainingRecord.objects.filter(person=locked, course=course, taken_on=taken_on).exists():
        raise InvalidInput(_("该日的考核已登记。"), field="taken_on")
    passed = score >= course.pass_score
    made = TrainingRecord.objects.create(
        person=locked,
        course=course,
        taken_on=taken_on,
        score=score,
        is_passed=passed,
        expires_on=months_after(taken_on, course.valid_months) if passed else None,
        recorded_at=clock.now(),
        recorded_by_name=actor.display_name[:100],
    )
    note(actor, "training.recorded", locked, course=course.name, score=score, passed=passed)
    if passed:
        _resume(locked)
    return made


def watch_training() -> int:
    """Will warn of trainings that run out soon and suspend posts whose training has run out.

    For the worker; safe at any time. Only a record that has run out suspends, never one that
    was never there: else a new template would empty an office overnight. Gives how many.
    """
    today = clock.today()
    horizon = today + timedelta(days=settings.TRAINING_WARNING_DAYS)
    soon = TrainingRecord.objects.filter(
        expires_on__range=(today, horizon), warned_at__isnull=True, person__is_active=True
    ).select_related("person", "course")
    count = sum(_warn(record_) for record_ in soon.order_by("pk"))
    over = TrainingRecord.objects.filter(expires_on__lt=today, person__is_active=True)
    people = User.objects.filter(pk__in=over.values("person_id")).order_by("pk")
    return count + sum(_suspend(person) for person in people)


def months_after(day: date, months: int) -> date:
    """Will give the same day so many months later, the month's last where it has none."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@transaction.atomic
def _warn(found: TrainingRecord) -> int:
    newer = TrainingRecord.objects.filter(
        person=found.person, course=found.course, expires_on__gt=found.expires_on
    )
    TrainingRecord.objects.filter(pk=found.pk).update(warned_at=clock.now())
    if newer.exists():
        return 0
    unit = unit_of(found.person)
    title = _("%(person)s的“%(course)s”将于 %(day)s 到期") % {
        "person": found.person.full_name,
        "course": found.course.name,
        "day": found.expires_on,
    }
    body = _("请在到期前完成培训考核，否则相应岗位的权限将暂停。")
    key = f"training:{found.pk}:soon"
    tell_person(found.person, title=title, body=body, key=key)
    tell([*heads(unit), *clerks(unit)], title=title, body=body, url=_PAGE, key=key)
    return 1


@transaction.atomic
def _suspend(person: User) -> int:
    count = 0
    for appointment in appointments_in_force(person):
        expired = [
            course
            for course in missing_courses(person, appointment.post)
            if course.records.filter(person=person, is_passed=True).exists()
        ]
        if not expired:
            continue
        reason = _("培训已过期：%(courses)s") % {"courses": series(expired)}
        suspend_appointment(SYSTEM, appointment=appointment, reason=reason)
        unit = appointment.post.organization
        title = _("%(person)s的岗位权限已暂停") % {"person": person.full_name}
        body = f"{appointment.post}：{reason}"
        key = f"training:{appointment.pk}:{clock.today().isoformat()}"
        tell_person(person, title=title, body=body, key=key)
        tell([*heads(unit), *clerks(unit)], title=title, body=body, url=_PAGE, key=key)
        count += 1
    return count


def _resume(person: User) -> None:
    held = Appointment.objects.filter(user=person, suspended_at__isnull=False)
    for appointment in held.exclude(to_on__lt=clock.today()).select_related("post"):
        if not missing_courses(person, appointment.post):
            resume_appointment(SYSTEM, appointment=appointment)


def _requested_unit(person: User) -> Organization | None:
    asked = getattr(person, "join_request", None)
    return asked.post.organization if asked is not None else None


def _note_row(
    actor: Actor, action: str, kind: str, key: int, label: str, changed: dict[str, Any]
) -> None:
    record(actor, action, object_type=kind, object_id=key, object_label=label, data=changed)
