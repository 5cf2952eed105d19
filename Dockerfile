# Serves the shipped graph; the endpoint is read-only and needs no volume.
# A public server needs a proxy with limits for each client in front: src/cartkg/web/docs/haproxy.cfg.
FROM python:3.11-slim AS wheel
WORKDIR /src
COPY . .
RUN python -m pip install --no-cache-dir -c .ci/constraints.txt build && python -m build --wheel --outdir /wheel

FROM python:3.11-slim
COPY .ci/constraints.txt /tmp/constraints.txt
COPY --from=wheel /wheel/*.whl /tmp/
RUN python -m pip install --no-cache-dir -c /tmp/constraints.txt /tmp/*.whl && rm -f /tmp/*.whl \
    && useradd --create-home cartkg
USER cartkg
RUN cartkg build
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
ENTRYPOINT ["cartkg", "serve", "--host", "0.0.0.0", "--port", "8000"]
# links in answers start with this address; a public server gets its own: docker run ... IMAGE --base-url https://...
CMD ["--base-url", "http://localhost:8000/"]
