import json
import socket
import threading
from http.server import HTTPServer

import pytest

from apps.common import http
from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, check_outgoing, post_json
from tests.quiet import QuietHandler


class Handler(QuietHandler):
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


@pytest.fixture
def server():
    running = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
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
        post_json("http://127.0.0.1:9009/", {}, timeout_s=1)


@pytest.mark.parametrize(
    "url",
    [
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://localhost./",
        "http://１２７.0.0.1/",
        "http://ⓛocalhost/",
        "http://[::]/",
        "http://[2002:7f00:1::]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1%25lo]/",
        "http://224.0.0.1/",
        "http://100.64.0.1/",
        "http://@sms.example.gov.cn/",
        "http://sms.example.gov.cn\\@127.0.0.1/",
        "http://sms.example.gov.cn@127.0.0.1/",
        "http://127.0.0.1#@sms.example.gov.cn/",
        "http://sms.example.gov.cn/a b",
        "http://sms.example.gov.cn/\r\nHost: x",
        "http://sms.example.gov.cn:0/",
        "http://sms.example.gov.cn:22/",
        "http://sms.example.gov.cn:6379/",
        "http://" + "a" * 3000 + ".cn/",
    ],
)
def test_disguises_are_refused(settings, monkeypatch, url):
    """Every name but the listed one may resolve; none of these may be called."""
    settings.OUTGOING_HOSTS = ["sms.example.gov.cn"]
    plain = http._resolve
    monkeypatch.setattr(
        http, "_resolve", lambda host, port: plain(host.replace("sms.example.gov.cn", "::1"), port)
    )
    with pytest.raises((InvalidInput, CallFailed)):
        check_outgoing(url)


def test_listed_name_in_other_letters_is_the_same(settings, monkeypatch):
    settings.OUTGOING_HOSTS = ["xn--fiqs8s.example"]
    monkeypatch.setattr(http, "_resolve", lambda *asked: [http.ipaddress.ip_address("8.8.8.8")])
    assert check_outgoing("https://中国.example./").host == "xn--fiqs8s.example"


def test_name_that_points_elsewhere_at_the_second_look_is_not_looked_up_again(
    settings, monkeypatch, server
):
    """DNS rebinding: what was judged is what is called."""
    settings.OUTGOING_HOSTS = ["rebind.example", "127.0.0.1/32"]
    answers = ["127.0.0.1", "127.0.0.2"]
    monkeypatch.setattr(
        http, "_resolve", lambda *asked: [http.ipaddress.ip_address(answers.pop(0))]
    )
    url = f"http://rebind.example:{server}/"
    target = check_outgoing(url)
    assert http.post_bytes(url, b"{}", target=target).status == 200
    assert answers == ["127.0.0.2"]


def test_proxy_of_the_environment_is_not_used(settings, monkeypatch, server):
    settings.OUTGOING_HOSTS = ["127.0.0.0/8"]
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9009")
    assert post_json(f"http://127.0.0.1:{server}/", {}).status == 200


def test_server_that_says_nothing_is_left(settings):
    settings.OUTGOING_HOSTS = ["127.0.0.0/8"]
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(CallFailed):
        http.get_bytes(f"https://127.0.0.1:{mute.getsockname()[1]}/", timeout_s=0.3)
