"""HTTP polls over TLS with the city's authority, and log-ins. Source: IO-09."""

import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.request import parse_http_list, parse_keqv_list

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput
from apps.polling.adapters.login import Login
from apps.polling.asking import Session, ask_all
from apps.polling.forms import GatewayForm
from apps.polling.models import Gateway
from apps.polling.services import save_gateway
from apps.polling.services.sessions import secret_of
from apps.polling.wire import Asked, Endpoint, Line, Outcome
from tests.cast import Cast
from tests.polling import factories as make
from tests.quiet import QuietHandler
from tests.sensing.factories import person

BODY = b'{"data": {"pm10": 41}}'
LINES = (Line("pm10", "data.pm10", "number"),)


class Authority:
    """A city's authority that signs certificates of gateways."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        own = self._signed(self._name, self._key, is_authority=True)
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def certify(self, *names: x509.GeneralName, days: int = 30) -> Path:
        """Will give a file with key and certificate for these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
        made = self._signed(subject, key, names=names, days=days)
        file = self._folder / f"{made.serial_number}.pem"
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        pem = serialization.Encoding.PEM
        file.write_bytes(key.private_bytes(pem, form, plain) + made.public_bytes(pem))
        return file

    def _signed(
        self, subject: x509.Name, key: Any, *, names: tuple[x509.GeneralName, ...] = (),
        days: int = 30, is_authority: bool = False,
    ) -> x509.Certificate:  # fmt: skip
        now = datetime.now(UTC)
        begun = x509.CertificateBuilder(
            self._name, subject, key.public_key(), x509.random_serial_number(),
            now - timedelta(days=60), now + timedelta(days=days),
        )  # fmt: skip
        begun = begun.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        if names:
            begun = begun.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return begun.sign(self._key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path, settings: Any) -> Authority:
    made = Authority(tmp_path, "city")
    settings.POLLING_AUTHORITY = str(made.file)
    return made


Serve = Callable[..., int]


@pytest.fixture
def serve() -> Iterator[tuple[Serve, list[str]]]:
    """Starts gateways; gives the port, and what log-ins they were sent."""
    running: list[ThreadingHTTPServer] = []
    seen: list[str] = []

    def start(*, certificate: Path | None = None, challenge: str = "", password: str = "") -> int:
        class Handler(QuietHandler):
            def do_GET(self) -> None:
                told = self.headers.get("Authorization", "")
                seen.append(told)
                if challenge and not _is_right(told, self.path, password):
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", challenge)
                    self.end_headers()
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(BODY)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        running.append(server)
        return server.server_port

    yield start, seen
    for server in running:
        server.shutdown()
        server.server_close()


def _is_right(told: str, path: str, password: str) -> bool:
    """Reckons the answer of a digest anew, as RFC 7616 section 3.4.1 has it."""
    if not told.startswith("Digest "):
        return False
    said = parse_keqv_list(parse_http_list(told[7:]))
    hashed = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[said["algorithm"]]
    first = hashed(f"{said['username']}:{said['realm']}:{password}".encode("latin-1")).hexdigest()
    second = hashed(f"GET:{path}".encode()).hexdigest()
    middle = f"{said['nonce']}:{said['nc']}:{said['cnonce']}:{said['qop']}"
    return said["response"] == hashed(f"{first}:{middle}:{second}".encode()).hexdigest()


def ask(port: int, *, times: int = 1, **more: Any) -> list[Outcome]:
    endpoint = Endpoint("http", "127.0.0.1", port, 2, **more)
    asked = tuple(Asked(n, f"N-{n}", "/now?a=1", LINES) for n in range(times))
    [outcomes] = ask_all([Session(endpoint, asked)], seconds=8)
    return outcomes


HERE = x509.IPAddress(ip_address("127.0.0.1"))


def test_a_certificate_of_the_city_is_read_by_address_and_by_name(
    authority: Authority, serve: tuple[Serve, list[str]]
) -> None:
    start, _seen = serve
    by_address = start(certificate=authority.certify(HERE))
    by_name = start(certificate=authority.certify(x509.DNSName("pump.city.test")))
    [first] = ask(by_address, is_tls=True)
    [second] = ask(by_name, is_tls=True, server_name="pump.city.test")
    assert (first.error, first.raw) == ("", {"pm10": 41})
    assert (second.error, second.raw) == ("", {"pm10": 41})


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("expired", "网关证书已过期"),
        ("name", "网关证书不是发给 127.0.0.1 的"),
        ("signer", "网关证书不是本市证书机构签发的"),
        ("file", "本市证书机构的证书文件无法读取"),
    ],
)
def test_a_certificate_that_is_not_right_is_told_and_nothing_is_sent(
    authority: Authority, serve: tuple[Serve, list[str]], tmp_path: Path, settings: Any,
    trouble: str, said: str,
) -> None:  # fmt: skip
    start, seen = serve
    signer = Authority(tmp_path, "other") if trouble == "signer" else authority
    name = x509.DNSName("pump.city.test") if trouble == "name" else HERE
    port = start(certificate=signer.certify(name, days=-1 if trouble == "expired" else 30))
    if trouble == "file":
        settings.POLLING_AUTHORITY = str(tmp_path / "missing.pem")
    secret = {"scheme": "basic", "login": "city", "password": "geheim"}
    [outcome] = ask(port, is_tls=True, secret=secret)
    assert (outcome.error, outcome.has_answered, seen) == (said, False, [])


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_digest_is_answered_once_for_a_session(
    serve: tuple[Serve, list[str]], algorithm: str
) -> None:
    start, seen = serve
    challenge = f'Digest realm="泵站", nonce="n1", qop="auth", algorithm={algorithm}'
    port = start(challenge=challenge.encode().decode("latin-1"), password="geheim")
    secret = {"scheme": "digest", "login": "city", "password": "geheim"}
    outcomes = ask(port, times=3, secret=secret)
    assert [one.error for one in outcomes] == ["", "", ""]
    assert ["" if not told else told[:6] for told in seen] == ["", "Digest", "Digest", "Digest"]
    [wrong] = ask(port, secret=secret | {"password": "falsch"})
    assert wrong.error == "网关不接受登录凭据（HTTP 401）"


def test_a_password_for_digest_is_never_told_plainly(serve: tuple[Serve, list[str]]) -> None:
    start, seen = serve
    port = start(challenge='Basic realm="x"', password="geheim")
    [outcome] = ask(port, secret={"scheme": "digest", "login": "city", "password": "geheim"})
    assert (outcome.error, seen) == ("网关不接受摘要登录", [""])


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_the_standard(
    monkeypatch: pytest.MonkeyPatch, algorithm: str, response: str
) -> None:
    """RFC 7616 section 3.9.1."""
    ours = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    monkeypatch.setattr("secrets.token_hex", lambda _bytes: ours)
    secret = {"scheme": "digest", "login": "Mufasa", "password": "Circle of Life"}
    login = Login(secret)
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    asked = f'realm="http-auth@example.org", qop="auth, auth-int", nonce="{nonce}"'
    assert login.take(f"Digest {asked}, algorithm={algorithm}")
    told = login.header("/dir/index.html")["Authorization"]
    assert f'response="{response}"' in told
    assert "Circle" not in repr(login)


def test_a_gateway_is_entered_with_tls_and_log_in(cast: Cast) -> None:
    keeper = person("keeper", "device_keeper", cast.east_works)
    given = {
        "name": "水厂", "protocol": "http", "host": "127.0.0.1", "port": "8443",
        "unit": cast.east_works.code, "area": cast.east.code, "timeout_s": "2",
        "concurrency": "1", "is_tls": "on", "server_name": "Pump.City.test",
        "secret_scheme": "digest", "secret_login": "city", "secret_password": "geheim",
    }  # fmt: skip
    form = GatewayForm(given, viewer=keeper)
    assert form.is_valid(), form.errors
    saved = save_gateway(keeper, spec=form.spec())
    assert (saved.is_tls, saved.server_name) == (True, "pump.city.test")
    assert secret_of(saved) == {"scheme": "digest", "login": "city", "password": "geheim"}
    assert "geheim" not in Gateway.objects.values_list("secret", flat=True).get(pk=saved.pk)
    assert "geheim" not in str(AuditEntry.objects.filter(action="gateway.created").get().data)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"protocol": "modbus", "is_tls": True}, "is_tls"),
        ({"protocol": "http", "is_tls": True, "server_name": "a b"}, "server_name"),
        ({"protocol": "http", "secret": {"scheme": "basic"}}, "secret_login"),
    ],
)
def test_what_cannot_be_is_named(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make.gateway(cast, port=8443, **wrong)
    assert refused.value.field == field
