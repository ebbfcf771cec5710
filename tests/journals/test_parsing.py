"""Lines of three shapes and of none, and whatever an attacker writes (OP-07)."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.journals.enums import Severity
from apps.journals.parsing import FIELDS_MAX, TEXT_MAX, VALUE_MAX, Unreadable, read

NOON = datetime(2026, 11, 22, 4, 0, 0, 500000, tzinfo=UTC)


def test_the_three_shapes() -> None:
    own = read('{"at": "2026-11-22T12:00:00.5+08:00", "level": "ERROR", "program": "gateway",'
               ' "text": "连接被拒绝", "pid": 7}')  # fmt: skip
    assert (own.at, own.level, own.program, own.text) == (
        NOON, Severity.ERROR, "gateway", "连接被拒绝",
    )  # fmt: skip
    assert own.fields == {"pid": "7"}
    syslog = read(
        '<165>1 2026-11-22T04:00:00.5Z fw-01 sshd 812 ID47 [auth@1 user="root" why="a\\"b\\]"]'
        " \ufeffFailed login"
    )
    assert (syslog.at, syslog.level, syslog.host, syslog.program, syslog.text) == (
        NOON, Severity.NOTICE, "fw-01", "sshd", "Failed login",
    )  # fmt: skip
    assert syslog.fields == {
        "facility": "20", "pid": "812", "message_id": "ID47", "auth@1.user": "root",
        "auth@1.why": 'a"b]',
    }  # fmt: skip
    access = read('10.0.0.8 - - [22/Nov/2026:12:00:00 +0800] "GET /a HTTP/1.1" 502 17 "-" "curl"')
    assert (access.level, access.text) == (Severity.ERROR, "GET /a HTTP/1.1 502")
    assert access.at == NOON.replace(microsecond=0)
    assert read("no shape at all") == read(b"no shape at all\r\n")
    assert read("<999>1 never - - - - -").text.endswith("-")


def test_secrets_and_personal_data_are_covered_in_text_and_fields() -> None:
    found = read('{"text": "手机13812345678 password=hunter2 Authorization: Bearer abc.def",'
                 ' "card": "370202199001011234", "token": "t0p"}')  # fmt: skip
    whole = found.text + str(dict(found.fields))
    for secret in ("13812345678", "hunter2", "abc.def", "199001011234", "t0p"):
        assert secret not in whole
    assert "138****5678" in found.text


@pytest.mark.parametrize("raw", ["", "  \n", b"\x00\x00", "x" * 20_000, '{"level": 3}'])
def test_what_is_no_line_is_refused(raw: str | bytes) -> None:
    with pytest.raises(Unreadable):
        read(raw)


_PIECES = st.sampled_from(
    ["<13>1 ", "2026-11-22T04:00:00Z ", "- ", "[a ", 'b="', "\\", "]", "{", '"text":', '"at":1e400',
     "}", '] "GET', "\x00", "\ud800", "13812345678", '" 200 9']
)  # fmt: skip


_LINES = st.one_of(
    st.binary(max_size=120),
    st.text(max_size=120),
    st.lists(_PIECES, max_size=40).map("".join),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_LINES)
def test_whatever_comes_is_read_within_bounds_or_refused(raw: str | bytes) -> None:
    try:
        said = read(raw)
    except Unreadable:
        return
    assert 0 < len(said.text) <= TEXT_MAX
    assert "\x00" not in said.text
    said.text.encode()
    assert len(said.fields) <= FIELDS_MAX
    assert all(len(value) <= VALUE_MAX + 65 for value in said.fields.values())
    assert said.at is None or said.at.tzinfo is not None


def test_a_line_made_to_cost_time_costs_none() -> None:
    """Ten thousand opened elements, quotes and digits: read in a moment (no catastrophe)."""
    began = datetime.now(tz=UTC)
    for raw in ("<13>1 - h p - - [a" + ' b="' * 3000, '"' * 16_000, "1" * 16_000, "{" * 16_000):
        assert read(raw).text
    assert (datetime.now(tz=UTC) - began).total_seconds() < 2
