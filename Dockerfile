# One image for every part of an installation; docker-compose.yml says which part a container is.

FROM node:20-bookworm-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-progress
COPY build.mjs tsconfig.json ./
COPY apps apps
RUN npm run build

FROM python:3.11-slim-bookworm
# Debian's ffmpeg gets security updates with the image; the wheel's is the fallback.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /data videoshare
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY manage.py ./
COPY media media
COPY videoshare videoshare
COPY apps apps
COPY --from=pages /app/build/static build/static
RUN VIDEOSHARE_DATA=/tmp/build python manage.py collectstatic --noinput --verbosity 0 && rm -rf /tmp/build
USER videoshare
ENV PYTHONUNBUFFERED=1 VIDEOSHARE_DATA=/data
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "videoshare.programs", "web"]
