"""What another system tells about a case, taken in as a result of it. Source: HL-15, MT-12."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput, NotFound, Refused
from apps.gateway.models import ApiClient
from apps.georeport.enums import ACTION_OF_STATUS
from apps.matters.enums import OutsideOutcome
from apps.matters.models import OutsideResult
from apps.matters.services import ResultData, receive_result

KEY_LONGEST = 100


@dataclass(frozen=True)
class Update:
    """One update. update_id: the sender's, names it for ever. at: aware.

    number: our receipt number; outside_id: theirs. Either names the case.
    """

    update_id: str
    status: str
    text: str
    at: datetime | None
    number: str = ""
    outside_id: str = ""


def take_update(client: ApiClient, update: Update) -> OutsideResult:
    """Will take one update in, once per ``update_id``, as the client's service account.

    A status that means an action of ours (``ACTION_OF_STATUS``) is acted on where the account
    may; everything else is noted on the case. Nothing that was sent is lost: it stays in the
    inbox of results.

    Raises: InvalidInput (update_id, description); NotFound (no such request for this client);
        Refused (the id came with something else before).
    """
    if not 1 <= len(update.update_id) <= KEY_LONGEST:
        raise InvalidInput(_("应为 1 至 100 个字符"), field="update_id")
    told = ResultData(
        key=f"georeport:{update.update_id}",
        status=update.status[:40],
        number=update.number,
        outside_id=update.outside_id,
        action=ACTION_OF_STATUS.get(update.status, ""),
        text=update.text,
        occurred_at=update.at,
    )
    result, _repeated = receive_result(client, result=told)
    if result.outcome == OutsideOutcome.UNKNOWN:
        raise NotFound(_("没有这个编号的诉求，或您无权查看"), field="service_request_id")
    if result.outcome == OutsideOutcome.REFUSED:
        raise Refused(result.problem)
    return result
