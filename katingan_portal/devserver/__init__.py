"""The one command: everything that a portal needs, on one machine, from nothing.

Runs the same PostgreSQL, Redis protocol, web server, worker and beat as production; only who starts them differs.
"""
