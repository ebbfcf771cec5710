"""The writers of this app; pages, the API and workers call these."""

from apps.seals.pdf.impressions import draw_round
from apps.seals.services.batches import NewBatch, add_papers, enter_due, open_batch
from apps.seals.services.converting import take
from apps.seals.services.documents import (
    Taken,
    find_keyword,
    look_through,
    page_picture,
    record_text,
    take_document,
    take_record,
)
from apps.seals.services.grants import (
    NewGrant,
    end_grant,
    follow_expiry,
    follow_units,
    grant_use,
)
from apps.seals.services.keeping import settle_authorities
from apps.seals.services.life import (
    NewSeal,
    activate_seal,
    apply_seal,
    approve_ending,
    approve_seal,
    ask_ending,
    bring_certificate,
    file_seal,
    order_making,
    refuse_seal,
    resume_seal,
    suspend_seal,
)
from apps.seals.services.making import end_due, make_due
from apps.seals.services.media import (
    NewMedium,
    bind_medium,
    issue_medium,
    lend_medium,
    lose_medium,
    return_medium,
    revoke_medium,
)
from apps.seals.services.reading import read_due
from apps.seals.services.reconciling import Reconciled, reconcile
from apps.seals.services.renewing import renew_due
from apps.seals.services.results import Result, ask_for_result
from apps.seals.services.sealing import seal_due, seal_one, verify_address
from apps.seals.services.uses import (
    NewUse,
    Wanted,
    approve_use,
    ask_use,
    place,
    refuse_use,
    submit_use,
    withdraw_use,
)
from apps.seals.services.verifying import (
    Verdict,
    Verified,
    find_by_code,
    seals_of,
    verify_bytes,
    verify_record,
    verify_upload,
)
from apps.seals.services.working import open_keys_and_work, work_through

__all__ = [
    "NewBatch",
    "NewGrant",
    "NewMedium",
    "NewSeal",
    "NewUse",
    "Reconciled",
    "Result",
    "Taken",
    "Verdict",
    "Verified",
    "Wanted",
    "activate_seal",
    "add_papers",
    "apply_seal",
    "approve_ending",
    "approve_seal",
    "approve_use",
    "ask_ending",
    "ask_for_result",
    "ask_use",
    "bind_medium",
    "bring_certificate",
    "draw_round",
    "end_due",
    "end_grant",
    "enter_due",
    "file_seal",
    "find_by_code",
    "find_keyword",
    "follow_expiry",
    "follow_units",
    "grant_use",
    "issue_medium",
    "lend_medium",
    "look_through",
    "lose_medium",
    "make_due",
    "open_batch",
    "open_keys_and_work",
    "order_making",
    "page_picture",
    "place",
    "read_due",
    "reconcile",
    "record_text",
    "refuse_seal",
    "refuse_use",
    "renew_due",
    "resume_seal",
    "return_medium",
    "revoke_medium",
    "seal_due",
    "seal_one",
    "seals_of",
    "settle_authorities",
    "submit_use",
    "suspend_seal",
    "take",
    "take_document",
    "take_record",
    "verify_address",
    "verify_bytes",
    "verify_record",
    "verify_upload",
    "withdraw_use",
    "work_through",
]
