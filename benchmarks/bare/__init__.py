"""The yardstick of ``intake``: one endpoint of the REST framework that inserts one row.

It runs on the same servers, settings and middleware as the product; it only has no
authentication, no limits and nothing to decide.
"""
