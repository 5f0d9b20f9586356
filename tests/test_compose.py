"""`docker-compose.yml` and the `Dockerfile` hold what an installation beyond one machine leans on."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def _service(name: str) -> str:
    """The lines of a service."""
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n|  +#.*\n)*)", COMPOSE, re.MULTILINE)
    assert found is not None, name
    return found[1]


def test_web_and_worker_wait_for_the_tables_and_run_from_the_one_image() -> None:
    for name in ("web", "worker"):
        assert "<<: *asae" in _service(name)
        assert "setup: { condition: service_completed_successfully }" in _service(name)
    assert "asae upgrade" in _service("setup")
    assert 'command: ["asae", "worker"]' in _service("worker")
    assert "stop_grace_period" in _service("worker")
    assert "image: asae" in COMPOSE


def test_both_can_be_scaled_no_port_or_name_is_taken_twice() -> None:
    assert "container_name" not in COMPOSE
    assert "ports:" not in _service("worker")
    first, last = map(int, re.findall(r'"(\d+)-(\d+):8000"', _service("web"))[0])
    assert last > first


def test_secrets_come_from_the_environment_and_the_database_is_postgresql() -> None:
    assert "ASAE_DATABASE_URL: postgresql+psycopg://" in COMPOSE
    for secret in ("POSTGRES_PASSWORD", "ASAE_SECRET_KEY"):
        assert f"${{{secret}:?" in COMPOSE


def test_the_image_serves_pages_and_leaves_what_is_due_to_the_workers() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r'^CMD \["asae", "serve", .*"--without-scheduler"\]$', image, re.MULTILINE)
    assert re.search(r"^USER (?!root)", image, re.MULTILINE)
