"""What people have learned, what their posts ask for, and whose rights exceed their post."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.accounts.models import Appointment, Organization, Post, User
from apps.accounts.reach import labels_of
from apps.accounts.selectors import in_force_q, permission_names
from apps.common import clock
from apps.personnel import permissions
from apps.personnel.models import Course, PostStanding, PostTemplate, TrainingRecord


def missing_courses(person: User, post: Post) -> list[Course]:
    """Will give the courses the post asks for and the person has no valid record of today."""
    standing = PostStanding.objects.filter(post=post).prefetch_related("template__courses").first()
    if standing is None:
        return []
    valid = set(
        TrainingRecord.objects.filter(
            person=person, is_passed=True, expires_on__gte=clock.today()
        ).values_list("course_id", flat=True)
    )
    return [
        course
        for course in standing.template.courses.all()
        if course.is_active and course.pk not in valid
    ]


@dataclass(frozen=True)
class Untrained:
    """Somebody on a post without a valid record of what it asks for."""

    appointment: Appointment
    courses: list[Course]


def list_untrained(viewer: User) -> list[Untrained]:
    """Will give who lacks a valid record of a course their post asks for, unit by unit."""
    today = clock.today()
    held = (
        Appointment.objects.filter(
            permissions.reach_q(viewer, "post__organization", *permissions.ANY),
            Q(to_on__isnull=True) | Q(to_on__gte=today),
            from_on__lte=today,
            user__is_active=True,
            post__standing__template__courses__is_active=True,
        )
        .select_related("user", "post__organization", "post__standing__template")
        .prefetch_related("post__standing__template__courses")
        .order_by("post__organization__path", "user__name_pinyin", "pk")
        .distinct()
    )
    valid = set(
        TrainingRecord.objects.filter(is_passed=True, expires_on__gte=today).values_list(
            "person_id", "course_id"
        )
    )
    found = []
    for appointment in held:
        courses = [
            course
            for course in appointment.post.standing.template.courses.all()
            if course.is_active and (appointment.user_id, course.pk) not in valid
        ]
        if courses:
            found.append(Untrained(appointment, courses))
    return found


def list_records(
    viewer: User, *, query: str = "", state: str = "", course: Course | None = None
) -> QuerySet[TrainingRecord]:
    """Will give the newest exams first of the people of the viewer's units.

    state: "valid", "soon" (runs out within the warning time), "expired" or "failed".
    """
    held = Appointment.objects.filter(
        permissions.reach_q(viewer, "post__organization", *permissions.ANY)
    )
    asked = permissions.reach_q(viewer, "join_request__post__organization", *permissions.ANY)
    people = User.objects.filter(Q(pk__in=held.values("user_id")) | Q(asked))
    found = TrainingRecord.objects.filter(person__in=people.values("pk"))
    today = clock.today()
    horizon = today + timedelta(days=settings.TRAINING_WARNING_DAYS)
    narrowed = {
        "valid": Q(expires_on__gte=today),
        "soon": Q(expires_on__range=(today, horizon)),
        "expired": Q(expires_on__lt=today),
        "failed": Q(is_passed=False),
    }
    if state in narrowed:
        found = found.filter(narrowed[state])
    if course is not None:
        found = found.filter(course=course)
    if text := query.strip():
        found = found.filter(
            Q(person__full_name__contains=text) | Q(person__employee_number__iexact=text)
        )
    return found.select_related("person", "course").order_by("-taken_on", "-pk")


def list_courses(viewer: User) -> QuerySet[Course]:
    """Will give the courses of the bodies the viewer works for."""
    return Course.objects.filter(tenant_id__in=tenants_of(viewer)).order_by("name")


def list_templates(viewer: User) -> QuerySet[PostTemplate]:
    """Will give the post templates of those bodies."""
    return (
        PostTemplate.objects.filter(tenant_id__in=tenants_of(viewer))
        .prefetch_related("roles", "courses")
        .order_by("name")
    )


def tenants_of(viewer: User) -> list[int]:
    """Will give the bodies the viewer has a personnel right in."""
    units = Organization.objects.filter(permissions.reach_q(viewer, "", *permissions.ANY))
    return sorted(set(units.values_list("tenant_id", flat=True)))


@dataclass(frozen=True)
class Excess:
    """A person whose post carries more than its template."""

    appointment: Appointment
    template: PostTemplate
    roles: list[str]
    permissions: list[str]


def list_excess(viewer: User) -> list[Excess]:
    """Will give whose rights exceed the template of the post, unit by unit (AC-10)."""
    held = (
        Appointment.objects.filter(
            in_force_q(),
            permissions.reach_q(viewer, "post__organization", *permissions.ANY),
            user__is_active=True,
            post__standing__isnull=False,
        )
        .select_related("user", "post__organization", "post__standing__template")
        .prefetch_related("post__roles", "post__standing__template__roles")
        .order_by("post__organization__path", "user__name_pinyin", "pk")
    )
    found = []
    for appointment in held:
        template = appointment.post.standing.template
        allowed = set(template.roles.all())
        rights = labels_of(allowed)
        beyond = {
            role.name: extra
            for role in appointment.post.roles.all()
            if role not in allowed and (extra := labels_of([role]) - rights)
        }
        if beyond:
            names = permission_names(set().union(*beyond.values()))
            found.append(Excess(appointment, template, list(beyond), names))
    return found
