"""The encoder and its heads, on ONNX Runtime: token ids in, one row of outputs per sentence out.

Windows run one at a time and without padding. Dynamic int8 quantisation scales activations by what is in the batch, so
any batching would let one document change another's scores; a single window of some 250 tokens fills a core anyway, and
several cores work on several windows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
import threadpoolctl
from numpy.typing import NDArray
from safetensors.numpy import load_file

from nlp.outputs import OUTPUTS
from nlp.windows import Place, Window

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SentenceOutput:
    """Raw outputs of one sentence, ``(outputs,)``, and of its tokens, markers among them.

    ``hidden`` are the tokens' states ``(tokens, width)``, ``places`` their characters in the document, and ``names``
    ``(tokens,)`` the logits that each belongs to a rival's name.
    """

    outputs: Array
    ids: tuple[int, ...]
    places: tuple[Place, ...]
    hidden: Array
    names: Array


_NOTHING = -50.0
NOT_READ = SentenceOutput(
    outputs=np.full(len(OUTPUTS), _NOTHING, dtype=np.float32),
    ids=(),
    places=(),
    hidden=np.zeros((0, 0), dtype=np.float32),
    names=np.zeros(0, dtype=np.float32),
)
"""Stands for a sentence that a quicker reader passed over: certain to be nothing."""


class Heads:
    """A small network over a sentence's vector: ``outputs = tanh(features @ w1 + b1) @ w2 + b2``.

    The features, ``(2 * width,)``, are the marker's vector and the mean of the sentence's token vectors. Beside it a
    single layer over tokens, ``names = hidden @ w3 + b3``, that finds the names of rivals.
    """

    def __init__(self, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array) -> None:
        self.w1, self.b1, self.w2, self.b2, self.w3, self.b3 = w1, b1, w2, b2, w3, b3

    @classmethod
    def load(cls, path: Path) -> Heads:
        """Read ``heads.safetensors``."""
        tensors = load_file(path)
        return cls(*(tensors[name] for name in ("w1", "b1", "w2", "b2", "w3", "b3")))

    def __call__(self, features: Array) -> Array:
        """Outputs ``(sentences, outputs)`` for features ``(sentences, 2 * width)``."""
        result: Array = np.tanh(features @ self.w1 + self.b1) @ self.w2 + self.b2
        return result

    def names(self, hidden: Array) -> Array:
        """For states ``(tokens, width)`` the logits ``(tokens,)`` that they belong to a rival's name."""
        result: Array = hidden @ self.w3 + self.b3
        return result

    def pull(self, hidden: Array, output: int) -> Array:
        """How much each token of a sentence, ``(tokens, width)``, pulls one output up: gradient times input.

        The first row is the marker and gets 0; the rest sum to the mean vector's first-order share in the output.
        """
        features = sentence_features(hidden)
        activation = np.tanh(features @ self.w1 + self.b1)
        gradient = self.w1 @ (self.w2[:, output] * (1 - activation**2))
        words = hidden[1:]
        shares: Array = np.zeros(len(hidden), dtype=np.float32)
        if len(words):
            shares[1:] = words @ gradient[hidden.shape[1] :] / len(words)
        return shares


def sentence_features(hidden: Array) -> Array:
    """Marker vector and mean of the words' vectors, ``(2 * width,)``, of one sentence's hidden states."""
    words = hidden[1:] if len(hidden) > 1 else hidden
    return np.concatenate([hidden[0], words.mean(axis=0)])


class Encoder:
    """A loaded model; safe to call from several threads at once."""

    def __init__(self, path: Path, heads: Heads) -> None:
        # The heads are small products: threads of the BLAS would only take the cores from other windows.
        threadpoolctl.threadpool_limits(1, user_api="blas")
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.heads = heads
        self._pool = ThreadPoolExecutor(thread_name_prefix="windows", max_workers=os.cpu_count())

    def hidden(self, ids: tuple[int, ...]) -> Array:
        """Hidden states ``(tokens, width)`` of one window."""
        result: Array = self._session.run(None, {"ids": np.asarray([ids], dtype=np.int64)})[0][0]
        return result

    def read_all(self, windows: Sequence[Window], *, spread: bool = False) -> Iterator[list[SentenceOutput]]:
        """Outputs of each window, in order; ``spread`` over all cores, which changes no result."""
        if spread and len(windows) > 1:
            return self._pool.map(self.read, windows)
        return map(self.read, windows)

    def read(self, window: Window) -> list[SentenceOutput]:
        """One output for each sentence (or piece of one) that the window decides, in its order."""
        hidden = self.hidden(window.ids)
        slices = [hidden[start:end] for start, end in window.ranges]
        outputs = self.heads(np.stack([sentence_features(part) for part in slices]))
        return [
            SentenceOutput(row, window.ids[start:end], window.places[start:end], part, self.heads.names(part))
            for row, part, (start, end) in zip(outputs, slices, window.ranges, strict=True)
        ]
