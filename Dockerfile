# One recipe for every image: docker build --build-arg PACKAGES=orderstream-payment --build-arg MODULE=payment .
# An image holds one service and the libraries of ours that it needs; `docker compose build` makes all of them.
ARG PYTHON=3.13
# What an image stands on: `libraries` has what most services need, `python` nothing.
ARG FOUNDATION=libraries

# Python, and a user who may do nothing.
FROM python:${PYTHON}-slim AS python
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin orderstream \
 && install --directory --owner orderstream /home/orderstream/data /home/orderstream/state \
 && python -m venv --without-pip /opt/orderstream
ENV PATH=/opt/orderstream/bin:$PATH \
    PYTHONUNBUFFERED=1

# What each package needs, from the pyproject.toml files alone.
FROM python AS requirements
ARG PACKAGES
COPY . /source
RUN python /source/images/requirements.py /lists/libraries orderstream-messaging \
 && python /source/images/requirements.py /lists/package ${PACKAGES}

# The wheels of our own code.
FROM python AS wheels
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=constraints.txt,target=/constraints.txt \
    pip --python /opt/orderstream/bin/python install --constraint /constraints.txt pip hatchling
RUN --mount=type=bind,from=requirements,source=/lists/package,target=/lists \
    --mount=type=bind,from=requirements,source=/source,target=/source,rw \
    python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels $(cat /lists/own)

# One layer that all images on it share.
FROM python AS libraries
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=constraints.txt,target=/constraints.txt \
    --mount=type=bind,from=requirements,source=/lists/libraries,target=/lists \
    pip --python /opt/orderstream/bin/python install --constraint /constraints.txt --requirement /lists/external

FROM ${FOUNDATION} AS service
ARG PACKAGES
ARG MODULE
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=constraints.txt,target=/constraints.txt \
    --mount=type=bind,from=requirements,source=/lists/package,target=/lists \
    pip --python /opt/orderstream/bin/python install --constraint /constraints.txt --requirement /lists/external
COPY --chmod=0644 images/healthcheck.py /opt/orderstream/
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip --python /opt/orderstream/bin/python install --no-deps --no-index /wheels/*.whl \
 && printf '#!/bin/sh\nexec python -m %s "$@"\n' "${MODULE}" > /opt/orderstream/bin/service \
 && chmod 0755 /opt/orderstream/bin/service
ARG REVISION=unknown
LABEL org.opencontainers.image.title="${PACKAGES}" \
      org.opencontainers.image.description="Part of orderstream, a reference system of event choreography" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
ENV HTTP_HOST=0.0.0.0 \
    LOG_FORMAT=json
USER orderstream
WORKDIR /home/orderstream
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --retries=6 --start-period=180s \
  CMD ["python", "-I", "-S", "/opt/orderstream/healthcheck.py"]
ENTRYPOINT ["service"]

# The command line, with what it takes to replay orders, and those of a real shop's first days.
FROM service AS tools
COPY data/online-retail /opt/orderstream/data/online-retail
