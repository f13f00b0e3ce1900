"""Families of encoders: where their weights stand in the published file, and what the weights alone do not tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """One family; names of weights are empty where it has none of the kind.

    ``layer`` is the prefix of a layer with ``{}`` for its number; the names after it follow that prefix.
    ``first_position`` is the row of the position table that belongs to the first token. ``middle`` is the number of
    layers below the states from which a second set of upper layers may begin.
    """

    layers: int
    middle: int
    heads: int
    epsilon: float
    token_types: str
    distances: str
    first_position: int
    projections: tuple[str, str, str]
    mix: str
    attention_norm: str
    words: str = "embeddings.word_embeddings.weight"
    positions: str = "embeddings.position_embeddings.weight"
    embedding_norm: str = "embeddings.LayerNorm"
    layer: str = "encoder.layer.{}."
    widen: str = "intermediate.dense"
    narrow: str = "output.dense"
    norm: str = "output.LayerNorm"


FAMILIES = {
    "all-MiniLM-L6-v2": Family(
        layers=6,
        middle=3,
        heads=12,
        epsilon=1e-12,
        token_types="embeddings.token_type_embeddings.weight",
        distances="",
        first_position=0,
        projections=("attention.self.query", "attention.self.key", "attention.self.value"),
        mix="attention.output.dense",
        attention_norm="attention.output.LayerNorm",
    ),
    "all-mpnet-base-v2": Family(
        layers=12,
        middle=6,
        heads=12,
        epsilon=1e-5,
        token_types="",
        distances="encoder.relative_attention_bias.weight",
        first_position=2,
        projections=("attention.attn.q", "attention.attn.k", "attention.attn.v"),
        mix="attention.attn.o",
        attention_norm="attention.LayerNorm",
    ),
}
