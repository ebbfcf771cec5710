"""Following a case: proof, progress, completing, scoring."""

import pytest
from django.test import Client

from apps.common import clock
from apps.hotline.citizen import proof, tokens
from apps.matters.models import Case, Evaluation
from apps.matters.services import perform
from tests.cast import Cast
from tests.hotline.citizen.conftest import PHONE, close, picture, send
from tests.matters import factories


@pytest.fixture
def case(cast: Cast) -> Case:
    """A report from PHONE."""
    return send(Client())


def proven(case: Case) -> Client:
    """Will give a browser that has proven to be the reporter's."""
    client = Client()
    answer = client.post("/citizen/track/", {"number": case.number, "secret": PHONE})
    assert answer.status_code == 302
    return client


def test_number_and_phone_open_the_progress(case: Case) -> None:
    html = proven(case).get(f"/citizen/track/{case.number}/").content.decode()
    assert "已收到" in html
    assert case.number in html


@pytest.mark.parametrize("spelling", ["+86 138-1234-5678", "１３８１２３４５６７８"])
def test_the_phone_may_be_spelled_otherwise(case: Case, spelling: str) -> None:
    answer = Client().post("/citizen/track/", {"number": case.number, "secret": spelling})
    assert answer.status_code == 302


def test_the_dash_may_be_missing(case: Case) -> None:
    number = case.number.replace("-", "")
    answer = Client().post("/citizen/track/", {"number": number, "secret": PHONE})
    assert answer["Location"].endswith(f"/{case.number}/")


def test_wrong_number_and_wrong_phone_sound_the_same(case: Case) -> None:
    bodies = set()
    for number, secret in ((case.number, "13900000000"), ("20200101-0000001", PHONE)):
        answer = Client().post("/citizen/track/", {"number": number, "secret": secret})
        assert answer.status_code == 422
        bodies.add(str(answer.context["form"].non_field_errors()))
    assert len(bodies) == 1


def test_a_reporter_with_a_phone_cannot_use_the_code(case: Case) -> None:
    code = proof.receipt_code(case.number)
    answer = Client().post("/citizen/track/", {"number": case.number, "secret": code})
    assert answer.status_code == 422


def test_guessing_the_phone_of_a_number_ends_soon(case: Case) -> None:
    with clock.at(clock.now()):
        codes = [
            Client(REMOTE_ADDR=f"10.1.1.{n}")
            .post("/citizen/track/", {"number": case.number, "secret": f"1390000{n:04d}"})
            .status_code
            for n in range(12)
        ]
    assert codes[:10] == [422] * 10
    assert codes[10:] == [429] * 2


def test_guessing_numbers_from_one_address_ends_soon(case: Case) -> None:
    client = Client()
    # Held still: a slow machine takes longer for the guesses than the span they are counted in.
    with clock.at(clock.now()):
        codes = [
            client.post(
                "/citizen/track/", {"number": f"20261121-{n:07d}", "secret": PHONE}
            ).status_code
            for n in range(21)
        ]
    assert codes[-1] == 429


@pytest.mark.parametrize("tail", ["", "live/", "files/1/"])
def test_without_proof_nothing_is_shown(case: Case, tail: str) -> None:
    answer = Client().get(f"/citizen/track/{case.number}/{tail}")
    assert answer.status_code in {302, 286}
    assert "井盖" not in answer.content.decode()


def test_a_proof_is_for_one_case_only(case: Case, cast: Cast) -> None:
    other = send(Client(), reporter_phone="13900001111")
    assert proven(case).get(f"/citizen/track/{other.number}/").status_code == 302


def test_a_forged_cookie_proves_nothing(case: Case) -> None:
    client = Client()
    client.cookies[proof.COOKIE] = f'["{case.number}"]:1:forged'
    assert client.get(f"/citizen/track/{case.number}/").status_code == 302


def test_leaving_forgets_the_proof(case: Case) -> None:
    client = proven(case)
    client.post("/citizen/track/leave/")
    assert client.get(f"/citizen/track/{case.number}/").status_code == 302


def test_staff_names_and_notes_never_show(case: Case, cast: Cast) -> None:
    case = perform(
        cast.acceptor,
        case_id=case.pk,
        action="accept",
        data=factories.ACCEPT | {"note": "内部备注勿外传"},
    ).case
    html = proven(case).get(f"/citizen/track/{case.number}/").content.decode()
    assert "已受理" in html
    assert "内部备注" not in html
    assert cast.acceptor.full_name not in html


def test_live_says_nothing_until_something_moves(case: Case, cast: Cast) -> None:
    client = proven(case)
    url = f"/citizen/track/{case.number}/live/"
    assert client.get(url, {"seen": case.lock_version}).status_code == 204
    perform(cast.acceptor, case_id=case.pk, action="accept", data=factories.ACCEPT)
    assert "已受理" in client.get(url, {"seen": case.lock_version}).content.decode()


def test_completing_answers_the_question(case: Case, cast: Cast) -> None:
    perform(
        cast.acceptor, case_id=case.pk, action="ask_to_complete", data={"question": "是哪个路口？"}
    )
    client = proven(case)
    assert "是哪个路口" in client.get(f"/citizen/track/{case.number}/").content.decode()
    data = {"token": tokens.new_form(), "addition": "和平路口东北角", "photos": [picture()]}
    for _ in range(2):  # the second is a double click
        assert client.post(f"/citizen/track/{case.number}/complete/", data).status_code == 302
        data["photos"] = [picture()]
    case.refresh_from_db()
    assert case.state == "registered"
    assert case.events.filter(action="complete").count() == 1
    attachment = case.attachments.get(purpose="completion")
    url = f"/citizen/track/{case.number}/files/{attachment.pk}/"
    assert client.get(url, {"thumbnail": 1}).status_code == 200


def test_completing_when_nobody_asked_is_refused_and_kept(case: Case) -> None:
    answer = proven(case).post(
        f"/citizen/track/{case.number}/complete/",
        {"token": tokens.new_form(), "addition": "没人问我也补充"},
    )
    assert answer.status_code == 409
    assert answer.context["complete_form"]["addition"].value() == "没人问我也补充"


def test_scoring_both_things_once(case: Case, cast: Cast) -> None:
    close(cast, case)
    client, url = proven(case), f"/citizen/track/{case.number}/evaluate/"
    assert "请您评价" in client.get(f"/citizen/track/{case.number}/").content.decode()
    score = {"solved": "yes", "result_score": "4", "acceptance_score": "5", "comment": "谢谢"}
    assert client.post(url, score | {"token": tokens.new_form()}).status_code == 302
    scores = Evaluation.objects.filter(case=case, source="citizen")
    assert sorted(scores.values_list("target", "score")) == [("acceptance", 5), ("result", 4)]
    assert client.post(url, score | {"token": tokens.new_form()}).status_code == 409
    assert "请您评价" not in client.get(f"/citizen/track/{case.number}/").content.decode()


def test_an_incomplete_score_is_said_and_kept(case: Case, cast: Cast) -> None:
    close(cast, case)
    answer = proven(case).post(
        f"/citizen/track/{case.number}/evaluate/",
        {"token": tokens.new_form(), "solved": "no", "comment": "还没修好"},
    )
    assert answer.status_code == 422
    assert "还没修好" in answer.content.decode()


def test_a_low_score_asks_for_a_redo(case: Case, cast: Cast) -> None:
    close(cast, case)
    data = {"solved": "no", "result_score": "1", "comment": "没修", "token": tokens.new_form()}
    proven(case).post(f"/citizen/track/{case.number}/evaluate/", data)
    case.refresh_from_db()
    assert case.pending_request == "reopening"
