"""Pages of appraisal: rankings, points, schemes, appeals, statistics, targets."""
