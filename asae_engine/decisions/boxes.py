"""Reads boxed expressions (DMN 1.5, 10.2 and 7.3): contexts, lists, functions, iterators and so on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asae_engine.decisions.definition import Boxed, Parameter
from asae_engine.decisions.document import child, children, elements, line_of, local_name, text_of, type_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as XmlElement

    from asae_engine.decisions.definition import Decision

#: What is an expression. `encapsulatedLogic` is a function definition by another name.
EXPRESSIONS = frozenset(
    {
        "literalExpression",
        "decisionTable",
        "context",
        "list",
        "relation",
        "functionDefinition",
        "invocation",
        "conditional",
        "for",
        "some",
        "every",
        "filter",
    }
)


class UnreadableBoxError(Exception):
    """A box that is not understood, with what to tell its author."""

    def __init__(self, node: XmlElement, code: str, message_fr: str, advice: str) -> None:
        super().__init__(message_fr)
        self.node = node
        self.code = code
        self.message_fr = message_fr
        self.advice = advice


def expression_in(node: XmlElement) -> XmlElement | None:
    """The first expression that stands directly in an element."""
    return next((part for part in elements(node) if local_name(part) in EXPRESSIONS), None)


def parameters_of(node: XmlElement) -> tuple[Parameter, ...]:
    """The formal parameters of a function."""
    return tuple(Parameter(part.get("name", ""), type_of(part)) for part in children(node, "formalParameter"))


class Reader:
    """Reads the boxes of one element; tables are read by who reads decisions."""

    def __init__(self, read_table: Callable[[XmlElement], Decision]) -> None:
        self._read_table = read_table

    def box(self, node: XmlElement) -> Boxed:
        """The box that an expression is. Raises `UnreadableBoxError`."""
        kind, line, type_ = local_name(node), line_of(node), type_of(node)
        match kind:
            case "literalExpression":
                text = text_of(node)
                if not text:
                    raise UnreadableBoxError(
                        node, "empty_expression", "une expression est vide.", "Écrivez une expression FEEL."
                    )
                return Boxed("literal", line, text, type=type_)
            case "decisionTable":
                return Boxed("table", line, table=self._read_table(node), type=type_)
            case "context":
                return self._context(node)
            case "list":
                parts = tuple(self.box(part) for part in elements(node) if local_name(part) in EXPRESSIONS)
                return Boxed("list", line, parts=parts, type=type_)
            case "relation":
                return self._relation(node)
            case "functionDefinition" | "encapsulatedLogic":
                return self._function(node)
            case "invocation":
                return self._invocation(node)
            case "conditional":
                parts = tuple(self._inner(node, name) for name in ("if", "then", "else"))
                return Boxed("conditional", line, parts=parts, type=type_)
            case "for" | "some" | "every":
                body = "return" if kind == "for" else "satisfies"
                names = (node.get("iteratorVariable", ""),)
                return Boxed(
                    kind, line, names=names, parts=(self._inner(node, "in"), self._inner(node, body))
                )
            case "filter":
                parts = (self._inner(node, "in"), self._inner(node, "match"))
                return Boxed("filter", line, parts=parts, type=type_)
            case other:
                raise UnreadableBoxError(
                    node,
                    "unsupported",
                    f"la case « {other} » n’est pas prise en charge.",
                    "Utilisez une table, une expression littérale ou une autre case de DMN.",
                )

    def _within(self, node: XmlElement) -> Boxed:
        inner = expression_in(node)
        if inner is None:
            raise UnreadableBoxError(
                node,
                "empty_expression",
                f"la case « {local_name(node)} » est vide.",
                "Écrivez une expression FEEL.",
            )
        return self.box(inner)

    def _inner(self, node: XmlElement, name: str) -> Boxed:
        inner = child(node, name)
        if inner is None:
            raise UnreadableBoxError(
                node,
                "empty_expression",
                f"il manque « {name} » à une case « {local_name(node)} ».",
                "Complétez-la.",
            )
        return self._within(inner)

    def _context(self, node: XmlElement) -> Boxed:
        names, parts = [], []
        for entry in children(node, "contextEntry"):
            variable = child(entry, "variable")
            names.append("" if variable is None else variable.get("name", ""))
            part = self._within(entry)
            typed = None if variable is None else type_of(variable)
            parts.append(_of_type(part, typed))
        return Boxed("context", line_of(node), names=tuple(names), parts=tuple(parts), type=type_of(node))

    def _relation(self, node: XmlElement) -> Boxed:
        names = tuple(column.get("name", "") for column in children(node, "column"))
        rows = tuple(
            Boxed(
                "list",
                line_of(row),
                parts=tuple(self.box(cell) for cell in elements(row) if local_name(cell) in EXPRESSIONS),
            )
            for row in children(node, "row")
        )
        for row in rows:
            if len(row.parts) != len(names):
                raise UnreadableBoxError(
                    node, "row_width", "une ligne n’a pas une case par colonne.", "Complétez la ligne."
                )
        return Boxed("relation", line_of(node), names=names, parts=rows, type=type_of(node))

    def _function(self, node: XmlElement) -> Boxed:
        if node.get("kind", "FEEL") != "FEEL":
            raise UnreadableBoxError(
                node,
                "not_feel",
                "une fonction est écrite en Java ou en PMML : seul FEEL est permis.",
                "Écrivez le calcul en FEEL, dans une table ou une expression.",
            )
        return Boxed("function", line_of(node), parts=(self._within(node),), parameters=parameters_of(node))

    def _invocation(self, node: XmlElement) -> Boxed:
        bindings = children(node, "binding")
        names = [
            "" if (parameter := child(binding, "parameter")) is None else parameter.get("name", "")
            for binding in bindings
        ]
        parts = (self._within(node), *(self._within(binding) for binding in bindings))
        return Boxed("invocation", line_of(node), names=tuple(names), parts=parts, type=type_of(node))


def _of_type(box: Boxed, type_: str | None) -> Boxed:
    if type_ is None:
        return box
    return replace(box, type=type_)
