"""Taking the citizens out of reports that came by the open interface."""

from collections.abc import Sequence

from apps.georeport.models import Forwarding, Report
from apps.matters.forgetting import Forgetting, blank_rows, clean_rows
from apps.matters.registry import PersonHolder


class ReportPeople(PersonHolder):
    """What open reports keep."""

    def persons(self, case_ids: Sequence[int]) -> dict[int, set[str]]:
        """Will give the e-mail addresses."""
        found = Report.objects.filter(case_id__in=case_ids).exclude(email="")
        return {case_id: {email} for case_id, email in found.values_list("case_id", "email")}

    def forget(self, forgetting: Forgetting) -> None:
        """Will take addresses, accounts and answers away; the number at a peer stays."""
        reports = Report.objects.filter(case_id__in=forgetting.case_ids)
        clean_rows(forgetting, reports, "answers")
        blank_rows(
            forgetting, reports,
            account_id="", device_id="", email="", address_id="", media_url="",
        )  # fmt: skip
        passed_on = Forwarding.objects.filter(case_id__in=forgetting.case_ids)
        blank_rows(forgetting, passed_on, outside_token="")
