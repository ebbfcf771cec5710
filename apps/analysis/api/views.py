"""Analysis for programs: jobs, counts, findings; a run ordered, a finding judged.

The same services as the pages. Source: VD-09, VD-10.
"""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.analysis import permissions, selectors, services
from apps.analysis.api.resources import JUDGE, READ, RUN
from apps.analysis.api.serializers import (
    FindingQuery,
    FindingSerializer,
    JobQuery,
    JobSerializer,
    QueuedSerializer,
    TallySerializer,
    VerdictBody,
)
from apps.analysis.models import AnalysisJob, Finding
from apps.gateway.permissions import HasScope


class JobList(generics.ListAPIView[AnalysisJob]):
    """The jobs the caller may see."""

    permission_classes = [IsAuthenticated, HasScope(READ)]
    serializer_class = JobSerializer

    def get_queryset(self) -> QuerySet[AnalysisJob]:
        """Only what the caller's account may see."""
        if getattr(self, "swagger_fake_view", False):
            return AnalysisJob.objects.none()
        viewer = _reader(self.request)
        wanted = JobQuery(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return selectors.list_jobs(viewer, **wanted.validated_data)

    @extend_schema(operation_id="analysis_job_list", parameters=[JobQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists jobs."""
        return super().get(request, *args, **kwargs)


class JobDetail(APIView):
    """One job."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="analysis_job_get", responses=JobSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Gives one job."""
        return Response(JobSerializer(selectors.get_job(_reader(request), pk=pk)).data)


class JobRunNow(APIView):
    """Has a job run at once; one that waits or runs already is given."""

    permission_classes = [IsAuthenticated, HasScope(RUN)]

    @extend_schema(operation_id="analysis_job_run", request=None, responses={202: QueuedSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Queues a run."""
        viewer = _reader(request)
        job = selectors.get_job(viewer, pk=pk)
        item = services.run_now(viewer, job_id=job.pk)
        return Response(QueuedSerializer(item).data, status=202)


class JobTallies(APIView):
    """In and out of a job by line and hour, of the last seven days, newest first."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="analysis_job_tallies", responses=TallySerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Lists counts."""
        job = selectors.get_job(_reader(request), pk=pk)
        return Response(TallySerializer(selectors.tallies_of(job), many=True).data)


class FindingList(generics.ListAPIView[Finding]):
    """The findings the caller may see, newest first."""

    permission_classes = [IsAuthenticated, HasScope(READ)]
    serializer_class = FindingSerializer

    def get_queryset(self) -> QuerySet[Finding]:
        """Only what the caller's account may see."""
        if getattr(self, "swagger_fake_view", False):
            return Finding.objects.none()
        viewer = _reader(self.request)
        asked = FindingQuery(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = dict(asked.validated_data)
        job = wanted.pop("job", None)
        found = selectors.list_findings(viewer, **wanted)
        return found.filter(job=job) if job is not None else found

    @extend_schema(operation_id="analysis_finding_list", parameters=[FindingQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists findings."""
        return super().get(request, *args, **kwargs)


class FindingDetail(APIView):
    """One finding."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="analysis_finding_get", responses=FindingSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Gives one finding."""
        return Response(FindingSerializer(selectors.get_finding(_reader(request), pk=pk)).data)


class FindingVerdict(APIView):
    """Says whether a finding was right; the same again changes nothing."""

    permission_classes = [IsAuthenticated, HasScope(JUDGE)]

    @extend_schema(
        operation_id="analysis_finding_judge", request=VerdictBody, responses=FindingSerializer
    )
    def post(self, request: Request, pk: int) -> Response:
        """Notes the verdict."""
        viewer = _reader(request)
        body = VerdictBody(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        services.judge_finding(viewer, finding_id=pk, verdict=told["verdict"], text=told["note"])
        return Response(FindingSerializer(selectors.get_finding(viewer, pk=pk)).data)


def _reader(request: Request) -> Any:
    viewer: Any = request.user
    permissions.require_reader(viewer)
    return viewer
