"""Legal persons, agencies, and for whom somebody acts at this moment."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.common import clock
from apps.common.errors import NotFound
from apps.residents.enums import MANAGE, VIEW, AccountState, AgencyState, PersonState
from apps.residents.models import Agency, LegalPerson, PublicAccount, PublicToken


@dataclass(frozen=True)
class Acting:
    """For whom a citizen acts, and by what. agencies: none for the representative."""

    legal_person: LegalPerson
    agencies: tuple[Agency, ...] = ()

    @property
    def is_representative(self) -> bool:
        return not self.agencies

    def covers(self, matter_code: str) -> bool:
        """Will tell whether they may act for it in this matter."""
        return self.is_representative or any(one.covers(matter_code) for one in self.agencies)


# --- By citizens -----------------------------------------------------------------------


def acting_of(session: PublicToken) -> Acting | None:
    """Will give for whom the citizen acts on this device; None: for oneself, or no longer."""
    if session.acting_for_id is None:
        return None
    return next(
        (
            found
            for found in acting_choices(session.account)
            if found.legal_person.pk == session.acting_for_id
        ),
        None,
    )


def acting_choices(account: PublicAccount) -> list[Acting]:
    """Will give the legal persons this account may act for today.

    While a representative is frozen, so is what they gave to others.
    """
    own = LegalPerson.objects.filter(representative=account, state=PersonState.CONFIRMED)
    found = {person.pk: Acting(person) for person in own.order_by("pk")}
    today = clock.today()
    held: dict[int, list[Agency]] = {}
    for agency in Agency.objects.filter(
        agent=account,
        state=AgencyState.ACCEPTED,
        from_on__lte=today,
        until_on__gte=today,
        legal_person__state=PersonState.CONFIRMED,
        legal_person__representative__state=AccountState.ACTIVE,
    ).select_related("legal_person"):
        held.setdefault(agency.legal_person_id, []).append(agency)
    for key, agencies in sorted(held.items()):
        found.setdefault(key, Acting(agencies[0].legal_person, tuple(agencies)))
    return list(found.values())


def list_own_persons(account: PublicAccount) -> QuerySet[LegalPerson]:
    """Will give the legal persons this account represents or has asked to, newest first."""
    return LegalPerson.objects.filter(representative=account)


def list_own_agencies(account: PublicAccount) -> QuerySet[Agency]:
    """Will give the agencies this account gave, was offered, or holds, newest first.

    An offer is seen by whoever holds the phone it was made to.
    """
    return Agency.objects.filter(
        Q(legal_person__representative=account)
        | Q(agent=account)
        | Q(
            state=AgencyState.OFFERED,
            agent_phone=account.phone,
            legal_person__tenant_id=account.tenant_id,
        )
    ).select_related("legal_person__representative", "agent")


# --- By staff --------------------------------------------------------------------------


def list_legal_persons(viewer: User, *, query: str = "", state: str = "") -> QuerySet[LegalPerson]:
    """Will give the legal persons of the viewer's bodies, newest first.

    query: part of the name, or the whole credit code.
    """
    scope = scope_for(viewer, VIEW, MANAGE)
    found = LegalPerson.objects.select_related("representative")
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    if text := query.strip():
        found = found.filter(Q(name__contains=text) | Q(credit_code=text.upper()))
    if state:
        found = found.filter(state=state)
    return found.order_by("-id")


def get_legal_person(viewer: User, person_id: int) -> LegalPerson:
    """Will give one legal person of the viewer's bodies. Raises: NotFound."""
    found = list_legal_persons(viewer).filter(pk=person_id).first()
    if found is None:
        raise NotFound(_("没有找到该法人"))
    return found


def list_agencies_of(person: LegalPerson) -> QuerySet[Agency]:
    """Will give every agency of a legal person, the newest first."""
    return Agency.objects.filter(legal_person=person).select_related("agent")
