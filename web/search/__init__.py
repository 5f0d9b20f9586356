"""Finding a case by name or number."""
