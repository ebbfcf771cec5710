from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from apps.signon.models import SigningKey
from apps.signon.sealing import seal
from apps.signon.services.keys import _thumbprint
from tests.cast import Cast
from tests.signon.factories import Registered, register
from tests.signon.receiver import Hook, receiving


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    """One key for all tests: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def key(db: None, rsa_key: rsa.RSAPrivateKey) -> SigningKey:
    """The provider's key, already valid."""
    pem = rsa_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    since = datetime(2020, 1, 1, tzinfo=UTC)
    return SigningKey.objects.create(
        sealed=seal(pem.decode()),
        fingerprint=_thumbprint(rsa_key.public_key()),
        created_at=since,
        not_before=since,
    )


@pytest.fixture
def app(cast: Cast, key: SigningKey) -> Registered:
    """A live application of the eastern works."""
    return register(cast.east_works)


@pytest.fixture
def hook(settings: Any) -> Iterator[Hook]:
    """Where an application is told that somebody is out."""
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    with receiving() as found:
        yield found
