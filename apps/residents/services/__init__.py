"""The only writers of public accounts: sign-in, checks, legal persons, keeping by staff."""

from apps.residents.services.checks import check_face, check_real_name
from apps.residents.services.codes import CodeSent, request_code
from apps.residents.services.keeping import (
    Revealed,
    close_account,
    close_own_account,
    end_device,
    freeze_account,
    reveal_account,
    unfreeze_account,
)
from apps.residents.services.merging import MergePlan, merge_accounts, plan_merge
from apps.residents.services.persons import (
    Offer,
    accept_agency,
    claim_legal_person,
    confirm_legal_person,
    decline_agency,
    end_legal_person,
    offer_agency,
    reject_legal_person,
    revoke_agency,
)
from apps.residents.services.phones import change_phone
from apps.residents.services.sessions import (
    Granted,
    bind_mini_program,
    choose_acting,
    end_own_session,
    purge,
    require_session,
    sign_in_by_code,
    sign_in_by_mini_program,
    state_name,
    unbind_mini_program,
)

__all__ = [
    "CodeSent",
    "Granted",
    "MergePlan",
    "Offer",
    "Revealed",
    "accept_agency",
    "bind_mini_program",
    "change_phone",
    "check_face",
    "check_real_name",
    "choose_acting",
    "claim_legal_person",
    "close_account",
    "close_own_account",
    "confirm_legal_person",
    "decline_agency",
    "end_device",
    "end_legal_person",
    "end_own_session",
    "freeze_account",
    "merge_accounts",
    "offer_agency",
    "plan_merge",
    "purge",
    "reject_legal_person",
    "request_code",
    "require_session",
    "reveal_account",
    "revoke_agency",
    "sign_in_by_code",
    "sign_in_by_mini_program",
    "state_name",
    "unbind_mini_program",
    "unfreeze_account",
]
