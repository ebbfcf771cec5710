"""The workshop of definitions: pure helpers of the pages an officer writes a matter with.

``rows``: the parts of a body as rows. ``forms``: one form per part. ``wording``: parts and
differences in words. ``picture``: the states drawn. ``bpmn``: the same for other tools.
``starters``: what a new matter begins with. ``trial``: walking a draft without a case.
Nothing here writes; bodies go through ``services.save_draft``.
"""
