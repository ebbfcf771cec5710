"""Real software at the other end: a certified client, and Apache as people run it."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests  # noqa: TID251  the tests are the browser here

from apps.accounts import services as accounts
from apps.audit.services import SYSTEM
from apps.common import outbox
from apps.signon.enums import AccessMode
from apps.signon.models import LogoutDelivery
from tests.cast import PASSWORD, build_cast
from tests.signon.factories import Registered, register

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CALLBACK, GOODBYE = "https://app.example.cn/callback", "https://app.example.cn/bye"
MODULES = Path("/usr/lib/apache2/modules")
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def node() -> str:
    """The Node of the machine, or the one bin/_lib.sh put into the environment."""
    own = ROOT / ".venv" / "bin" / "node"
    return str(own) if own.exists() else shutil.which("node") or "node"


def described(app: Registered) -> dict[str, str]:
    return {"id": app.id, "secret": app.secret}


def test_a_certified_client_walks_the_provider(live_server: Any, key: Any, settings: Any) -> None:
    settings.IDP_OIDC_DEVICE_CODE_INTERVAL = 1
    cast = build_cast()
    scopes = ["openid", "profile", "organization"]
    town = {
        "issuer": live_server.url,
        "username": cast.handler.username,
        "password": PASSWORD,
        "callback": CALLBACK,
        "goodbye": GOODBYE,
        "page": described(
            register(
                cast.east_works,
                client_id="walked-page",
                scopes=scopes,
                redirect_uris=[CALLBACK],
                post_logout_uris=[GOODBYE],
            )
        ),
        "machine": described(
            register(cast.east_works, client_id="walked-machine", mode=AccessMode.API)
        ),
        "device": described(
            register(cast.east_works, client_id="walked-device", is_public=True, allows_device=True)
        ),
    }
    walked = subprocess.run(
        [node(), str(HERE / "relying_party.mjs"), json.dumps(town)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert walked.returncode == 0, walked.stderr
    rows = json.loads(walked.stdout)
    assert len(rows) == 17
    assert [row for row in rows if row[1]] == []


APACHE = """
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
Mutex file:{folder} default
{modules}
DocumentRoot {folder}/pages
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client}
OIDCClientSecret {secret}
OIDCRedirectURI {base}/inside/redirect_uri
OIDCCryptoPassphrase only-for-this-test
OIDCPKCEMethod S256
OIDCScope "openid profile"
OIDCRemoteUserClaim preferred_username
OIDCSSLValidateServer Off
OIDCCookieSameSite Off
OIDCStateTimeout 60
<Location /inside>
  AuthType openid-connect
  Require valid-user
</Location>
"""
NEEDED = {
    "mpm_event_module": "mod_mpm_event.so",
    "authn_core_module": "mod_authn_core.so",
    "authz_core_module": "mod_authz_core.so",
    "authz_user_module": "mod_authz_user.so",
    "dir_module": "mod_dir.so",
    "auth_openidc_module": "mod_auth_openidc.so",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def apache() -> Iterator[Any]:
    """Starts Apache as an ordinary process for an application; gives its address."""
    port, started = free_port(), []
    ours = tempfile.TemporaryDirectory()  # its children, which are nobody special, read here
    tmp_path = Path(ours.name)
    tmp_path.chmod(0o755)
    base = f"http://127.0.0.1:{port}"

    def start(issuer: str, app: Registered) -> str:
        (tmp_path / "pages" / "inside").mkdir(parents=True)
        (tmp_path / "pages" / "inside" / "index.html").write_text("inside", "utf-8")
        conf = tmp_path / "apache.conf"
        text = APACHE.format(
            folder=tmp_path,
            port=port,
            base=base,
            issuer=issuer,
            client=app.id,
            secret=app.secret,
            modules="\n".join(f"LoadModule {n} {MODULES / f}" for n, f in NEEDED.items()),
        )
        if os.getuid() == 0:
            text += "User www-data\nGroup www-data\n"
        conf.write_text(text, "utf-8")
        process = subprocess.Popen(["/usr/sbin/apache2", "-f", str(conf), "-DFOREGROUND"])
        started.append(process)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return base
            assert process.poll() is None, "Apache ended"
            time.sleep(0.05)
        raise AssertionError("Apache did not start")

    start.base = base  # type: ignore[attr-defined]
    yield start
    for process in started:
        process.terminate()
        process.wait(10)
    ours.cleanup()


def browse_in(issuer: str, username: str) -> requests.Session:
    browser = requests.Session()
    browser.trust_env = False
    browser.get(f"{issuer}/accounts/login/", timeout=10)
    form = {"login": username, "password": PASSWORD}
    form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
    answer = browser.post(f"{issuer}/accounts/login/", form, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    return browser


def test_apache_lets_in_and_out(live_server: Any, key: Any, settings: Any, apache: Any) -> None:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    cast = build_cast()
    landing = f"{apache.base}/inside/redirect_uri"
    app = register(
        cast.east_works,
        client_id="apache",
        redirect_uris=[landing],
        logout_url=f"{landing}?logout=backchannel",
    )
    base = apache(live_server.url, app)
    browser = browse_in(live_server.url, "handler")
    page = f"{base}/inside/index.html"

    assert browser.get(page, timeout=10).text == "inside"
    assert browser.get(page, allow_redirects=False, timeout=10).status_code == 200

    forged = {"logout_token": "eyJhbGciOiJub25lIn0.e30."}
    assert (
        browser.post(
            f"{landing}?{urlencode({'logout': 'backchannel'})}", forged, timeout=10
        ).status_code
        == 400
    )
    assert browser.get(page, allow_redirects=False, timeout=10).status_code == 200

    began = time.monotonic()
    accounts.deactivate_user(SYSTEM, user=cast.handler)
    outbox.drain()
    answer = browser.get(page, allow_redirects=False, timeout=10)
    assert time.monotonic() - began < 5
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(live_server.url)
    assert LogoutDelivery.objects.get().last_status == 200
