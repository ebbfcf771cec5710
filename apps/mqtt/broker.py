"""A private Mosquitto: its configuration, its certificate, its password files.

Three listeners: one on this machine for us, two with TLS for devices (docs/decisions/0059). Each
has its own password file and rights; a client's id is its user name, so nobody takes over the
session of another. A device writes ``devices/<name>/readings``, ``tags`` and ``acks``, reads
``commands``; observations by the standard go through ``sta/<name>/`` (``sensorthings.over_mqtt``).
Source: IO-09, IO-20.
"""

import contextlib
import ipaddress
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from apps.common import clock
from apps.mqtt.services.link import IN_FLIGHT
from apps.mqtt.services.logins import secret_hash

USER = "citybrain"
SLOTS = (1, 2)
PID_FILE, AUTHORITY = "mosquitto.pid", "ca.crt"
_PEM = serialization.Encoding.PEM
_YEARS = timedelta(days=3650)
_PACKET_BYTES = 256 * 1024 + 512  # a payload of ``outgoing.MOST_BYTES`` with its topic
_CONFIG = """\
per_listener_settings true
persistence true
persistence_location {folder}/
# What was taken from a device and not yet by us is on disk after so many seconds.
autosave_interval 15
pid_file {folder}/{pid}
log_dest stderr
log_dest topic
log_type error
log_type warning
log_type notice
retain_available false
max_packet_size {packet}
max_inflight_messages {flight}
# While we are away: ten minutes of 800 messages a second.
max_queued_messages 500000
max_queued_bytes 268435456
max_keepalive 3600
persistent_client_expiration 14d

listener {inner} 127.0.0.1
allow_anonymous false
use_username_as_clientid true
max_connections 20
password_file {folder}/inner.passwd
acl_file {folder}/inner.acl
"""
_DEVICES = """
listener {port} {bind}
allow_anonymous false
use_username_as_clientid true
password_file {folder}/devices-{slot}.passwd
acl_file {folder}/devices.acl
certfile {certificate}
keyfile {key}
tls_version tlsv1.2
"""
_INNER_RIGHTS = (
    f"user {USER}\ntopic readwrite devices/#\ntopic readwrite sta/#\ntopic read $SYS/broker/log/N\n"
)
_DEVICE_RIGHTS = """\
pattern write sta/%u/v1.1/+/Observations
pattern read sta/%u/told/+/Observations
pattern write devices/%u/readings
pattern write devices/%u/acks
pattern write devices/%u/tags
pattern read devices/%u/commands
"""


@dataclass(frozen=True)
class Plan:
    """How the broker shall be. hosts: names and addresses devices know it by."""

    folder: Path
    inner_port: int
    device_ports: tuple[int, int]
    bind: str
    hosts: tuple[str, ...]
    inner_secret: str
    certificate: Path | None = None
    key: Path | None = None


def set_up(plan: Plan) -> Path:
    """Will write what Mosquitto starts with and give its configuration; twice is harmless.

    The certificate of before is kept while it names every host. Password files of devices are
    left as they are; ``write_logins`` fills them.
    """
    folder = plan.folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate, key = plan.certificate, plan.key
    if certificate is None or key is None:
        certificate, key = folder / "server.crt", folder / "server.key"
        if not _names(certificate, plan.hosts):
            _make_certificates(folder, plan.hosts)
    config = _CONFIG.format(
        folder=folder, pid=PID_FILE, packet=_PACKET_BYTES, flight=IN_FLIGHT, inner=plan.inner_port
    )
    for slot, port in zip(SLOTS, plan.device_ports, strict=True):
        config += _DEVICES.format(
            folder=folder, port=port, bind=plan.bind, slot=slot, certificate=certificate, key=key
        )
        if not (folder / f"devices-{slot}.passwd").exists():
            write_private(folder / f"devices-{slot}.passwd", [])
    write_private(folder / "inner.passwd", [f"{USER}:{secret_hash(plan.inner_secret)}\n"])
    write_private(folder / "inner.acl", [_INNER_RIGHTS])
    write_private(folder / "devices.acl", [_DEVICE_RIGHTS])
    return write_private(folder / "mosquitto.conf", [config])


def write_private(file: Path, lines: Iterable[str]) -> Path:
    """Will put a file in place whole, readable by the folder's owner only."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    owner = file.parent.stat()
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.writelines(lines)
    if os.geteuid() == 0:  # Mosquitto runs as another account then
        os.chown(fresh, owner.st_uid, owner.st_gid)
    return fresh.replace(file)


def reload(folder: Path) -> bool:
    """Will have Mosquitto read its password files again. False: it does not run from here.

    Who is no longer let in is put out by it at once.
    """
    with contextlib.suppress(OSError, ValueError):
        pid = int((folder / PID_FILE).read_text("utf-8"))
        if Path(f"/proc/{pid}/comm").read_text("utf-8").strip() == "mosquitto":
            os.kill(pid, signal.SIGHUP)
            return True
    return False


def _names(file: Path, hosts: tuple[str, ...]) -> bool:
    """Whether a certificate is there, for all these hosts, and for a month more."""
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError):
        return False
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    is_lasting = found.not_valid_after_utc > clock.now() + timedelta(days=30)
    return is_lasting and set(map(_general_name, hosts)) <= set(names)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _make_certificates(folder: Path, hosts: tuple[str, ...]) -> None:
    """One certificate by an authority that devices trust; the authority stays the same."""
    authority, authority_key = _authority(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CityBrain MQTT")])
    names = x509.SubjectAlternativeName(map(_general_name, hosts))
    server = (
        _certificate(subject, authority.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    write_private(folder / "server.key", [_pem_of(key)])
    write_private(folder / "server.crt", [server.public_bytes(_PEM).decode()])


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    file, key_file = folder / AUTHORITY, folder / "ca.key"
    with contextlib.suppress(OSError, ValueError):
        kept = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if isinstance(kept, ec.EllipticCurvePrivateKey):
            return x509.load_pem_x509_certificate(file.read_bytes()), kept
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CityBrain MQTT CA")])
    made = (
        _certificate(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(key_file, [_pem_of(key)])
    write_private(file, [made.public_bytes(_PEM).decode()])
    return made, key


def _pem_of(key: ec.EllipticCurvePrivateKey) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
    )
