"""Writes small DMN files as dmn-js does."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="D" name="D" namespace="urn:t">\n'
)


def file(*decisions: str) -> bytes:
    return (HEAD + "\n".join(decisions) + "\n</definitions>").encode()


def table(
    rules: Sequence[tuple[Sequence[str], Sequence[str]]],
    *,
    inputs: Sequence[str] = ("x",),
    outputs: Sequence[str] = ("y",),
    policy: str | None = None,
    aggregation: str | None = None,
    values: str | None = None,
    default: str | None = None,
    key: str = "t",
    name: str = "Table",
    needs: Sequence[str] = (),
    extra: str = "",
) -> str:
    attributes = f" hitPolicy={quoteattr(policy)}" if policy else ""
    attributes += f" aggregation={quoteattr(aggregation)}" if aggregation else ""
    columns = [
        f'<input id="i{n}" label="Entrée {n}">'
        f"<inputExpression><text>{escape(text)}</text></inputExpression></input>"
        for n, text in enumerate(inputs)
    ]
    allowed = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    otherwise = f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default else ""
    columns += [
        f'<output id="o{n}" name={quoteattr(text)}>{allowed}{otherwise}</output>'
        for n, text in enumerate(outputs)
    ]
    lines = [
        f'<rule id="r{n}">'
        + "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in cells)
        + "".join(f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in results)
        + "</rule>"
        for n, (cells, results) in enumerate(rules)
    ]
    body = "\n".join(["", *columns, *lines, ""])
    return (
        f'<decision id="{key}" name={quoteattr(name)}>{_needs(needs)}{extra}'
        f'<decisionTable id="{key}_table"{attributes}>{body}</decisionTable></decision>'
    )


def literal(text: str, *, key: str = "l", name: str = "Littérale", needs: Sequence[str] = ()) -> str:
    return (
        f'<decision id="{key}" name={quoteattr(name)}>{_needs(needs)}'
        f"<literalExpression><text>{escape(text)}</text></literalExpression></decision>"
    )


def _needs(ids: Sequence[str]) -> str:
    return "".join(
        f'<informationRequirement><requiredDecision href="#{key}"/></informationRequirement>' for key in ids
    )
