"""A project around django-helpdesk, run in an environment of its own by ``city_day``."""
