"""Writes a BERT encoder as an ONNX graph, node by node, from its weights.

Done by hand rather than traced: the graph has fused attention and layer normalisation from the start, takes one input
(token ids of one unpadded window), and does not depend on the version of a tracer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float32]
_FUSED = "com.microsoft"
_OPSET, _IR_VERSION = 17, 9
_EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class BertShape:
    """What the weights alone do not tell."""

    layers: int
    heads: int


@dataclass
class _Graph:
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output


def write_bert(weights: Mapping[str, Array], shape: BertShape, path: Path) -> None:
    """Write the graph: ``ids (1, tokens) int64`` in, ``hidden (1, tokens, width)`` out."""
    graph = _Graph()
    state = _embeddings(graph, weights)
    for layer in range(shape.layers):
        name = "hidden" if layer == shape.layers - 1 else f"layer{layer}"
        state = _layer(graph, weights, layer, shape.heads, state, name)
    width = weights["embeddings.word_embeddings.weight"].shape[1]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [1, "tokens", width])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)],
        ir_version=_IR_VERSION,
        producer_name="foreshock",
    )
    onnx.save(model, str(path))


def _embeddings(graph: _Graph, weights: Mapping[str, Array]) -> str:
    words = graph.constant("words", weights["embeddings.word_embeddings.weight"])
    # All tokens are of type 0, so its vector can be added to every position once and for all.
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    graph.constant("positions", positions)
    zero = graph.constant("zero", np.array([0], dtype=np.int64))
    one = graph.constant("one", np.array([1], dtype=np.int64))
    two = graph.constant("two", np.array([2], dtype=np.int64))
    graph.node("Shape", ["ids"], "shape")
    graph.node("Slice", ["shape", one, two, zero], "length")
    graph.node("Slice", ["positions", zero, "length", zero], "position")
    graph.node("Gather", [words, "ids"], "word")
    graph.node("Add", ["word", "position"], "embedded")
    scale = graph.constant("embedded.scale", weights["embeddings.LayerNorm.weight"])
    bias = graph.constant("embedded.bias", weights["embeddings.LayerNorm.bias"])
    return graph.node("LayerNormalization", ["embedded", scale, bias], "embeddings", epsilon=_EPSILON, axis=-1)


def _layer(graph: _Graph, weights: Mapping[str, Array], layer: int, heads: int, state: str, name: str) -> str:
    prefix = f"encoder.layer.{layer}."
    own = f"l{layer}."

    def weight(key: str) -> Array:
        return weights[prefix + key]

    def normalise(inner: str, residual: str, part: str, output: str) -> str:
        scale = graph.constant(f"{own}{part}.scale", weight(f"{part}.LayerNorm.weight"))
        shift = graph.constant(f"{own}{part}.shift", weight(f"{part}.LayerNorm.bias"))
        bias = graph.constant(f"{own}{part}.bias", weight(f"{part}.dense.bias"))
        inputs = [inner, residual, scale, shift, bias]
        return graph.node("SkipLayerNormalization", inputs, output, _FUSED, epsilon=_EPSILON)

    projections = ("query", "key", "value")
    joined = np.concatenate([weight(f"attention.self.{part}.weight").T for part in projections], axis=1)
    biases = np.concatenate([weight(f"attention.self.{part}.bias") for part in projections])
    attention_inputs = [state, graph.constant(own + "qkv", joined), graph.constant(own + "qkv.bias", biases)]
    graph.node("Attention", attention_inputs, own + "attention", _FUSED, num_heads=heads)
    kernel = graph.constant(own + "mix", weight("attention.output.dense.weight").T)
    graph.node("MatMul", [own + "attention", kernel], own + "mixed")
    attended = normalise(own + "mixed", state, "attention.output", own + "attended")
    kernel = graph.constant(own + "widen", weight("intermediate.dense.weight").T)
    graph.node("MatMul", [attended, kernel], own + "wide")
    bias = graph.constant(own + "widen.bias", weight("intermediate.dense.bias"))
    graph.node("BiasGelu", [own + "wide", bias], own + "gelu", _FUSED)
    kernel = graph.constant(own + "narrow", weight("output.dense.weight").T)
    graph.node("MatMul", [own + "gelu", kernel], own + "narrowed")
    return normalise(own + "narrowed", attended, "output", name)


def quantise(source: Path, target: Path) -> None:
    """Dynamic int8, one scale per output channel: weights shrink to a quarter and matrix products run on integers."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source),
        str(target),
        weight_type=QuantType.QInt8,
        per_channel=True,
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )
