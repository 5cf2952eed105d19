"""The production server: Granian's HTTP engine in front, the WSGI app in threads behind a bridge.

Chosen by measurement (tests/bench/bench_servers.py): for the smallest answers Granian needs a tenth of the processor
time of Waitress or Gunicorn, reads slow requests and writes slow answers without holding a thread, and tells when a
client hangs up, which ends that client's query.
"""

from cartkg.web.serving.server import Server

__all__ = ["Server"]
