from apps.analysis.models.findings import Finding, LineTally
from apps.analysis.models.jobs import AnalysisJob, JobRun, ThresholdChange

__all__ = ["AnalysisJob", "Finding", "JobRun", "LineTally", "ThresholdChange"]
