"""Public accounts, masked by whoever shows them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.residents import identity_numbers
from apps.residents.enums import LIVING, MANAGE, VIEW, AccountState
from apps.residents.models import FormerPhone, PublicAccount, PublicToken

NAME_SHORTEST = 2


@dataclass(frozen=True)
class PhoneSpan:
    """A phone was this person's after one moment and until another; None: no border."""

    phone: str
    since: datetime | None = None
    until: datetime | None = None


def list_accounts(
    viewer: User, *, query: str = "", state: str = "", level: int | None = None, alike: bool = False
) -> QuerySet[PublicAccount]:
    """Will give the accounts of the bodies where the viewer keeps or reads them, newest first.

    query: a whole phone number, or two characters and more of the name; anything else finds
    nothing, so that nobody pages through a city by single digits. alike: only those whose
    identity number another living account of the body has too.
    """
    scope = scope_for(viewer, VIEW, MANAGE)
    found = PublicAccount.objects.select_related("merged_into")
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    if text := query.strip():
        found = found.filter(_matches(text))
    if state:
        found = found.filter(state=state)
    if level is not None:
        found = found.filter(proofing_level=level)
    if alike:
        found = found.filter(_is_alike(), state__in=LIVING)
    return found.order_by("-id")


def get_account(viewer: User, account_id: int) -> PublicAccount:
    """Will give one account of the viewer's bodies. Raises: NotFound."""
    found = list_accounts(viewer).filter(pk=account_id).first()
    if found is None:
        raise NotFound(_("没有找到该公众账户"))
    return found


def list_alike(account: PublicAccount) -> list[PublicAccount]:
    """Will give the other living accounts with the same identity number, for staff only."""
    if not account.identity_digest:
        return []
    same = PublicAccount.objects.filter(
        tenant_id=account.tenant_id, identity_digest=account.identity_digest, state__in=LIVING
    )
    return list(same.exclude(pk=account.pk).order_by("pk"))


def list_devices(account: PublicAccount) -> QuerySet[PublicToken]:
    """Will give where this account is signed in now, the newest first."""
    return PublicToken.objects.filter(
        account=account, ended_at__isnull=True, expires_at__gt=clock.now()
    ).select_related("client", "acting_for")


def phones_of(account: PublicAccount) -> list[PhoneSpan]:
    """Will give the phones whose demands are this person's, with the time they were.

    The account's own phone, from the moment an earlier owner gave the number up; those it had
    before, until it changed; and those of accounts merged into it, until they were.
    """
    merged = PublicAccount.objects.filter(merged_into=account).order_by("pk")
    return [*_spans(account), *(span for one in merged for span in _spans(one))]


def _spans(account: PublicAccount) -> list[PhoneSpan]:
    former = list(account.former_phones.order_by("pk"))
    taken_at = former[-1].left_at if former else account.created_at
    present = PhoneSpan(
        account.phone,
        since=_given_up_at(account, account.phone, before=taken_at),
        until=account.ended_at,
    )
    earlier = (
        PhoneSpan(
            one.phone,
            since=_given_up_at(account, one.phone, before=one.taken_at),
            until=one.left_at,
        )
        for one in former
    )
    return [present, *earlier]


def _given_up_at(account: PublicAccount, phone: str, *, before: datetime) -> datetime | None:
    """When somebody else last gave the number up before this account took it."""
    closed = PublicAccount.objects.filter(
        tenant_id=account.tenant_id,
        phone=phone,
        state__in=[AccountState.CLOSED, AccountState.MERGED],
        ended_at__lte=before,
    )
    changed = FormerPhone.objects.filter(
        account__tenant_id=account.tenant_id, phone=phone, left_at__lte=before
    )
    moments = [
        *closed.exclude(pk=account.pk).values_list("ended_at", flat=True),
        *changed.exclude(account=account).values_list("left_at", flat=True),
    ]
    return max((moment for moment in moments if moment is not None), default=None)


def _matches(text: str) -> Q:
    try:
        return Q(phone=identity_numbers.clean_phone(text))
    except InvalidInput:
        if len(text) < NAME_SHORTEST or any(character.isdigit() for character in text):
            return Q(pk__in=[])
        return Q(name__contains=text)


def _is_alike() -> Exists:
    same = PublicAccount.objects.filter(
        tenant_id=OuterRef("tenant_id"),
        identity_digest=OuterRef("identity_digest"),
        state__in=LIVING,
    )
    return Exists(same.exclude(identity_digest="").exclude(pk=OuterRef("pk")))
