"""Sentences as vectors: near where they mean the same. The published all-MiniLM-L6-v2, int8, built at set-up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.errors import ArtefactError
from nlp.artefact import ARTEFACTS, BUILT_FILE, ENCODER_FILE, TOKENIZER_FILE, file_digest

Array = NDArray[np.float32]
MEANING_ENCODER = ARTEFACTS / "meaning"
TOKENS_MAX = 128
"""A text is cut here: the published model was trained on no longer ones."""
CONTEXT_MAX = 40
_MARKS = 3


@dataclass(frozen=True, slots=True)
class Meaning:
    """A text's unit vector ``(width,)``, and unit vectors of its tokens ``(tokens, width)``."""

    vector: Array
    tokens: Array


class MeaningEncoder:
    """A loaded model; safe to call from several threads at once."""

    def __init__(self, folder: Path = MEANING_ENCODER) -> None:
        _check(folder)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = str(folder / ENCODER_FILE)
        self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS_MAX)

    def encode(self, texts: Sequence[str]) -> list[Meaning]:
        """One meaning for each text, each computed alone, so that no text changes another's."""
        with ThreadPoolExecutor() as pool:
            return list(pool.map(self._one, texts))

    def vectors(self, texts: Sequence[str]) -> list[Array]:
        """A unit vector ``(width,)`` for each text."""
        return [meaning.vector for meaning in self.encode(texts)]

    def in_context(self, context: str, sentences: Sequence[str]) -> list[Array]:
        """A unit vector ``(width,)`` for each sentence of a document, read among its neighbours.

        Windows hold a line that says where the sentences stand, and as many of them as fit; a sentence's vector is the
        mean of its own tokens. That costs half of reading each sentence alone behind the line, and finds more
        (``make evaluate-search``). No window depends on another document.
        """
        header = self._ids(context)[:CONTEXT_MAX]
        windows = _windows([self._ids(text) for text in sentences], TOKENS_MAX - len(header) - _MARKS)
        with ThreadPoolExecutor() as pool:
            return [
                vector for found in pool.map(lambda window: self._pooled(header, window), windows) for vector in found
            ]

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _pooled(self, header: list[int], window: Sequence[list[int]]) -> list[Array]:
        first, last, colon = (self._tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]", ":"))
        ids = [first, *header, colon, *(token for sentence in window for token in sentence), last]
        hidden: Array = self._session.run(None, {"ids": np.asarray([ids], dtype=np.int64)})[0][0]
        found, at = [], len(header) + 2
        for sentence in window:
            # A text without any token (signs that no vocabulary has) is told by what stands around it.
            own = hidden[at : at + len(sentence)] if sentence else hidden
            found.append(_unit(own.mean(axis=0)))
            at += len(sentence)
        return found

    def _one(self, text: str) -> Meaning:
        ids = self._tokenizer.encode(text).ids
        hidden: Array = self._session.run(None, {"ids": np.asarray([ids], dtype=np.int64)})[0][0]
        return Meaning(_unit(hidden.mean(axis=0)), _unit(hidden[1:-1] if len(ids) > 2 else hidden))


@lru_cache(maxsize=1)
def shared_encoder() -> MeaningEncoder:
    """The shipped encoder, loaded once in a process.

    Raises:
        ArtefactError: if it was not built.
    """
    return MeaningEncoder()


def _windows(sentences: Sequence[list[int]], budget: int) -> list[list[list[int]]]:
    """Neighbours together, as many as fit; one that is too long is cut."""
    windows: list[list[list[int]]] = []
    room = 0
    for sentence in sentences:
        cut = sentence[:budget]
        if not windows or len(cut) > room:
            windows.append([])
            room = budget
        windows[-1].append(cut)
        room -= len(cut)
    return windows


def _unit(vectors: Array) -> Array:
    length = np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    result: Array = (vectors / length).astype(np.float32)
    return result


def _check(folder: Path) -> None:
    remedy = "run make setup, or python -m models.export.prepare"
    try:
        built: dict[str, str] = json.loads((folder / BUILT_FILE).read_text(encoding="utf-8"))
        wrong = [name for name, expected in built.items() if file_digest(folder / name) != expected]
    except (OSError, ValueError) as error:
        raise ArtefactError("the encoder of meaning was not built", where=str(folder), remedy=remedy) from error
    if wrong:
        raise ArtefactError("is not the file that was built", where=str(folder / wrong[0]), remedy=remedy)
