"""The encoder and its heads, on ONNX Runtime: token ids in, one row of outputs per sentence out.

Windows run one at a time and without padding. Dynamic int8 quantisation scales activations by what is in the batch, so
any batching would let one document change another's scores; a single window of some 250 tokens fills a core anyway, and
several cores work on several windows.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
import threadpoolctl
from numpy.typing import NDArray
from safetensors.numpy import load_file

from nlp.outputs import FIRST_ATTRIBUTE, OUTPUTS, TAGS
from nlp.windows import Place, Window

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SentenceOutput:
    """Raw outputs of one sentence, ``(outputs,)``, and of its tokens, markers among them.

    ``hidden`` are the tokens' states ``(tokens, width)``, ``places`` their characters in the document, and ``tags``
    ``(tokens, tags)`` the logits that each belongs to a name, in the order of ``nlp.outputs.TAGS``.
    """

    outputs: Array
    ids: tuple[int, ...]
    places: tuple[Place, ...]
    hidden: Array
    tags: Array


_NOTHING = -50.0
NOT_READ = SentenceOutput(
    outputs=np.full(len(OUTPUTS), _NOTHING, dtype=np.float32),
    ids=(),
    places=(),
    hidden=np.zeros((0, 0), dtype=np.float32),
    tags=np.zeros((0, len(TAGS)), dtype=np.float32),
)
"""Stands for a sentence that a quicker reader passed over: certain to be nothing."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What was learned on top of heads: ``features @ weights + bias`` is added to their first outputs.

    ``weights`` are ``(2 * width, outputs)``, ``bias`` ``(outputs,)``.
    """

    weights: Array
    bias: Array


class Heads:
    """A small network over a sentence's vector: ``outputs = tanh(features @ w1 + b1) @ w2 + b2``, and a correction.

    The features, ``(2 * width,)``, are the marker's vector and the mean of the sentence's token vectors. Beside it a
    single layer over tokens, ``hidden @ w3 + b3``, that finds names: of rivals alone, or one column for each tag.
    """

    def __init__(
        self, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array, correction: Correction | None = None
    ) -> None:
        self.w1, self.b1, self.w2, self.b2, self.w3, self.b3 = w1, b1, w2, b2, w3, b3
        self.correction = correction

    @classmethod
    def load(cls, path: Path) -> Heads:
        """Read ``heads.safetensors``."""
        tensors = load_file(path)
        w1, b1, w2, b2, w3, b3 = (tensors[name] for name in ("w1", "b1", "w2", "b2", "w3", "b3"))
        return cls(w1, b1, w2, b2, w3, b3)

    def __call__(self, features: Array) -> Array:
        """Outputs ``(sentences, outputs)`` for features ``(sentences, 2 * width)``."""
        result: Array = np.tanh(features @ self.w1 + self.b1) @ self.w2 + self.b2
        if self.correction:
            added = features @ self.correction.weights + self.correction.bias
            result[:, : added.shape[1]] += added
        return result

    def corrected(self, correction: Correction) -> Heads:
        """The same heads with another correction on top."""
        return Heads(self.w1, self.b1, self.w2, self.b2, self.w3, self.b3, correction)

    def tags(self, hidden: Array) -> Array:
        """For states ``(tokens, width)`` the logits ``(tokens, tags)``; what these heads do not tag is no name."""
        found = (hidden @ self.w3 + self.b3).reshape(len(hidden), -1)
        result: Array = np.full((len(hidden), len(TAGS)), _NOTHING, dtype=np.float32)
        result[:, : found.shape[1]] = found
        return result

    def pull(self, hidden: Array, output: int) -> Array:
        """How much each token of a sentence, ``(tokens, width)``, pulls one output up: gradient times input.

        The first row is the marker and gets 0; the rest sum to the mean vector's first-order share in the output.
        """
        features = sentence_features(hidden)
        activation = np.tanh(features @ self.w1 + self.b1)
        gradient = self.w1 @ (self.w2[:, output] * (1 - activation**2))
        if self.correction and output < len(self.correction.bias):
            gradient = gradient + self.correction.weights[:, output]
        words = hidden[1:]
        shares: Array = np.zeros(len(hidden), dtype=np.float32)
        if len(words):
            shares[1:] = words @ gradient[hidden.shape[1] :] / len(words)
        return shares


def sentence_features(hidden: Array) -> Array:
    """Marker vector and mean of the words' vectors, ``(2 * width,)``, of one sentence's hidden states."""
    words = hidden[1:] if len(hidden) > 1 else hidden
    return np.concatenate([hidden[0], words.mean(axis=0)])


class AttributeReader:
    """A second look at windows that carry a mention: upper layers of their own, with heads for attributes and names.

    They begin where the encoder's lower layers end, so that only the upper half is read twice.
    """

    def __init__(self, path: Path, heads: Heads) -> None:
        self._session = _session(path)
        self._heads = heads

    def __call__(self, middle: Array, ranges: Sequence[tuple[int, int]]) -> tuple[Array, list[Array]]:
        """Attributes ``(sentences, outputs - FIRST_ATTRIBUTE)``, and tags ``(tokens, tags)`` of each sentence."""
        hidden: Array = self._session.run(None, {"middle": middle[None]})[0][0]
        slices = [hidden[start:end] for start, end in ranges]
        attributes = self._heads(np.stack([sentence_features(part) for part in slices]))
        return attributes, [self._heads.tags(part) for part in slices]


Wanted = Callable[[Array], bool]
"""Whether outputs ``(sentences, outputs)`` of a window ask for a second look."""


def _never(_outputs: Array) -> bool:
    return False


class Encoder:
    """A loaded model; safe to call from several threads at once."""

    def __init__(self, path: Path, heads: Heads, attributes: AttributeReader | None = None) -> None:
        # The heads are small products: threads of the BLAS would only take the cores from other windows.
        threadpoolctl.threadpool_limits(1, user_api="blas")
        self._session = _session(path)
        self._attributes = attributes
        self.heads = heads
        self._pool = ThreadPoolExecutor(thread_name_prefix="windows", max_workers=os.cpu_count())

    def with_heads(self, heads: Heads) -> Encoder:
        """The same encoder, loaded once, under other heads."""
        other = copy.copy(self)
        other.heads = heads
        return other

    def states(self, ids: tuple[int, ...]) -> list[Array]:
        """Hidden states ``(tokens, width)`` of one window; after them, where it has such, the middle states."""
        return [states[0] for states in self._session.run(None, {"ids": np.asarray([ids], dtype=np.int64)})]

    def read_all(
        self, windows: Sequence[Window], *, spread: bool = False, wanted: Wanted = _never
    ) -> Iterator[list[SentenceOutput]]:
        """Outputs of each window, in order; ``spread`` over all cores, which changes no result."""

        def read(window: Window) -> list[SentenceOutput]:
            return self.read(window, wanted)

        if spread and len(windows) > 1:
            return self._pool.map(read, windows)
        return map(read, windows)

    def read(self, window: Window, wanted: Wanted = _never) -> list[SentenceOutput]:
        """One output for each sentence (or piece of one) that the window decides, in its order.

        Where ``wanted`` says so, the layers for attributes and names have a say, if there are such.
        """
        hidden, *middle = self.states(window.ids)
        slices = [hidden[start:end] for start, end in window.ranges]
        outputs = self.heads(np.stack([sentence_features(part) for part in slices]))
        tags = [self.heads.tags(part) for part in slices]
        if self._attributes and middle and wanted(outputs):
            attributes, others = self._attributes(middle[0], window.ranges)
            # Two that learned from different layers are right more often together than either.
            mean = (outputs[:, FIRST_ATTRIBUTE:] + attributes) / 2
            outputs = np.concatenate([outputs[:, :FIRST_ATTRIBUTE], mean], axis=1)
            tags = [np.where(own > _NOTHING, own, other) for own, other in zip(tags, others, strict=True)]
        return [
            SentenceOutput(row, window.ids[start:end], window.places[start:end], part, tagged)
            for row, part, tagged, (start, end) in zip(outputs, slices, tags, window.ranges, strict=True)
        ]


def _session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
