import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from apps.common import http
from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, check_outgoing, post_json


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/long":
            answer = b"x" * (http.MAX_ANSWER_BYTES + 10)
        else:
            answer = json.dumps({"got": json.loads(body), "host": self.headers["Host"]}).encode()
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def server():
    running = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running.server_address[1]
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.8/",
        "http://0.0.0.0/",
        "https://user@8.8.8.8/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "http://8.8.8.8/",
        "http:///x",
        "http://[bad/",
        "http://8.8.8.8:99999/",
    ],
)
def test_addresses_nobody_listed_are_refused(settings, url):
    settings.OUTGOING_HOSTS = ["sms.example.gov.cn"]
    with pytest.raises((InvalidInput, CallFailed)):
        check_outgoing(url)


def test_listed_name_may_not_lead_inside(settings):
    settings.OUTGOING_HOSTS = ["localhost"]
    with pytest.raises(InvalidInput) as refusal:
        check_outgoing("http://localhost:8080/")
    assert refusal.value.code == "url_refused"


def test_listed_name_and_range_together_may(settings):
    settings.OUTGOING_HOSTS = ["localhost", "127.0.0.0/8", "::1"]
    assert check_outgoing("http://localhost:8080/a?b=1").path == "/a?b=1"


def test_listed_port_only(settings):
    settings.OUTGOING_HOSTS = ["localhost:8080", "127.0.0.0/8", "::1"]
    assert check_outgoing("http://localhost:8080/").port == 8080
    with pytest.raises(InvalidInput):
        check_outgoing("http://localhost:6379/")


def test_body_arrives_and_the_name_is_kept(settings, server):
    settings.OUTGOING_HOSTS = ["127.0.0.0/8"]
    answer = post_json(f"http://127.0.0.1:{server}/", {"text": "您好"})
    assert answer.json() == {"got": {"text": "您好"}, "host": f"127.0.0.1:{server}"}


def test_redirects_are_not_followed(settings, server):
    settings.OUTGOING_HOSTS = ["127.0.0.0/8"]
    assert post_json(f"http://127.0.0.1:{server}/moved", {}).status == 302


def test_endless_answer_is_cut(settings, server):
    settings.OUTGOING_HOSTS = ["127.0.0.0/8"]
    with pytest.raises(CallFailed):
        post_json(f"http://127.0.0.1:{server}/long", {})


def test_dead_address_fails_in_words(settings):
    settings.OUTGOING_HOSTS = ["127.0.0.0/8"]
    with pytest.raises(CallFailed):
        post_json("http://127.0.0.1:9/", {}, timeout_s=1)
