"""The production server: Granian's HTTP engine in front, the WSGI app in threads behind a bridge.

Chosen by measurement (tests/bench/bench_servers.py): with our bridge Granian needs less processor time for the
smallest answers than Waitress or Gunicorn (0.12 ms against 0.17 and 0.37), and far less for those that are kept. It
reads slow requests and writes slow answers without holding a thread, and tells when a client hangs up, which ends
that client's query.

Imports `http` alone of the rooms of `cartkg.web`.
"""

from cartkg.web.serving.server import Server

__all__ = ["Server"]
