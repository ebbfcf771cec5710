"""An authority is asked who somebody is; the answer can only raise the level. AC-05."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock, ratelimit
from apps.common.errors import InvalidInput, Refused
from apps.common.files import read_picture
from apps.residents import identity_numbers
from apps.residents.actors import citizen
from apps.residents.checking import Answer, Person, identity_checker
from apps.residents.enums import LEVEL_OF_PROOFING, CheckKind, CheckOutcome, Proofing
from apps.residents.errors import CheckFailed
from apps.residents.models import IdentityCheck, PublicAccount, PublicToken

CHECKS_PER_DAY = 5  # of one account: each costs the city, and each is a guess at a person
DAY_S = 86_400
NAME_MAX = 60


def check_real_name(session: PublicToken, *, name: str, id_number: str) -> IdentityCheck:
    """Will have name and identity number confirmed and raise the account to level 2.

    The authority is asked outside a transaction. Whether another account has the same number
    is never told here: staff see it. Every answer is a row and audited.

    Raises: InvalidInput (name, id_number); Refused (confirmed as somebody else before);
        CheckFailed (``check_not_passed``, or ``check_not_available``: try again later);
        TooMany.
    """
    asked = Person(_clean_name(name), identity_numbers.clean_identity_number(id_number))
    found = identity_numbers.digest(asked.id_number, tenant_id=session.account.tenant_id)
    _require_same_person(session.account, found, asked.name)
    _count(session)
    answer = identity_checker().check_name(asked)
    check = _note(session, CheckKind.REAL_NAME, answer, asked=asked, digest=found)
    return _passed(check)


def check_face(session: PublicToken, *, photo: Any) -> IdentityCheck:
    """Will have a face compared with the authority's picture and raise the account to level 3.

    photo: an upload; it is decoded and written anew without metadata, sent, and not kept.
    Raises: InvalidInput (photo); Refused (no confirmed name yet); CheckFailed; TooMany.
    """
    account = session.account
    if not account.identity_sealed:
        raise Refused(_("请先完成实名核验，再做人像核验"))
    try:
        picture = read_picture(photo)
    except InvalidInput as error:
        raise InvalidInput(error.message, field="photo", code=error.code) from error
    _count(session)
    asked = Person(account.name, identity_numbers.unseal(account.identity_sealed))
    answer = identity_checker().check_face(asked, photo=picture)
    return _passed(_note(session, CheckKind.FACE, answer))


def _clean_name(name: str) -> str:
    cleaned = "".join(name.split()) if not name.isascii() else " ".join(name.split())
    if not 1 < len(cleaned) <= NAME_MAX:
        raise InvalidInput(_("请填写证件上的姓名（2至%s个字）") % NAME_MAX, field="name")
    return cleaned


def _require_same_person(account: PublicAccount, digest: str, name: str) -> None:
    is_other = account.identity_digest and account.identity_digest != digest
    if is_other or (account.is_real_name and account.name != name):
        raise Refused(_("账户已实名，姓名或证件号码与原来不同；如需更正请到窗口办理"))


def _count(session: PublicToken) -> None:
    key = str(session.account_id)
    ratelimit.hit("residents.check", key, limit=CHECKS_PER_DAY, per_seconds=DAY_S)


@transaction.atomic
def _note(
    session: PublicToken,
    kind: CheckKind,
    answer: Answer,
    *,
    asked: Person | None = None,
    digest: str = "",
) -> IdentityCheck:
    account = PublicAccount.objects.select_for_update().get(pk=session.account_id)
    before = account.proofing_level
    if answer.outcome == CheckOutcome.PASSED:
        if asked is not None:
            _require_same_person(account, digest, asked.name)  # two at once
            account.name, account.identity_digest = asked.name, digest
            account.identity_sealed = identity_numbers.seal(asked.id_number)
        _raise_level(account, Proofing(kind.value))
        account.save()
    check = IdentityCheck.objects.create(
        account=account,
        client=session.client,
        kind=kind,
        provider=identity_checker().name,
        outcome=answer.outcome,
        reason=_words(answer),
        level_before=before,
        level_after=account.proofing_level,
        checked_at=clock.now(),
    )
    audit.record(
        citizen(account),
        "public_account.checked",
        object_type="residents.account",
        object_id=account.pk,
        object_label=str(account),
        data={
            "kind": kind,
            "provider": check.provider,
            "outcome": answer.outcome,
            "reason": answer.reason,
            "level": account.proofing_level,
        },
    )
    return check


def _raise_level(account: PublicAccount, method: Proofing) -> None:
    level = LEVEL_OF_PROOFING[method]
    if level > account.proofing_level:
        account.proofing_level, account.proofing_method = level, method
        account.proofed_at = clock.now()


def _passed(check: IdentityCheck) -> IdentityCheck:
    """Raises: CheckFailed."""
    if check.outcome == CheckOutcome.PASSED:
        return check
    code = f"check_{check.outcome}"
    raise CheckFailed(check.reason, code=code, data={"level": check.level_after})


def _words(answer: Answer) -> str:
    """One sentence for an unknown number and for another's: else numbers could be tried out."""
    if answer.outcome == CheckOutcome.PASSED:
        return ""
    words = {
        "unknown": _("没有查到与所填姓名、证件号码一致的记录"),
        "face_differs": _("人像与证件照片不一致，请在光线充足处重试"),
        "not_available": _("核验服务暂不可用，等级不变，请稍后再试"),
    }
    return words.get(answer.reason, words["unknown"])
