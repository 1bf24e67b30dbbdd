# The image has the exporter and the files that Python needs: no shell, no package manager, no pip.
# To use another Debian-like base with Python 3.11 to 3.13:
# --build-arg BASE_NAME=... --build-arg BASE_DIGEST=...; an empty digest uses the name alone.
ARG BASE_NAME=docker.io/library/python:3.13-slim
ARG BASE_DIGEST=sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

FROM ${BASE_NAME}${BASE_DIGEST:+@}${BASE_DIGEST} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
# Two environments: /build has pip and builds, /opt/exporter has no pip and is shipped.
COPY requirements requirements
RUN python3 -m venv /build && python3 -m venv --without-pip /opt/exporter \
 && /build/bin/pip install --quiet --require-hashes -r requirements/build.txt \
 && /build/bin/pip --python /opt/exporter install --quiet --no-compile --no-deps \
      --only-binary :all: --require-hashes -r requirements/runtime.txt
COPY . .
RUN /build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /build/bin/pip --python /opt/exporter install --quiet --no-compile --no-deps /wheel/*.whl
# Test that it runs in its final form. A new version replaces only the second layer.
RUN scripts/image-root /opt/exporter /image \
 && chroot /image /opt/exporter/bin/matomo-archive-exporter --version \
 && mkdir -p /application && mv /image/opt /application

FROM scratch
COPY --from=build /image /
COPY --from=build /application /
ENV PATH=/opt/exporter/bin LANG=C.UTF-8 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
EXPOSE 16286
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s --retries=3 CMD ["matomo-archive-exporter", "healthy"]
ENTRYPOINT ["matomo-archive-exporter"]
# Last, because they change with each commit.
ARG BASE_NAME
ARG BASE_DIGEST
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="matomo-archive-exporter" \
      org.opencontainers.image.description="Prometheus exporter for Matomo's archiving queue" \
      org.opencontainers.image.source="https://github.com/matomo-archive-exporter/matomo-archive-exporter" \
      org.opencontainers.image.documentation="https://github.com/matomo-archive-exporter/matomo-archive-exporter/blob/main/docs/install.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${BASE_NAME}" \
      org.opencontainers.image.base.digest="${BASE_DIGEST}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
