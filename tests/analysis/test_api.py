"""Analysis for programs: jobs, counts, findings; judged once, by the right people (VD-09)."""

from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.algorithms.models import WorkItem
from apps.analysis.models import AnalysisJob, Finding, LineTally
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.gateway.services import issue_client
from tests.analysis import factories as make
from tests.cast import Cast
from tests.video.factories import camera

AT = "/api/v1/video/analysis/"
SCOPES = ("analysis.read", "analysis.run", "analysis.judge")


def header(cast: Cast, user: User, *scopes: str) -> dict[str, str]:
    _client, key = issue_client(
        SYSTEM, name="指挥平台", tenant=cast.tenant, service_user=user, scopes=scopes or SCOPES
    )
    return {"Authorization": f"Api-Key {key}"}


def finding(job: AnalysisJob, **given: Any) -> Finding:
    now = clock.now()
    plain: dict[str, Any] = {
        "job": job, "key": "z:1", "zone": "z", "zone_name": "消防通道", "began_at": now,
        "last_at": now, "value": 0.02, "confidence": 0.6, "algorithm": "intrusion@1.0",
        "job_version": 1, "keep_until": now.date(), "box": [0.1, 0.2, 0.3, 0.4],
    }  # fmt: skip
    return Finding.objects.create(**plain | given)


def judged(headers: dict[str, str], pk: int, **body: Any) -> Any:
    return Client().post(
        f"{AT}findings/{pk}/verdict/", body, content_type="application/json", headers=headers
    )


def test_a_program_reads_jobs_and_counts_and_has_one_run_at_once(cast: Cast) -> None:
    keeper = make.person("keeper", "keeper", cast.east_works)
    job = make.job(camera(), cast.east_works)
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    LineTally.objects.create(job=job, line="l", hour=hour, label="person", entered=3, left=1)
    headers = header(cast, keeper)
    [told] = Client().get(f"{AT}jobs/?task=line_count", headers=headers).json()["results"]
    assert (told["id"], told["camera"], told["algorithm"]) == (
        job.pk, job.camera.gb_code, "line-count",
    )  # fmt: skip
    assert Client().get(f"{AT}jobs/?state=stopped", headers=headers).json()["results"] == []
    [hourly] = Client().get(f"{AT}jobs/{job.pk}/tallies/", headers=headers).json()
    assert (hourly["entered"], hourly["left"]) == (3, 1)
    first, again = (Client().post(f"{AT}jobs/{job.pk}/run/", headers=headers) for _n in range(2))
    assert (first.status_code, first.json()["state"]) == (202, "waiting")
    assert again.json()["work"] == first.json()["work"]
    assert WorkItem.objects.filter(kind="analysis").count() == 1


def test_a_finding_is_judged_once_and_without_its_picture(cast: Cast) -> None:
    judge = make.person("judge", "judge", cast.east_works)
    one = finding(make.job(camera(), cast.east_works))
    headers = header(cast, judge)
    [told] = Client().get(f"{AT}findings/?verdict=new", headers=headers).json()["results"]
    assert (told["id"], told["box"], told["verdict"]) == (one.pk, [0.1, 0.2, 0.3, 0.4], "new")
    assert "picture" not in told
    wrong = judged(headers, one.pk, verdict="false")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "note")
    answers = [judged(headers, one.pk, verdict="false", note="树影晃动") for _time in range(2)]
    assert [answer.json()["verdict"] for answer in answers] == ["false", "false"]
    assert AuditEntry.objects.filter(action="finding.judged").count() == 1
    assert judged(headers, one.pk, verdict="new").status_code == 400


def test_who_may_not(cast: Cast) -> None:
    keeper = make.person("keeper", "keeper", cast.east_works)
    reader = make.person("reader", "reader", cast.east_works)
    neighbour = make.person("neighbour", "keeper", cast.west_works)
    job = make.job(camera(), cast.east_works)
    one = finding(job)
    others = header(cast, neighbour)
    assert Client().get(f"{AT}jobs/", headers=others).json()["results"] == []
    paths = (f"jobs/{job.pk}/", f"jobs/{job.pk}/tallies/", f"findings/{one.pk}/")
    assert [Client().get(AT + path, headers=others).status_code for path in paths] == [404] * 3
    assert Client().post(f"{AT}jobs/{job.pk}/run/", headers=others).status_code == 404
    assert judged(others, one.pk, verdict="confirmed").status_code == 404
    assert judged(header(cast, reader), one.pk, verdict="confirmed").status_code == 403
    narrow = header(cast, keeper, "analysis.read")
    assert judged(narrow, one.pk, verdict="confirmed").status_code == 403
    assert Client().post(f"{AT}jobs/{job.pk}/run/", headers=narrow).status_code == 403
    assert Client().get(f"{AT}findings/").status_code == 401
    one.refresh_from_db()
    assert one.verdict == "new"
