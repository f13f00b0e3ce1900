"""The reader as a whole: documents in, signals with evidence and coverage out.

``SignalReader`` holds what is loaded once (weights, gazetteer); it is stateless otherwise: what it says of a document
depends on that document and the workspace alone, never on order, batch or threads.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.entities import Coverage, Document, Label, OperatingPoint, ReaderName, Sentence, Signal, Span
from core.errors import NotFound
from core.workspace import NamedProduct, Workspace
from nlp.artefact import (
    ATTRIBUTES_ENCODER_FILE,
    ATTRIBUTES_FILE,
    ENCODER_FILE,
    HEADS_FILE,
    READERS,
    TOKENIZER_FILE,
    Manifest,
    load_gate,
    load_manifest,
)
from nlp.attributes.names import tagged_names
from nlp.attributes.read import MentionContext, attributes_of
from nlp.classifier import Classifier, Gate, Mention, span_of
from nlp.encoder import Array, AttributeReader, Encoder, Heads, SentenceOutput
from nlp.explain import explain
from nlp.gazetteer import Entry, Gazetteer, Role, shipped_entries
from nlp.occlusion import Occlusion, occlude
from nlp.outputs import LABELS
from nlp.overlay import Overlay, load_overlay, with_overlay
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide
from nlp.tokens import Vocabulary

READING_VERSION = "4"
"""Raise when cleaning, packing or attributes change what comes out of the same weights."""

_LOOK_AHEAD = 4
SCORE_DECIMALS = 4
_TAGS = {Label.COMPETITIVE_MENTION: "rival", Label.VENDOR_CONSOLIDATION: "platform"}
"""What the names in a mention of each label are names of."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one document says, and what of it was read."""

    document_id: str
    account_id: str
    signals: tuple[Signal, ...]
    coverage: Coverage
    sentences: int
    read: tuple[Sentence, ...] = ()
    """The sentences themselves, in text order."""


class SignalReader:
    """Reads documents for one workspace. Safe to share between threads."""

    def __init__(self, classifier: Classifier, workspace: Workspace | None = None) -> None:
        self._classifier = classifier
        self.workspace = workspace or Workspace()
        self._own = own_side(self.workspace)
        self._gazetteer = gazetteer_of(self.workspace)

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        workspace: Workspace | None = None,
        point: OperatingPoint = OperatingPoint.BALANCED,
    ) -> SignalReader:
        """Load an artefact, the accurate reader by default.

        Raises:
            ArtefactError: if a file is missing or does not match the manifest.
        """
        return cls(load_classifier(folder or READERS[ReaderName.ACCURATE], point), workspace)

    def for_workspace(self, workspace: Workspace) -> SignalReader:
        """The same weights for another workspace, at the cost of a gazetteer."""
        return SignalReader(self._classifier, workspace)

    def with_overlay(self, overlay: Overlay) -> SignalReader:
        """The same encoder with what was learned on top of it, for the same workspace.

        Raises:
            ArtefactError: if it was learned on top of another reader.
        """
        return SignalReader(with_overlay(self._classifier, overlay), self.workspace)

    @property
    def ungated(self) -> Classifier:
        """The classifier itself, with no quicker reader before it: vectors of all sentences are to be had."""
        return replace(self._classifier, gate=None)

    @property
    def model_version(self) -> str:
        """The version of the weights."""
        return self._classifier.manifest.version

    @property
    def manifest(self) -> Manifest:
        """What the weights are, and where their thresholds lie."""
        return self._classifier.manifest

    @property
    def operating_point(self) -> OperatingPoint:
        """How sure it must be."""
        return self._classifier.point

    @property
    def pipeline_version(self) -> str:
        """Weights, operating point, code and workspace together: whatever can change a result changes this."""
        return f"{self.model_version}+{self._classifier.point}.r{READING_VERSION}.{self.workspace.digest}"

    @property
    def gazetteer(self) -> Gazetteer:
        """The names that it knows: shipped ones, and those of the workspace."""
        return self._gazetteer

    @property
    def vectors_version(self) -> str:
        """What the vectors of sentences come from; a head that was fitted on others can't be used with them."""
        return f"{self.model_version}.r{READING_VERSION}"

    def sentences(self, document: Document) -> tuple[Sentence, ...]:
        """What of a document is read, without reading it."""
        return read(document, self._own).sentences

    def everything(self, document: Document, sentences: Sequence[Sentence]) -> list[SentenceOutput]:
        """Outputs of every sentence, also where the quicker reader sees nothing of the four signals.

        For signals of a workspace's own: what they look like, only the states of the sentence's tokens can tell.
        """
        if not sentences:
            return []
        return self._classifier.everything(document, sentences, self._gazetteer.find(document.text), spread=True)

    def extract(self, document: Document) -> Extraction:
        """Read one document, its windows on all cores."""
        return self._extract(document, spread=True)

    def _extract(self, document: Document, *, spread: bool = False) -> Extraction:
        reading = read(document, self._own)
        known = self._gazetteer.find(document.text)
        signals: list[Signal] = []
        if reading.sentences:
            outputs = self._classifier.outputs(document, reading.sentences, known, spread=spread)
            rivals: list[str] = []
            for mention in self._classifier.mentions(reading.sentences, outputs):
                parts = outputs[mention.first : mention.last + 1]
                tag = _TAGS.get(mention.label)
                tagged = tagged_names(document, parts, tag) if tag else []
                span = span_of(mention, reading.sentences)
                context = MentionContext(document, span, known, mention.output.outputs, tagged, tuple(rivals))
                signal = self._signal(mention, context, reading.sentences)
                rivals += signal.attributes.get("competitors", ())
                signals.append(signal)
        return Extraction(
            document.id,
            document.account_id,
            tuple(signals),
            reading.coverage,
            len(reading.sentences),
            reading.sentences,
        )

    def occlusion(self, document: Document, label: Label, span: Span) -> Occlusion:
        """What carried a decision, on demand: the words and the sentences around it, each hidden in turn.

        Raises:
            NotFound: if no sentence is read where ``span`` stands.
        """
        sentences = read(document, self._own).sentences
        inside = [at for at, sentence in enumerate(sentences) if sentence.span.overlap(span)]
        if not inside:
            raise NotFound("no sentence is read there", where=f"characters {span.start} to {span.end}")
        names = self._gazetteer.find(document.text)
        column = LABELS.index(label)
        outputs = self._classifier.outputs(document, sentences, names, spread=True)
        probabilities = self._classifier.probabilities(outputs)[:, column]
        peak = max(inside, key=lambda at: float(probabilities[at]))
        return occlude(self._classifier, document, sentences, names, peak, label)

    def probabilities(self, document: Document) -> tuple[tuple[Sentence, ...], Array]:
        """The sentences of a document and their calibrated probabilities ``(sentences, labels)``."""
        sentences = read(document, self._own).sentences
        if not sentences:
            return (), np.zeros((0, len(LABELS)), dtype=np.float32)
        outputs = self._classifier.outputs(document, sentences, self._gazetteer.find(document.text), spread=True)
        return sentences, self._classifier.probabilities(outputs)

    def extract_many(self, documents: Iterable[Document], threads: int = 0) -> Iterator[Extraction]:
        """Read documents on several cores, in order, with only a few in memory at a time.

        Args:
            documents: any number.
            threads: 0 for as many as there are cores.
        """
        workers = threads or os.cpu_count() or 1
        if workers == 1:
            yield from map(self._extract, documents)
            return
        with ThreadPoolExecutor(workers, thread_name_prefix="reader") as pool:
            waiting: deque[Future[Extraction]] = deque()
            for document in documents:
                waiting.append(pool.submit(self._extract, document))
                if len(waiting) >= workers * _LOOK_AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _signal(self, mention: Mention, context: MentionContext, sentences: tuple[Sentence, ...]) -> Signal:
        document, span = context.document, context.span
        return Signal(
            label=mention.label,
            start=span.start,
            end=span.end,
            text=span.of(document.text),
            score=round(mention.probability, SCORE_DECIMALS),
            attributes=attributes_of(mention.label, context),
            explanation=explain(self._classifier, mention, document.text, sentences, context.known),
            model_version=self.model_version,
            speaker=sentences[mention.peak].speaker,
        )


def load_classifier(
    folder: Path,
    point: OperatingPoint = OperatingPoint.BALANCED,
    *,
    gated: bool = True,
    overlay: Path | None = None,
) -> Classifier:
    """Load the weights of an artefact, after its files were checked, and those of the reader that goes first.

    Args:
        folder: the artefact.
        point: how sure it must be.
        gated: whether the quicker reader goes first, where there is one.
        overlay: a folder of what was learned on top of it.

    Raises:
        ArtefactError: if a file is missing or does not match the manifest.
    """
    manifest = load_manifest(folder)
    attributes = None
    if (folder / ATTRIBUTES_FILE).is_file():
        attributes = AttributeReader(folder / ATTRIBUTES_ENCODER_FILE, Heads.load(folder / ATTRIBUTES_FILE))
    encoder = Encoder(folder / ENCODER_FILE, Heads.load(folder / HEADS_FILE), attributes)
    vocabulary = Vocabulary.from_file(folder / TOKENIZER_FILE)
    found = load_gate(folder) if gated else None
    gate = Gate(load_classifier(found.folder), found.probability) if found else None
    loaded = Classifier(encoder, vocabulary, manifest, point, gate)
    return with_overlay(loaded, load_overlay(overlay)) if overlay else loaded


def own_side(workspace: Workspace) -> OwnSide:
    """Our names and domains, as the cleaning stage wants them."""
    vendor = workspace.vendor
    names = tuple(name for name in (vendor.name,) if name)
    return OwnSide(names=names, product_names=vendor.product_names, domains=vendor.domains)


def gazetteer_of(workspace: Workspace) -> Gazetteer:
    """The shipped catalogue, with the workspace's own names on top."""
    vendor = workspace.vendor
    entries = [Entry(name, name, "own") for name in (vendor.name, *vendor.product_names) if name]
    entries += _entries(workspace.competitors, "rival") + _entries(workspace.suites, "suite")
    return Gazetteer([*entries, *shipped_entries()])


def _entries(products: Iterable[NamedProduct], role: Role) -> list[Entry]:
    return [
        Entry(spelling, product.name, role) for product in products for spelling in (product.name, *product.aliases)
    ]
