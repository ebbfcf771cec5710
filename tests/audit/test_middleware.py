import pytest
from django.test import RequestFactory

from apps.audit.middleware import client_address


@pytest.mark.parametrize(
    ("remote", "forwarded", "trusted", "address"),
    [
        ("1.2.3.4", "", [], "1.2.3.4"),
        ("1.2.3.4", "9.9.9.9", [], "1.2.3.4"),
        ("10.0.0.1", "9.9.9.9", ["10.0.0.0/8"], "9.9.9.9"),
        ("10.0.0.1", "6.6.6.6, 9.9.9.9", ["10.0.0.0/8"], "9.9.9.9"),
        ("10.0.0.1", "9.9.9.9, 10.0.0.2", ["10.0.0.0/8"], "9.9.9.9"),
        ("10.0.0.1", "nonsense", ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", "", ["10.0.0.0/8"], "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::1", ["10.0.0.0/8"], "2001:db8::1"),
        ("", "9.9.9.9", [], None),
        ("", "9.9.9.9", ["unix"], "9.9.9.9"),
    ],
)
def test_only_trusted_proxies_are_believed(settings, remote, forwarded, trusted, address):
    settings.TRUSTED_PROXIES = trusted
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})
    request.META["REMOTE_ADDR"] = remote
    assert client_address(request) == address
