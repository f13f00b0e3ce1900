"""Adapters: what torch computes with them is what the merged, exported encoder computes without."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from transformers import AutoModel, BertConfig, MPNetConfig

from core.errors import ArtefactError
from models.export.adapter import merged
from models.export.encoder_graph import product_states, quantise, write_encoder, write_upper
from models.export.families import FAMILIES
from models.export.smoothing import smoothing_of, upper_smoothing_of
from models.training.adapters import AdaptedLinear, adapt, adapter_weights

SMALL = {"hidden_size": 48, "num_attention_heads": 12, "intermediate_size": 96, "vocab_size": 300}
CONFIGS = {
    "all-MiniLM-L6-v2": BertConfig(**SMALL, num_hidden_layers=6),
    "all-mpnet-base-v2": MPNetConfig(**SMALL, num_hidden_layers=12),
}


@pytest.fixture(params=sorted(CONFIGS))
def encoder(request):
    torch.manual_seed(4)
    config = CONFIGS[request.param]
    config.layer_norm_eps = FAMILIES[request.param].epsilon
    config.max_position_embeddings = 514
    return request.param, AutoModel.from_config(config, add_pooling_layer=False).eval()


def weights_of(encoder):
    return {name: tensor.detach().float().numpy().copy() for name, tensor in encoder.state_dict().items()}


def hidden(weights, base, ids, tmp_path, smoothing=None, *, int8=False):
    write_encoder(weights, FAMILIES[base], tmp_path / "encoder.onnx", smoothing)
    if int8:
        quantise(tmp_path / "encoder.onnx", tmp_path / "int8.onnx")
    path = tmp_path / ("int8.onnx" if int8 else "encoder.onnx")
    return onnxruntime.InferenceSession(str(path)).run(None, {"ids": ids.numpy()})[0]


@pytest.mark.parametrize("length", [1, 7, 200])
def test_the_graph_computes_what_the_published_code_computes(encoder, length, tmp_path):
    base, model = encoder
    ids = torch.randint(5, 300, (1, length))
    with torch.inference_mode():
        expected = model(input_ids=ids).last_hidden_state.numpy()
    np.testing.assert_allclose(hidden(weights_of(model), base, ids, tmp_path), expected, atol=2e-4)


def test_int8_stays_close(encoder, tmp_path):
    base, model = encoder
    ids = torch.randint(5, 300, (1, 40))
    precise = hidden(weights_of(model), base, ids, tmp_path)
    assert np.abs(hidden(weights_of(model), base, ids, tmp_path, int8=True) - precise).mean() < 0.1


def test_merged_weights_compute_what_the_adapted_encoder_computes(encoder, tmp_path):
    base, model = encoder
    published = weights_of(model)
    adapt(model, rank=4)
    assert all(
        parameter.requires_grad == name.endswith((".up", ".down")) for name, parameter in model.named_parameters()
    )
    for module in model.modules():
        if isinstance(module, AdaptedLinear):
            torch.nn.init.normal_(module.up, std=0.05)
    ids = torch.randint(5, 300, (1, 30))
    with torch.inference_mode():
        expected = model.float()(input_ids=ids).last_hidden_state.numpy()
    adapter = {name: tensor.numpy() for name, tensor in adapter_weights(model).items()}
    found = hidden(merged(published, adapter), base, ids, tmp_path)
    np.testing.assert_allclose(found, expected, atol=0.05)  # the frozen weights were rounded to bfloat16
    assert np.abs(found - hidden(published, base, ids, tmp_path)).mean() > 0.05


def test_upper_layers_go_on_from_the_middle(encoder, tmp_path):
    base, model = encoder
    weights, family = weights_of(model), FAMILIES[base]
    ids = torch.randint(5, 300, (1, 23))
    write_encoder(weights, family, tmp_path / "whole.onnx", with_middle=True)
    whole = onnxruntime.InferenceSession(str(tmp_path / "whole.onnx"))
    expected, middle = whole.run(None, {"ids": ids.numpy()})
    smoothing = upper_smoothing_of(weights, family, [middle[0]])
    assert sorted(smoothing) == sorted(product_states(family, family.middle))
    write_upper(weights, family, tmp_path / "upper.onnx", {key: value.astype("f4") for key, value in smoothing.items()})
    upper = onnxruntime.InferenceSession(str(tmp_path / "upper.onnx"))
    np.testing.assert_allclose(upper.run(None, {"middle": middle})[0], expected, atol=2e-2)


def test_smoothing_changes_nothing_but_what_int8_loses(tmp_path):
    base = "all-mpnet-base-v2"
    torch.manual_seed(4)
    weights = weights_of(AutoModel.from_config(CONFIGS[base], add_pooling_layer=False))
    for layer in range(12):  # one channel far larger than the rest, as in the published weights
        weights[f"encoder.layer.{layer}.output.LayerNorm.weight"][3] = 5.0
    ids = torch.randint(5, 300, (1, 60))
    family = FAMILIES[base]
    smoothing = {
        name: divisor.astype(np.float32) for name, divisor in smoothing_of(weights, family, ids.tolist()).items()
    }
    assert sorted(smoothing) == sorted(product_states(family))
    expected = hidden(weights, base, ids, tmp_path)
    np.testing.assert_allclose(hidden(weights, base, ids, tmp_path, smoothing), expected, atol=2e-2)
    rough = np.abs(hidden(weights, base, ids, tmp_path, int8=True) - expected).mean()
    smooth = np.abs(hidden(weights, base, ids, tmp_path, smoothing, int8=True) - expected).mean()
    assert smooth < 0.7 * rough


def test_an_adapter_of_other_weights_is_refused():
    adapter = {"layer.down": np.zeros((2, 5), np.float16), "layer.up": np.zeros((3, 2), np.float16)}
    merged({"layer.weight": np.zeros((3, 5), np.float32)}, adapter)
    for wrong in ({}, {"layer.weight": np.zeros((5, 3), np.float32)}):
        with pytest.raises(ArtefactError, match=r"layer\.weight"):
            merged(wrong, adapter)
