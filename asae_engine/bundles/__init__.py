"""Bundles: diagrams, decisions, forms and the programme, brought together, checked whole, parsed once."""

from __future__ import annotations

from asae_engine.bundles.bundle import Bundle, build, digest_of, get
from asae_engine.bundles.checking import check, check_each
from asae_engine.bundles.figures import Figure, Happening
from asae_engine.bundles.files import (
    FILE_LIMIT,
    PROGRAMME,
    UnreadableBundle,
    check_paths,
    place_of,
    read_folder,
    read_zip,
    write_zip,
)
from asae_engine.bundles.programme import Mark, Programme, Role
from asae_engine.bundles.references import TOPICS
from asae_engine.findings import Finding

__all__ = [
    "FILE_LIMIT",
    "PROGRAMME",
    "TOPICS",
    "Bundle",
    "Figure",
    "Finding",
    "Happening",
    "Mark",
    "Programme",
    "Role",
    "UnreadableBundle",
    "build",
    "check",
    "check_each",
    "check_paths",
    "digest_of",
    "get",
    "place_of",
    "read_folder",
    "read_zip",
    "write_zip",
]
