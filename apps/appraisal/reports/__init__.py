"""The statistics of operations: each a table, a chart and a sheet over days, area and vendor.

Seven of points, two of recording, one of assets, four of work orders. Computed when asked from the
same rows and by the same reckoning as the appraisal, so that the two never differ.
Source: OP-13, OP-14, OP-15.
"""

from apps.appraisal.reports import assets, orders, points, recording
from apps.appraisal.reports.kinds import Asked, Heading, Report

REPORTS: dict[str, Report] = {
    report.code: report
    for report in (*points.REPORTS, *recording.REPORTS, *assets.REPORTS, *orders.REPORTS)
}

__all__ = ["REPORTS", "Asked", "Heading", "Report"]
