# Serves the shipped graph; the endpoint is read-only and needs no volume.
# A public server needs a proxy with limits for each client in front: docs/guides/haproxy.cfg.
# The base must be named by digest, so that the image is the same each time and from nobody else:
#   docker build --build-arg BASE=python:3.11-slim@sha256:... .
ARG BASE

FROM ${BASE} AS wheel
WORKDIR /src
COPY .ci/locked /locked
RUN python -P -m pip install --no-cache-dir --no-deps --no-build-isolation --require-hashes -r /locked/install.txt
RUN python -P -m pip install --no-cache-dir --no-deps --no-build-isolation --require-hashes -r /locked/serve.txt
COPY . .
# the wheel carries the graph, so that the image answers at once
RUN PYTHONPATH=/src/src python -P -m cartkg --project . build --out src/cartkg/shipped/build
RUN python -P -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel .

FROM ${BASE}
COPY .ci/locked /locked
COPY --from=wheel /wheel/*.whl /tmp/
RUN python -P -m pip install --no-cache-dir --no-deps --no-build-isolation --require-hashes -r /locked/install.txt \
    && python -P -m pip install --no-cache-dir --no-deps --no-build-isolation --require-hashes -r /locked/check.txt -r /locked/serve.txt \
    && python -P -m pip install --no-cache-dir --no-deps --no-index /tmp/*.whl \
    && rm -rf /tmp/*.whl /locked && useradd --create-home cartkg
USER cartkg
WORKDIR /home/cartkg
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-P", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
ENTRYPOINT ["cartkg", "serve", "--host", "0.0.0.0", "--port", "8000"]
# links in answers start with this address; a public server gets its own: docker run ... IMAGE --base-url https://...
CMD ["--base-url", "http://localhost:8000/"]
