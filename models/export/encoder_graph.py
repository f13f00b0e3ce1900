"""Writes a BERT or MPNet encoder as an ONNX graph, node by node, from its weights.

Done by hand rather than traced: the graph has fused attention from the start, takes one input (token ids of one
unpadded window), and does not depend on the version of a tracer. Layer normalisation stands in plain operators, which
run in vectors where the fused one goes number by number: a fifth of the whole time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.export.families import Family

Array = NDArray[np.float32]
_FUSED = "com.microsoft"
_OPSET, _IR_VERSION = 17, 9
_MEAN = "mean"
LONGEST = 512
"""Tokens of the longest window that a graph can read."""
MIDDLE = "middle"
"""The states between the lower and the upper layers, where a second set of upper layers can begin."""


Smoothing = Mapping[str, Array]
"""By the name of a state, how much larger each of its channels ``(width,)`` is than it need be."""


@dataclass
class _Graph:
    smoothing: Smoothing
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def product(self, state: str, kernel: Array, output: str) -> str:
        """``state @ kernel``; where the state is to be smoothed, its channels shrink and the kernel's rows grow."""
        if state in self.smoothing:
            divisor = self.smoothing[state]
            kernel = kernel * divisor[:, None]
            smooth = state + ".smooth"
            if not any(node.name == smooth for node in self.nodes):
                self.node("Mul", [state, self.constant(state + ".divisor", 1 / divisor)], smooth)
            state = smooth
        return self.node("MatMul", [state, self.constant(output + ".kernel", kernel)], output)

    def normalise(self, summands: list[str], scale: Array, shift: Array, output: str) -> str:
        """Layer normalisation of a sum."""
        total = summands[0]
        for number, summand in enumerate(summands[1:]):
            total = self.node("Add", [total, summand], f"{output}.sum{number}")
        mean = self.node("MatMul", [total, _MEAN], output + ".mean")
        apart = self.node("Sub", [total, mean], output + ".apart")
        square = self.node("Mul", [apart, apart], output + ".square")
        variance = self.node("MatMul", [square, _MEAN], output + ".variance")
        above = self.node("Add", [variance, "epsilon"], output + ".above")
        deviation = self.node("Sqrt", [above], output + ".deviation")
        even = self.node("Div", [apart, deviation], output + ".even")
        scaled = self.node("Mul", [even, self.constant(output + ".scale", scale)], output + ".scaled")
        return self.node("Add", [scaled, self.constant(output + ".shift", shift)], output)


def write_encoder(
    weights: Mapping[str, Array],
    family: Family,
    path: Path,
    smoothing: Smoothing | None = None,
    *,
    shown: bool = False,
    with_middle: bool = False,
) -> None:
    """Write the graph: ``ids (1, tokens) int64`` in, ``hidden (1, tokens, width)`` out.

    Args:
        weights: as published, by name.
        family: what they belong to.
        path: where to.
        smoothing: of the states that products read (``models.export.smoothing``).
        shown: put out those states as well, to measure them.
        with_middle: put out ``middle (1, tokens, width)`` as well, for ``write_upper``.
    """
    graph = _begun(weights, family, "ids", smoothing)
    state = _embeddings(graph, weights, family)
    _stacked(graph, weights, family, state, 0)
    if with_middle:
        graph.node("Identity", [f"layer{family.middle - 1}"], MIDDLE)
    more = [*(product_states(family) if shown else ()), *([MIDDLE] if with_middle else ())]
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])
    _save(graph, ids, _width(weights, family), more, path)


def write_upper(
    weights: Mapping[str, Array], family: Family, path: Path, smoothing: Smoothing | None = None, *, shown: bool = False
) -> None:
    """Write the layers above the middle alone: ``middle (1, tokens, width)`` in, ``hidden (1, tokens, width)`` out.

    Args:
        weights: of a whole encoder, by name.
        family: what they belong to.
        path: where to.
        smoothing: of the states that products read.
        shown: put out those states as well, to measure them.
    """
    graph = _begun(weights, family, MIDDLE, smoothing)
    _stacked(graph, weights, family, MIDDLE, family.middle)
    more = [name for name in product_states(family, family.middle) if shown and name != MIDDLE]
    width = _width(weights, family)
    _save(graph, helper.make_tensor_value_info(MIDDLE, TensorProto.FLOAT, [1, "tokens", width]), width, more, path)


def _begun(weights: Mapping[str, Array], family: Family, source: str, smoothing: Smoothing | None) -> _Graph:
    """A graph with the constants that all layers share, and the length of the window that ``source`` holds."""
    graph = _Graph(smoothing or {})
    width = _width(weights, family)
    graph.constant(_MEAN, np.full((width, 1), 1 / width, dtype=np.float32))
    graph.constant("epsilon", np.array([family.epsilon], dtype=np.float32))
    for name, value in (("zero", 0), ("one", 1), ("two", 2)):
        graph.constant(name, np.array([value], dtype=np.int64))
    graph.node("Shape", [source], "shape")
    graph.node("Slice", ["shape", "one", "two", "zero"], "length")
    return graph


def _width(weights: Mapping[str, Array], family: Family) -> int:
    return int(weights[family.words].shape[1])


def _stacked(graph: _Graph, weights: Mapping[str, Array], family: Family, state: str, first: int) -> None:
    bias = _distances(graph, weights[family.distances]) if family.distances else ""
    for layer in range(first, family.layers):
        name = "hidden" if layer == family.layers - 1 else f"layer{layer}"
        state = _layer(graph, weights, family, layer, state, bias, name)


def _save(graph: _Graph, source: onnx.ValueInfoProto, width: int, more: Sequence[str], path: Path) -> None:
    outputs = [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [1, "tokens", width])]
    outputs += [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in more]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "encoder", [source], outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)],
        ir_version=_IR_VERSION,
        producer_name="foreshock",
    )
    onnx.save(model, str(path))


def _embeddings(graph: _Graph, weights: Mapping[str, Array], family: Family) -> str:
    words = graph.constant("words", weights[family.words])
    positions = weights[family.positions][family.first_position :][:LONGEST]
    if family.token_types:
        # All tokens are of type 0, so its vector can be added to every position once and for all.
        positions = positions + weights[family.token_types][0]
    graph.constant("positions", positions)
    graph.node("Slice", ["positions", "zero", "length", "zero"], "position")
    graph.node("Gather", [words, "ids"], "word")
    norm = family.embedding_norm
    return graph.normalise(["word", "position"], weights[norm + ".weight"], weights[norm + ".bias"], "embeddings")


def _distances(graph: _Graph, table: Array) -> str:
    """MPNet's bias by distance, ``(1, heads, tokens, tokens)``: a table over all positions, cut to the window."""
    distance = np.arange(LONGEST)[None, :] - np.arange(LONGEST)[:, None]
    graph.constant("distances", table[bucket(distance, len(table))].transpose(2, 0, 1)[None])
    graph.constant("axes", np.array([2, 3], dtype=np.int64))
    graph.constant("origin", np.array([0, 0], dtype=np.int64))
    ends = graph.node("Concat", ["length", "length"], "ends", axis=0)
    return graph.node("Slice", ["distances", "origin", ends, "axes"], "distance")


def bucket(distance: NDArray[np.int64], buckets: int, farthest: int = 128) -> NDArray[np.int64]:
    """The row of the table for key minus query, as in T5 and MPNet: exact when near, logarithmic when far."""
    half = buckets // 2
    near = half // 2
    size = np.abs(distance)
    far = near + np.log(np.maximum(size, 1) / near) / math.log(farthest / near) * (half - near)
    side = np.where(distance > 0, half, 0)
    result: NDArray[np.int64] = side + np.where(size < near, size, np.minimum(far.astype(np.int64), half - 1))
    return result


def _layer(
    graph: _Graph, weights: Mapping[str, Array], family: Family, layer: int, state: str, bias: str, output: str
) -> str:
    own = f"l{layer}."

    def weight(part: str, kind: str) -> Array:
        return weights[f"{family.layer.format(layer)}{part}.{kind}"]

    def product(state: str, part: str, output: str) -> str:
        return graph.product(state, weight(part, "weight").T, output)

    def normalised(inner: str, part: str, residual: str, norm: str, output: str) -> str:
        shift = graph.constant(f"{own}{part}.bias", weight(part, "bias"))
        return graph.normalise([inner, shift, residual], weight(norm, "weight"), weight(norm, "bias"), output)

    kernels = [weight(part, "weight").T for part in family.projections]
    biases = [weight(part, "bias") for part in family.projections]
    if bias:
        # The fused operator with a bias by distance has no form in int8: three products and attention apart.
        parts = []
        for name, kernel, added in zip(("query", "key", "value"), kernels, biases, strict=True):
            flat = graph.product(state, kernel, f"{own}{name}.product")
            parts.append(graph.node("Add", [flat, graph.constant(f"{own}{name}.bias", added)], own + name))
        inputs = [*parts, "", "", bias]
        graph.node("MultiHeadAttention", inputs, own + "attention", _FUSED, num_heads=family.heads)
    else:
        joined = graph.constant(own + "qkv", np.concatenate(kernels, axis=1))
        inputs = [state, joined, graph.constant(own + "qkv.bias", np.concatenate(biases))]
        graph.node("Attention", inputs, own + "attention", _FUSED, num_heads=family.heads)
    mixed = product(own + "attention", family.mix, own + "mixed")
    attended = normalised(mixed, family.mix, state, family.attention_norm, own + "attended")
    wide = product(attended, family.widen, own + "wide")
    shift = graph.constant(own + "widen.bias", weight(family.widen, "bias"))
    graph.node("BiasGelu", [wide, shift], own + "gelu", _FUSED)
    narrow = product(own + "gelu", family.narrow, own + "narrow")
    return normalised(narrow, family.narrow, attended, family.norm, output)


def product_states(family: Family, first: int = 0) -> list[str]:
    """The names of the states that products with weights read, layer by layer from ``first`` on."""
    names = []
    for layer in range(first, family.layers):
        begins = MIDDLE if first else "embeddings"
        names += [begins if layer == first else f"layer{layer - 1}"]
        names += [f"l{layer}.{part}" for part in ("attention", "attended", "gelu")]
    return names


def quantise(source: Path, target: Path) -> None:
    """Dynamic int8, one scale per output channel: weights shrink to a quarter and matrix products run on integers."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    means = [node.name for node in onnx.load(str(source)).graph.node if _MEAN in node.input]
    quantize_dynamic(
        str(source),
        str(target),
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_exclude=means,
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )
