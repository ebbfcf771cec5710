"""Figures of the hotline for those who appraise it: period, formula, rows behind each."""
