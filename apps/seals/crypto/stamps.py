"""Time stamps on seals (RFC 3161): an authority over HTTP, and one for demo and tests.

Source: RFC 3161, RFC 5816; ES-06.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import cms, tsp, x509
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from pyhanko.sign.timestamps import TimeStamper

from apps.common import clock, http
from apps.common.errors import InvalidInput, Refused
from apps.seals.crypto import certificates
from apps.seals.crypto.algorithms import ECDSA, digest
from apps.seals.crypto.stores import SOFTWARE, get_store
from apps.seals.pdf.signing import Hand, StoreSigner

TIMEOUT_S = 10
LIFE = timedelta(days=5 * 365)
RENEWED = timedelta(days=365)  # before its end
_POLICY = "1.3.6.1.4.1.0.1"  # "not an official policy", as the name of the test authority says
_LABEL = "time-stamps"


def chosen() -> TimeStamper | None:
    """Will give the time authority of this installation; None where there is none."""
    if settings.SEALS_TSA == "http":
        return HttpStamper(settings.SEALS_TSA_URL)
    return TestStamper() if settings.SEALS_TSA == "simulator" else None


def token_over(data: bytes) -> bytes | None:
    """Will give a time stamp token (DER) over some bytes; None where no authority is set.

    Raises: Refused (the authority is away).
    """
    stamper = chosen()
    if stamper is None:
        return None
    return bytes(asyncio.run(stamper.async_timestamp(digest("sha256", data), "sha256")).dump())


class HttpStamper(TimeStamper):
    """An authority outside, asked through the guard of outgoing calls."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Raises: Refused (away, too slow, or no answer after RFC 3161)."""
        headers = {
            "Content-Type": "application/timestamp-query",
            "Accept": "application/timestamp-reply",
        }
        try:
            answer = http.post_bytes(
                self._url, req.dump(), headers=headers, timeout_s=TIMEOUT_S, total_s=TIMEOUT_S
            )
            return tsp.TimeStampResp.load(answer.body, strict=True)
        except (http.CallFailed, InvalidInput, ValueError) as error:
            raise Refused(_("时间戳机构没有正确应答，请稍后再试"), code="no_stamp") from error


class TestStamper(TimeStamper):
    """An authority with a key of its own in the software store; says in its name that it is one."""

    __test__ = False  # no test, whatever the name begins with

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        super().__init__()
        self._now = now

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Will stamp at once. Raises: Refused (no test authority here)."""
        certificate, chain = _identity()
        store = get_store(SOFTWARE)
        hand = Hand("", certificate, chain, lambda data: store.sign(_LABEL, data))
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": _POLICY,
                "message_imprint": req["message_imprint"],
                "serial_number": secrets.randbits(63),
                "gen_time": self._now().replace(microsecond=0),
                "nonce": req["nonce"].native,
            }
        )
        content = cms.EncapsulatedContentInfo(
            {"content_type": "tst_info", "content": cms.ParsableOctetString(info.dump())}
        )
        token = await StoreSigner(hand).async_sign(
            digest("sha256", info.dump()),
            digest_algorithm="sha256",
            is_pdf_sig=False,
            encap_content_info=content,
        )
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})


def _identity() -> tuple[x509.Certificate, list[x509.Certificate]]:
    """The test authority of time; its certificate is made anew before it ends, the key stays."""
    path = Path(settings.SEALS_DIR) / "time-stamps.pem"
    issuer, sign = certificates.authority_for(ECDSA)
    public = None
    if path.exists():
        held = certificates.read_certificate(path.read_bytes())
        is_lasting = held.not_valid_after - clock.now() > RENEWED or (
            held.not_valid_after == issuer.not_valid_after
        )
        if is_lasting and certificates.is_issued_by(held, issuer):
            return held, [issuer]
        public = held.public_key.dump()
    made = certificates.issue(
        public=public or get_store(SOFTWARE).make(_LABEL, ECDSA),
        unit="城市云脑",
        name="演示时间戳机构（仅供测试）",
        authority=(issuer, sign),
        # Stamps outlive the seals they stand on: what is archived leans on them.
        until=min(clock.now() + LIFE, issuer.not_valid_after),
        is_for_time=True,
    )
    path.write_text(certificates.pem_of(made.dump()), encoding="ascii")
    return made, [issuer]
