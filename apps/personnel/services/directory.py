"""People as the personnel system tells them: one by one (SCIM) or as a full list (AC-13).

Everything stays within the body the API client belongs to. Somebody who is switched off there
leaves here: the same writer, the same endings. A full list that would change too much, or was
cut short, changes nothing and waits for a person.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, Organization, Post, Tenant, User
from apps.accounts.reach import administrators
from apps.accounts.selectors import find_user, in_force_q
from apps.accounts.services import (
    appoint,
    create_user,
    end_appointment,
    reactivate_user,
    temporary_password,
    update_user,
)
from apps.accounts.services.sensitive import why_post
from apps.accounts.services.separation import admin_kinds
from apps.audit.services import SystemFor, record
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused, Stale
from apps.gateway.models import ApiClient
from apps.personnel import permissions
from apps.personnel.enums import LeavingReason, LeavingState, SnapshotState
from apps.personnel.models import DirectorySnapshot, Leaving
from apps.personnel.services.leaving import carry_out, file_leaving
from apps.personnel.services.telling import tell

MOST_PEOPLE = 20_000


@dataclass(frozen=True)
class DirectoryPerson:
    """One person as the personnel system knows them."""

    username: str
    full_name: str
    phone: str = ""
    email: str = ""
    employee_number: str = ""
    is_active: bool = True


def people_of(tenant: Tenant) -> QuerySet[User]:
    """Will give whom the directory of a body keeps: no superusers, no service accounts."""
    service = ApiClient.objects.values("service_user_id")
    return User.objects.filter(tenant=tenant, is_superuser=False).exclude(pk__in=service)


def get_person(tenant: Tenant, person_id: int) -> User:
    """Will give one of them. Raises: NotFound."""
    found = people_of(tenant).filter(pk=person_id).first()
    if found is None:
        raise NotFound(_("没有找到该人员。"))
    return found


@transaction.atomic
def put_in(client: ApiClient, *, new: DirectoryPerson) -> User:
    """Will open a person's file, without any right (AC-10).

    Raises: InvalidInput (name, number); Refused (the sign-in name is taken).
    """
    if find_user(new.username):
        raise Refused(_("该登录名已被使用。"), code="uniqueness", field="username")
    return create_user(
        directory_actor(client),
        tenant=client.tenant,
        username=new.username,
        full_name=new.full_name,
        password=temporary_password(),
        phone=new.phone,
        email=new.email,
        employee_number=new.employee_number,
        is_active=new.is_active,
    )


@transaction.atomic
def change(client: ApiClient, *, person: User, wanted: DirectoryPerson) -> User:
    """Will bring a person's file up to date; switched off there, they leave here at once.

    Locks the person. Raises: NotFound (another body); InvalidInput.
    """
    actor = directory_actor(client)
    locked = people_of(client.tenant).select_for_update(of=("self",)).filter(pk=person.pk).first()
    if locked is None:
        raise NotFound(_("没有找到该人员。"))
    if wanted.username and wanted.username != locked.username:
        raise InvalidInput(_("登录名不能修改。"), field="username")
    now = as_directory_person(locked)
    if replace(now, is_active=wanted.is_active) != replace(wanted, username=now.username):
        locked = update_user(
            actor,
            user=locked,
            full_name=wanted.full_name,
            phone=wanted.phone,
            email=wanted.email,
            employee_number=wanted.employee_number,
        )
    if now.is_active and not wanted.is_active:
        switch_off(client, person=locked)
    elif wanted.is_active and not now.is_active:
        if not may_reopen(locked):
            raise Refused(_("该账号由本单位停用或尚未启用，须由管理员启用。"), code="closed_here")
        reactivate_user(actor, user=locked)
    return people_of(client.tenant).get(pk=locked.pk)


def may_reopen(user: User) -> bool:
    """Will tell whether the directory may open an account: only one it has closed itself.

    What a security administrator closed, or what waits for training, stays closed here.
    """
    last = Leaving.objects.filter(person=user, ended_at__isnull=False).order_by("-ended_at").first()
    return last is not None and last.reason == LeavingReason.DIRECTORY


@transaction.atomic
def switch_off(client: ApiClient, *, person: User) -> Leaving | None:
    """Will let a person leave now; None where the account was closed already."""
    if not User.objects.select_for_update().get(pk=person.pk).is_active:
        return None
    planned = Leaving.objects.filter(person=person, state=LeavingState.PLANNED).first()
    if planned is not None:
        # Planned for later here, gone already there: the earlier moment counts.
        planned.leaves_at = clock.now()
        planned.save(update_fields=["leaves_at"])
        carry_out(planned.pk)
        return planned
    return file_leaving(
        directory_actor(client),
        person=person,
        leaves_at=clock.now(),
        reason=LeavingReason.DIRECTORY,
        note_text=client.name,
    )


def as_directory_person(user: User) -> DirectoryPerson:
    """Will give a person in the directory's shape."""
    return DirectoryPerson(
        username=user.username,
        full_name=user.full_name,
        phone=user.phone,
        email=user.email,
        employee_number=user.employee_number,
        is_active=user.is_active,
    )


# --- Members of posts -------------------------------------------------------------------


def posts_of(tenant: Tenant) -> QuerySet[Post]:
    """Will give the posts of a body's standing units."""
    return Post.objects.filter(
        organization__tenant=tenant, organization__is_active=True
    ).select_related("organization__tenant")


def members_of(post: Post) -> QuerySet[Appointment]:
    """Will give who holds a post today."""
    held = Appointment.objects.filter(in_force_q(), post=post, user__is_active=True)
    return held.select_related("user").order_by("pk")


@transaction.atomic
def set_members(
    client: ApiClient, *, post: Post, add: Sequence[int] = (), remove: Sequence[int] = ()
) -> None:
    """Will put people on a post from today and take others off it.

    Raises: NotAllowed (a post with sensitive rights or of an administrator: two people decide
        that); NotFound (somebody of another body).
    """
    if why_post(post) or admin_kinds([post]):
        raise NotAllowed(_("该岗位含敏感权限，须由安全管理员按双人复核任免。"))
    actor = directory_actor(client)
    held = {a.user_id: a for a in members_of(post)}
    for person_id in remove:
        if person_id in held:
            end_appointment(actor, appointment=held[person_id])
    for person_id in add:
        if person_id not in held:
            appoint(actor, user=get_person(client.tenant, person_id), post=post, is_primary=False)


# --- A full list ------------------------------------------------------------------------


@transaction.atomic
def take_snapshot(
    client: ApiClient, *, people: Sequence[DirectoryPerson], expected: int | None
) -> DirectorySnapshot:
    """Will compare a full list with what there is, and apply it or stop.

    expected: how many people the sender meant to send. It stops where the list is empty or
    shorter than that, the number was not given, a name stands twice, or more than
    ``DIRECTORY_LARGEST_PERCENT`` of the known people would be touched. Locks the body's row.

    Raises: InvalidInput (more than 20,000 people, somebody without a name).
    """
    Tenant.objects.select_for_update().get(pk=client.tenant_id)
    if len(people) > MOST_PEOPLE:
        raise InvalidInput(_("一次最多 2 万人。"), field="Resources")
    known = list(people_of(client.tenant).filter(is_active=True).order_by("pk"))
    differences = _differences(client.tenant, people, known)
    why = _why_stop(people, expected, known, differences)
    snapshot = DirectorySnapshot.objects.create(
        tenant=client.tenant,
        client=client,
        received_at=clock.now(),
        received_count=len(people),
        expected_count=expected,
        known_count=len(known),
        why_stopped=why,
        differences=differences,
        base=_base(client.tenant),
        state=SnapshotState.WAITING if why else SnapshotState.APPLIED,
    )
    counts = {name: len(rows) for name, rows in differences.items()}
    record(
        directory_actor(client),
        "directory.stopped" if why else "directory.applied",
        object_type="personnel.directorysnapshot",
        object_id=snapshot.pk,
        object_label=client.name,
        data={"why": why, "received": len(people)} | counts,
    )
    if why:
        _ask_people(snapshot)
    else:
        _apply(snapshot)
    return snapshot


@transaction.atomic
def apply_snapshot(actor: User, *, snapshot_id: int) -> DirectorySnapshot:
    """Will do what a stopped list would have done, because a person has looked at it.

    Raises: NotFound; NotAllowed; Refused (decided); Stale (people have changed since).
    """
    snapshot = _lock_waiting(actor, snapshot_id)
    if snapshot.base != _base(snapshot.tenant):
        raise Stale(_("收到名册之后人员已有变化，请让人事系统重新推送。"))
    _decide(actor, snapshot, SnapshotState.APPLIED)
    _apply(snapshot)
    return snapshot


@transaction.atomic
def refuse_snapshot(actor: User, *, snapshot_id: int) -> DirectorySnapshot:
    """Will throw a stopped list away. Raises: NotFound; NotAllowed; Refused (decided)."""
    snapshot = _lock_waiting(actor, snapshot_id)
    _decide(actor, snapshot, SnapshotState.REFUSED)
    return snapshot


def _differences(
    tenant: Tenant, people: Sequence[DirectoryPerson], known: Sequence[User]
) -> dict[str, list[dict[str, Any]]]:
    here = {user.username.lower(): user for user in people_of(tenant)}
    create, update, told = [], [], set()
    for person in people:
        if not person.username.strip() or not person.full_name.strip():
            raise InvalidInput(_("名册中有人没有登录名或姓名。"), field="Resources")
        name = person.username.lower()
        told.add(name)
        user = here.get(name)
        if user is None:
            if person.is_active:
                create.append(asdict(person))
        elif as_directory_person(user) != (wanted := _filled(person, user)):
            update.append({"id": user.pk} | asdict(wanted))
    leave = [
        {"id": user.pk, "username": user.username, "full_name": user.full_name}
        for user in known
        if user.username.lower() not in told
    ]
    return {"create": create, "update": update, "leave": leave}


def _filled(person: DirectoryPerson, user: User) -> DirectoryPerson:
    """What a full list leaves empty it does not know; it erases nothing.

    Nor does it open what was closed here.
    """
    return replace(
        person,
        is_active=person.is_active and (user.is_active or may_reopen(user)),
        username=user.username,
        phone=person.phone or user.phone,
        email=person.email or user.email,
        employee_number=person.employee_number or user.employee_number,
    )


def _why_stop(
    people: Sequence[DirectoryPerson],
    expected: int | None,
    known: Sequence[User],
    differences: Mapping[str, Sequence[Any]],
) -> str:
    if not people:
        return _("名册是空的。")
    if expected is None:
        return _("没有注明应有人数，无法确认名册完整。")
    if len(people) != expected:
        return _("名册不完整：应有 %(expected)s 人，收到 %(count)s 人。") % {
            "expected": expected,
            "count": len(people),
        }
    if len({person.username.lower() for person in people}) < len(people):
        return _("名册中有重复的登录名。")
    touched = sum(len(rows) for rows in differences.values())
    most = settings.DIRECTORY_LARGEST_PERCENT
    if touched * 100 > max(len(known), 1) * most:
        return _("将影响 %(touched)s 人，超过现有 %(known)s 人的 %(most)s%%。") % {
            "touched": touched,
            "known": len(known),
            "most": most,
        }
    return ""


def _apply(snapshot: DirectorySnapshot) -> None:
    client = snapshot.client
    for row in snapshot.differences["create"]:
        put_in(client, new=DirectoryPerson(**row))
    for row in snapshot.differences["update"]:
        fields = {name: value for name, value in row.items() if name != "id"}
        change(
            client, person=get_person(snapshot.tenant, row["id"]), wanted=DirectoryPerson(**fields)
        )
    for row in snapshot.differences["leave"]:
        switch_off(client, person=get_person(snapshot.tenant, row["id"]))


def _base(tenant: Tenant) -> str:
    """The digest of everybody as they are, so that an old comparison is not applied."""
    rows = [
        [u.pk, *asdict(as_directory_person(u)).values()] for u in people_of(tenant).order_by("pk")
    ]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def _ask_people(snapshot: DirectorySnapshot) -> None:
    tops = Organization.objects.filter(
        tenant=snapshot.tenant, parent=None, is_active=True
    ).select_related("tenant")
    people = [u for unit in tops for u in administrators(permissions.MANAGE, unit)]
    tell(
        people,
        title=_("人事名册已暂停，请核对"),
        body=snapshot.why_stopped,
        url=f"/personnel/directory/{snapshot.pk}/",
        key=f"directory:{snapshot.pk}",
    )


def _lock_waiting(actor: User, snapshot_id: int) -> DirectorySnapshot:
    found = DirectorySnapshot.objects.select_for_update(of=("self",)).select_related(
        "tenant", "client__tenant"
    )
    snapshot = found.filter(pk=snapshot_id).first()
    if snapshot is None or not permissions.can_manage_whole(actor, snapshot.tenant_id):
        raise NotFound(_("没有找到该名册。"))
    if snapshot.state != SnapshotState.WAITING:
        raise Refused(_("该名册已处理。"), code="stale")
    return snapshot


def _decide(actor: User, snapshot: DirectorySnapshot, state: SnapshotState) -> None:
    snapshot.state, snapshot.decided_by, snapshot.decided_at = state, actor, clock.now()
    snapshot.save(update_fields=["state", "decided_by", "decided_at"])
    record(
        actor,
        f"directory.{state}",
        object_type="personnel.directorysnapshot",
        object_id=snapshot.pk,
        object_label=snapshot.client.name,
        data={name: len(rows) for name, rows in snapshot.differences.items()},
    )


def directory_actor(client: ApiClient) -> SystemFor:
    """Will give the personnel system as who acts, by the API client it calls with."""
    return SystemFor(client.service_user_id, _("人事目录（%(client)s）") % {"client": client.name})
