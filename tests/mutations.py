"""Real files made strange, for tests of hostile input: JSON and XML changed in their structure, anything in
its bytes. Not a test module.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st
from lxml import etree

TEXTS = st.text(max_size=30) | st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "é" * 3000,
        "2026-02-30",
        "2026-03-02",
        "12,50",
        "1e400",
        "-0",
        "NaN",
        "true",
        "=1/0",
        "=",
        "٣",
        "${x}",
        "processes/journey.bpmn",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
#: What an attribute or a text of XML may hold.
_WRITABLE = TEXTS.map(lambda text: "".join(sign for sign in text if sign.isprintable()))


@st.composite
def of_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """A piece taken out, another put in."""
    at = draw(st.integers(0, len(content)))
    return content[:at] + draw(st.binary(max_size=8)) + content[at + draw(st.integers(0, 200)) :]


@st.composite
def of_json(draw: st.DrawFn, content: bytes) -> bytes:
    """Some values replaced, gone or under another key."""
    root: Any = json.loads(content)
    for _ in range(draw(st.integers(1, 4))):
        holder, key = draw(st.sampled_from(_places(root)))
        change = draw(st.sampled_from(["value", "gone", "key"]))
        if change == "value" or isinstance(holder, list):
            holder[key] = draw(JSON)
        elif change == "gone":
            del holder[key]
        else:
            holder[draw(TEXTS)] = holder.pop(key)
        if not _places(root):
            break
    return json.dumps(root, ensure_ascii=False).encode(errors="surrogatepass")


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += [(value, key), *_places(inner)]
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            found += [(value, number), *_places(inner)]
    return found


@st.composite
def of_xml(draw: st.DrawFn, content: bytes) -> bytes:
    """Some elements gone, repeated, moved or renamed, some attributes exchanged, some texts replaced."""
    root = etree.fromstring(content)
    for _ in range(draw(st.integers(1, 5))):
        nodes = [node for node in root.iter(etree.Element) if node is not root]
        if not nodes:
            break
        node, other = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        parent = node.getparent()
        assert parent is not None
        match draw(st.sampled_from(["gone", "twice", "moved", "tag", "attribute", "lost", "text"])):
            case "gone":
                parent.remove(node)
            case "twice":
                parent.append(copy.deepcopy(node))
            case "moved" if node not in (other, *other.iterancestors()):
                other.append(node)
            case "tag":
                node.tag = other.tag
            case "attribute" if node.attrib:
                name = draw(st.sampled_from(sorted(map(str, node.attrib))))
                values = [str(value) for each in nodes for value in each.attrib.values()]
                node.set(name, draw(st.sampled_from(values) | _WRITABLE))
            case "lost" if node.attrib:
                del node.attrib[draw(st.sampled_from(sorted(map(str, node.attrib))))]
            case _:
                node.text = draw(_WRITABLE)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
