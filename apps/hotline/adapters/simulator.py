"""An exchange without telephones, for training, demonstrations and tests.

It does what a real one does: invents the call, reports its events, keeps a recording (a few
seconds of tone). Nothing leaves the machine.
"""

import math
import re
import struct
import uuid
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import NotFound
from apps.hotline.enums import CallDirection, CallEventKind, LegRole
from apps.hotline.models import Call
from apps.hotline.services.calls import apply_event
from apps.hotline.telephony import CallEvent, Recording

RATE_HZ = 8000
SECONDS = 6
_KEY = re.compile(r"^[0-9a-z-]{1,80}$")


class Exchange:
    """Does ``telephony.COMMANDS``."""

    is_simulated = True

    def __init__(self, report: Callable[[CallEvent], Any] = apply_event) -> None:
        """report: whom events are told; an exchange of its own process sends them."""
        self._told = report

    def ring(self, *, line: str, phone: str, agent: str = "", language: str = "") -> Call:
        """Will let a citizen call a line; ``agent``: login name of who gets it, or anybody."""
        exchange_id = self.begin(line=line, phone=phone, agent=agent, language=language)
        return Call.objects.select_related("line", "agent").get(exchange_id=exchange_id)

    def begin(self, *, line: str, phone: str, agent: str = "", language: str = "") -> str:
        """Will let a citizen call a line and give the exchange's number of the call."""
        exchange_id = f"sim-{uuid.uuid4()}"
        self._report(
            CallEventKind.RINGING, exchange_id,
            line=line, phone=phone, agent=agent, language=language,
        )  # fmt: skip
        return exchange_id

    def dial(self, *, agent: str, line: str, phone: str) -> str:
        """Will call out; the other side answers at once."""
        exchange_id = f"sim-{uuid.uuid4()}"
        for kind in (CallEventKind.RINGING, CallEventKind.ANSWERED):
            self._report(
                kind,
                exchange_id,
                line=line,
                phone=phone,
                agent=agent,
                direction=CallDirection.OUT,
            )
        return exchange_id

    def answer(self, *, exchange_id: str, agent: str) -> None:
        """Will connect the call."""
        self._report(CallEventKind.ANSWERED, exchange_id, agent=agent)

    def hang_up(self, *, exchange_id: str) -> None:
        """Will end the call and leave its recording."""
        self._report(CallEventKind.ENDED, exchange_id, recording=_record(exchange_id))

    def offer(self, *, exchange_id: str, agent: str) -> None:
        """Will ring at the agent's."""
        self._report(CallEventKind.RINGING, exchange_id, agent=agent)

    def withdraw(self, *, exchange_id: str, agent: str) -> None:
        """Will end the agent's part; who had asked this one is with the caller again."""
        self._report(CallEventKind.LEFT, exchange_id, agent=agent)

    def hold(self, *, exchange_id: str, agent: str) -> None:
        """Will hold the caller."""
        self._report(CallEventKind.HELD, exchange_id, agent=agent)

    def resume(self, *, exchange_id: str, agent: str) -> None:
        """Will take the caller back."""
        self._report(CallEventKind.RESUMED, exchange_id, agent=agent)

    def transfer(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will let it ring at another agent's and take the first off."""
        self._report(CallEventKind.RINGING, exchange_id, agent=to, role=LegRole.TRANSFER)
        self._report(CallEventKind.LEFT, exchange_id, agent=agent)

    def consult(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will hold the caller and ring another agent."""
        self._report(CallEventKind.HELD, exchange_id, agent=agent)
        self._report(CallEventKind.RINGING, exchange_id, agent=to, role=LegRole.CONSULT)

    def complete(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will leave the caller to the other agent."""
        self._report(CallEventKind.JOINED, exchange_id, agent=to)
        self._report(CallEventKind.LEFT, exchange_id, agent=agent)

    def join(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will connect all three."""
        self._report(CallEventKind.JOINED, exchange_id, agent=to)
        self._report(CallEventKind.RESUMED, exchange_id, agent=agent)

    def press(self, *, exchange_id: str, key: str) -> None:
        """Will let the caller press a key after the call: 1 (very dissatisfied) to 5."""
        self._report(CallEventKind.KEYED, exchange_id, key=key)

    def open_recording(self, key: str) -> Recording:
        """Will open a recording made here."""
        path = _path(key)
        if not path.is_file():
            raise NotFound(_("录音不存在或已过保存期"))
        return Recording(path.open("rb"), path.stat().st_size, "audio/wav")

    def erase_recording(self, key: str) -> None:
        """Will delete a recording made here."""
        _path(key).unlink(missing_ok=True)

    def _report(
        self,
        kind: CallEventKind,
        exchange_id: str,
        *,
        line: str = "",
        phone: str = "",
        agent: str = "",
        recording: str = "",
        direction: CallDirection = CallDirection.IN,
        role: LegRole = LegRole.FIRST,
        key: str = "",
        language: str = "",
    ) -> None:
        self._told(
            CallEvent(
                kind=kind,
                exchange_id=exchange_id,
                line=line,
                at=clock.now(),
                phone=phone,
                agent=agent,
                recording=recording,
                direction=direction,
                role=role,
                key=key,
                language=language,
            )
        )


def _path(key: str) -> Path:
    if not _KEY.match(key):
        raise NotFound(_("录音不存在或已过保存期"))
    return Path(settings.MEDIA_ROOT) / "recordings" / f"{key}.wav"


def _record(key: str) -> str:
    """Writes a ringing-tone as the recording: 8 kHz, 16 bit, mono."""
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = (
        int(9000 * math.sin(2 * math.pi * 450 * n / RATE_HZ)) if (n // RATE_HZ) % 2 == 0 else 0
        for n in range(RATE_HZ * SECONDS)
    )
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return key
