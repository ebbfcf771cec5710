"""An exchange that is commanded over HTTP and sends signed events (SIP or CTI gateways).

Commands go out as ``POST <CITYBRAIN_TELEPHONE_URL>/calls/<id>/<command>`` with a JSON body,
signed with the shared secret as its events are (``telephony.sign``); what happened comes to
``hotline:exchange-events``. Recordings are ``GET <url>/recordings/<key>``. A make with other
addresses is another file beside this one. The address must be among the outgoing hosts.
"""

import io
import json
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import NotFound
from apps.common.http import Answer, CallFailed, get_bytes, post_bytes
from apps.hotline.telephony import Recording, sign

TIMEOUT_S = 3.0
RECORDING_MOST_BYTES = 64 * 1024 * 1024


class Exchange:
    """Does ``telephony.COMMANDS``. Every command may raise CallFailed."""

    is_simulated = False

    def dial(self, *, agent: str, line: str, phone: str) -> str:
        """Will have the exchange call out and give its number of the call."""
        answer = self._command("/calls", {"agent": agent, "line": line, "phone": phone})
        try:
            return str(answer.json()["call"])[:80]
        except (ValueError, KeyError, TypeError) as error:
            raise CallFailed("the exchange named no call") from error

    def answer(self, *, exchange_id: str, agent: str) -> None:
        """Will connect a ringing call."""
        self._order(exchange_id, "answer", agent=agent)

    def hang_up(self, *, exchange_id: str) -> None:
        """Will end a call."""
        self._order(exchange_id, "hang_up")

    def offer(self, *, exchange_id: str, agent: str) -> None:
        """Will ring at an agent's."""
        self._order(exchange_id, "offer", agent=agent)

    def withdraw(self, *, exchange_id: str, agent: str) -> None:
        """Will take the call from an agent."""
        self._order(exchange_id, "withdraw", agent=agent)

    def hold(self, *, exchange_id: str, agent: str) -> None:
        """Will hold the caller."""
        self._order(exchange_id, "hold", agent=agent)

    def resume(self, *, exchange_id: str, agent: str) -> None:
        """Will take the caller back."""
        self._order(exchange_id, "resume", agent=agent)

    def transfer(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will hand the call on unseen."""
        self._order(exchange_id, "transfer", agent=agent, to=to)

    def consult(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will hold the caller and ring another agent."""
        self._order(exchange_id, "consult", agent=agent, to=to)

    def complete(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will leave the caller to the other agent."""
        self._order(exchange_id, "complete", agent=agent, to=to)

    def join(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will make a call of three."""
        self._order(exchange_id, "join", agent=agent, to=to)

    def open_recording(self, key: str) -> Recording:
        """Will fetch a recording, up to 64 MB. Raises: NotFound; CallFailed."""
        path = f"/recordings/{quote(key, safe='')}"
        answer = get_bytes(
            f"{settings.TELEPHONE_URL}{path}",
            headers=_signed(path.encode()),
            timeout_s=TIMEOUT_S * 4,
            most_bytes=RECORDING_MOST_BYTES,
        )
        if answer.status != 200:
            raise NotFound(_("录音不存在或已过保存期"))
        kind = answer.headers.get("content-type", "audio/wav").partition(";")[0]
        media_type = kind if kind.startswith("audio/") else "application/octet-stream"
        return Recording(io.BytesIO(answer.body), len(answer.body), media_type)

    def erase_recording(self, key: str) -> None:
        """Will have a recording deleted. Raises: CallFailed."""
        path = f"/recordings/{quote(key, safe='')}/erase"
        answer = post_bytes(
            f"{settings.TELEPHONE_URL}{path}",
            path.encode(),
            headers=_signed(path.encode()),
            timeout_s=TIMEOUT_S,
        )
        if answer.status not in {200, 204, 404, 410}:
            raise CallFailed(f"the exchange answered {answer.status}")

    def _order(self, exchange_id: str, command: str, **values: str) -> None:
        self._command(f"/calls/{quote(exchange_id, safe='')}/{command}", values)

    def _command(self, path: str, values: dict[str, str]) -> Answer:
        body = json.dumps(values, ensure_ascii=False).encode()
        answer = post_bytes(
            f"{settings.TELEPHONE_URL}{path}", body, headers=_signed(body), timeout_s=TIMEOUT_S
        )
        if not 200 <= answer.status < 300:
            raise CallFailed(f"the exchange answered {answer.status}")
        return answer


def _signed(message: bytes) -> dict[str, str]:
    stamp = str(int(clock.now().timestamp()))
    return {
        "X-Exchange-Timestamp": stamp,
        "X-Exchange-Signature": sign(settings.TELEPHONE_SECRET, stamp, message),
    }
