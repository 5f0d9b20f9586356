"""What the programme costs, measured: `python -m benchmarks` prints one table of ratios.

Nothing here promises a time in milliseconds: each thing is measured side by side with something plain (a
bare UPDATE and COMMIT on the same database, the health page) in turns, so that a busy machine disturbs both
alike. Databases are made aside and removed at the end. What was learnt: docs/decisions/0012.
"""
