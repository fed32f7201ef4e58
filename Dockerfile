# One image for web, worker, beat and migrate. docs/guides/operate.md tells how to run it.

FROM node:22-slim AS bundle
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund
# The bundle keeps only the styles and icons that templates and code name, so it needs them all.
COPY . .
RUN node frontend/build.mjs


FROM python:3.11-slim AS portal
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/portal
RUN groupadd --system --gid 10001 portal \
    && useradd --system --uid 10001 --gid portal --no-create-home --shell /usr/sbin/nologin portal
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt
COPY . .
COPY --from=bundle /src/static/dist static/dist
# Needs no database and no real secret: it only collects and compresses files into var/static.
RUN SECRET_KEY=only-for-collectstatic python manage.py collectstatic --noinput \
    && python -m compileall -q katingan_portal villages agencies cooperatives reporting docker
# A new volume takes over the owner of the folder that it covers.
RUN install --directory --owner portal --group portal --mode 0750 /srv/evidence
USER portal
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "docker.behind_proxy:application"]
