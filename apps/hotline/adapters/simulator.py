"""An exchange without telephones, for training, demonstrations and tests.

It does what a real one does: invents the call, reports its events, keeps a recording (a few
seconds of tone). Nothing leaves the machine.
"""

import math
import re
import struct
import uuid
import wave
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import NotFound
from apps.hotline.enums import CallDirection, CallEventKind
from apps.hotline.models import Call
from apps.hotline.services.calls import apply_event
from apps.hotline.telephony import CallEvent, Recording

RATE_HZ = 8000
SECONDS = 6
_KEY = re.compile(r"^[0-9a-z-]{1,80}$")


class Exchange:
    """Implements ``telephony.TelephoneExchange``."""

    is_simulated = True

    def ring(self, *, line: str, phone: str, agent: str = "") -> Call:
        """Will let a citizen call a line; ``agent``: login name of who gets it, or anybody."""
        return self._report(
            CallEventKind.RINGING, f"sim-{uuid.uuid4()}", line=line, phone=phone, agent=agent
        )

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

    def open_recording(self, key: str) -> Recording:
        """Will open a recording made here."""
        path = _path(key)
        if not path.is_file():
            raise NotFound(_("录音不存在或已过保存期"))
        return Recording(path.open("rb"), path.stat().st_size, "audio/wav")

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
    ) -> Call:
        return apply_event(
            CallEvent(
                kind=kind,
                exchange_id=exchange_id,
                line=line,
                at=clock.now(),
                phone=phone,
                agent=agent,
                recording=recording,
                direction=direction,
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
