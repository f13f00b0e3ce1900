"""Text that tries to be more than text, and a workspace where it stands wherever a sender can put text."""

from __future__ import annotations

import json

from benchmarks.demo import NOW, PERSON, Workspace
from core.contracts import parse_account, parse_document
from core.entities import Label
from core.workspace import parse_workspace
from labeling.contracts import incoming, parse_record
from labeling.corrections import Correction, CorrectionKind
from labeling.members import ALL_QUEUES, Member, Role
from labeling.queues.rules import QueueRules, Strategy
from labeling.signals.definition import Definition
from pipelines.keys.service import Scope

MARK = "hurt"
MARKUP = (
    f"\"'></a></p></pre></textarea></title></script><script>window.{MARK}=1</script>"
    f'<img src=x onerror="window.{MARK}=1"><svg onload="window.{MARK}=1"><b id="{MARK}">'
)
TEMPLATE = "{{7*191}}${7*191}<%=7*191%>{% raw %}"
BACKWARDS = "\u202e"
"""Right-to-left override: all that follows in its line is turned round, until something closes it."""
NAME = f"Acme {MARKUP}{TEMPLATE}{BACKWARDS}"
SHORT = MARKUP[:110]
"""As much of it as a short field takes."""
PRODUCT_OF_TEMPLATE = str(7 * 191)
ACCOUNT_ID = f"a/{MARKUP}"
DOCUMENT_ID = f"d/../{MARKUP}?why=#x"
QUEUE = "work"
SIGNAL = "Attack"
TEXT = (
    f"Hi {NAME},\n\nWe have a demo with Deputy on Monday and compare their offer with yours before the renewal, "
    f"{MARKUP}{TEMPLATE} says hello.\n\nIt would be great if the export had a button for {MARKUP}, we have asked for it "
    f"three times and there still is none.\n\n{NAME}\n{BACKWARDS}and on"
)


def fill(workspace: Workspace) -> None:
    """An account and a document whose every field is an attack."""
    person = {"name": NAME, "title": NAME, "email": "x@example.org", "side": "account"}
    account = {"account_id": ACCOUNT_ID, "account_name": NAME, "owner": NAME, "segment": NAME, "arr_usd": 90_000,
               "strategic": True, "renewal_date": "2026-12-31"}  # fmt: skip
    document = {"id": DOCUMENT_ID, "account_id": ACCOUNT_ID, "account_name": NAME, "kind": "email", "title": NAME,
                "occurred_at": "2026-09-20T12:00:00Z", "text": TEXT, "author": person, "participants": [person],
                "metadata": {NAME: NAME}}  # fmt: skip
    services, tenant = workspace.services, workspace.tenant
    services.ingest.add_accounts(tenant, [parse_account(json.loads(json.dumps(account)))])
    services.ingest.add(tenant, [parse_document(json.loads(json.dumps(document)))])


def use(workspace: Workspace) -> None:
    """What people do with it: a correction, a saved search, something to label."""
    services, tenant = workspace.services, workspace.tenant
    admin = Member(PERSON, Role.ADMIN, frozenset({ALL_QUEUES}))
    quote = f"{MARKUP}, we have asked for it"
    missed = Correction(kind=CorrectionKind.MISSED, label=Label.WORKAROUND, quote=quote)
    services.labeling.corrections.correct(tenant, PERSON, "file", DOCUMENT_ID, missed)
    services.saved_searches.save(tenant, NAME, NAME)
    rules = QueueRules(title=NAME, strategy=Strategy.IMPORTED, biased=True)
    services.labeling.queues.put(tenant, admin, QUEUE, rules)
    span = {"label": Label.WORKAROUND.value, "start": TEXT.index("We have"), "end": len(TEXT)}
    said = [
        {"annotator": f"ana<b id={MARK}>", "spans": [span], "comment": NAME, "seconds": 0.1},
        {"annotator": "ben", "spans": [], "comment": MARKUP},
    ]
    differing = {"document_id": DOCUMENT_ID, "title": NAME, "text": TEXT, "annotations": said}
    services.labeling.archive.add(tenant, admin, QUEUE, [incoming(parse_record(differing), NOW)])
    services.labeling.members.put(tenant, SHORT, Role.ANNOTATOR, [NAME.split()[0]])
    services.keys.create(tenant, MARKUP, [Scope.READ], NAME)
    rival = {"name": SHORT, "aliases": [TEMPLATE]}
    services.workspace.replace(tenant, parse_workspace({"vendor": {"name": SHORT}, "competitors": [rival]}))
    signal = Definition(SIGNAL, f"{MARKUP}{TEMPLATE}", tuple(f"{MARKUP} {at}" for at in range(5)))
    services.labeling.signals.create(tenant, admin, signal)
    function = {"name": f"{MARKUP}{TEMPLATE}", "label": "workaround", "phrases": [MARKUP]}
    services.labeling.functions.append(tenant, admin, function)
