"""``foreshock search``, ``ask`` and ``reindex``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from api.cli.console import err, failures, out, print_json, progress
from api.reasons import reason
from core.db import owner_database_url
from core.entities import Kind, Label, Side, Tier
from core.errors import InputError
from core.settings import get_settings
from pipelines.extract.stateless import parse_as_of
from pipelines.search.filters import SearchFilters
from pipelines.services import open_services

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def search(
    query: Annotated[str, typer.Argument(help="What is looked for, in words.")],
    account_id: Annotated[str | None, typer.Option("--account", help="Only this account.")] = None,
    tier: Annotated[Tier | None, typer.Option("--tier")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Only accounts of this CSM.")] = None,
    kind: Annotated[Kind | None, typer.Option("--kind")] = None,
    side: Annotated[Side | None, typer.Option("--side", help="Whose words.")] = None,
    speaker: Annotated[str | None, typer.Option("--speaker", help="A part of a name.")] = None,
    label: Annotated[Label | None, typer.Option("--label", help="Only sentences with this signal.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="A date: nothing older.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="A date: nothing from then on.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100)] = 10,
    as_json: AsJson = False,
) -> None:
    """Sentences by what they say, by meaning and by words."""
    with failures():
        services = open_services(get_settings())
        filters = SearchFilters(account_id, tier, owner, kind, side, speaker, label, _day(since), _day(until))
        page = services.search.search(services.settings.tenant, query, filters, limit=limit)
        waiting = services.reindex.waiting(services.settings.tenant)
    if waiting:
        err.print(f"{waiting} documents are not in the index yet: `foreshock reindex`", highlight=False)
    if as_json:
        print_json(list(page.items))
    elif not page.items:
        err.print("nothing found")
    for item in () if as_json else page.items:
        out.print(_heading(item))
        for sentence in item["sentences"]:
            out.print(_sentence(sentence), soft_wrap=True)


def ask(
    account_id: Annotated[str, typer.Argument(help="The account's id.")],
    question: Annotated[str, typer.Argument(help='Such as "what do they say about reporting since June".')],
    as_json: AsJson = False,
) -> None:
    """What an account says of something: its sentences in order of time. Nothing is made up."""
    with failures():
        services = open_services(get_settings())
        answer = services.search.ask(services.settings.tenant, account_id, question)
    if as_json:
        print_json(answer)
        return
    bounds = [f"{name} {answer[name][:10]}" for name in ("since", "until") if answer[name]]
    out.print(Text(f"about “{answer['topic']}”{', ' if bounds else ''}{', '.join(bounds)}", style="dim"))
    if not answer["sentences"]:
        err.print("they say nothing of it")
    for row in answer["sentences"]:
        out.print(_heading(row))
        out.print(_sentence(row), soft_wrap=True)


def reindex(
    everything: Annotated[bool, typer.Option("--all", help="What is in the index too: accounts were renamed.")] = False,
    vectors: Annotated[bool, typer.Option("--vectors", help="Build the vector index even of a small tenant.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put documents in the search index that were read before there was one, and build the index of a large tenant."""
    with failures():
        settings = get_settings()
        services = open_services(settings)
        tenant = settings.tenant
        if everything:
            services.reindex.renew(tenant)
        with progress("indexing", services.reindex.waiting(tenant)) as advance:
            count = services.reindex.run(tenant, advance)
        build = vectors or services.reindex.large(tenant)
        if build:
            services.reindex.build_vectors(tenant, owner_database_url(settings))
    if as_json:
        print_json({"documents": count, "vector_index": build})
    else:
        out.print(f"{count} documents indexed" + (", vector index built" if build else ""), highlight=False)


def _day(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = parse_as_of(value)
    except InputError as error:
        raise InputError(error.message, where="--since, --until", remedy=error.remedy) from None
    return moment.replace(hour=0, minute=0, second=0) if len(value) == len("2026-01-31") else moment


def _heading(item: dict[str, Any]) -> RenderableType:
    text = Text(f"\n{item['title'] or item['document']['id']}", style="bold")
    facts = (item["account_name"] or item["account_id"], item["document"]["id"], item["occurred_at"][:10])
    return text.append(f"  {', '.join(facts)}", style="dim not bold")


def _sentence(sentence: dict[str, Any]) -> Text:
    text = Text(f"  {sentence['score']:.2f}  ")
    said = Text(sentence["text"])
    for mark in sentence["marks"]:
        said.stylize("bold yellow", mark["start"] - sentence["start"], mark["end"] - sentence["start"])
    for found in said.split("\n"):
        text.append_text(found).append(" ")
    labels = ", ".join(sorted({signal["label"].replace("_", " ") for signal in sentence["signals"]}))
    return (
        text.append(f" {sentence['speaker']['name'] or ''}", style="dim")
        .append(f"  {labels}" if labels else "", style="red")
        .append(f"  {reason(sentence['why'])}", style="dim italic")
    )
