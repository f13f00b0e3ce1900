"""Every page, by the address under which the sample workspace has something to show on it."""

from __future__ import annotations

DOCUMENT = "/document/file/KB-111"
PAGES = {
    "portfolio": "/",
    "portfolio-nothing": "/?owner=nobody",
    "account": "/account/orbit",
    "account-then": "/account/orbit?as_of=2026-06-01",
    "document": DOCUMENT,
    "search": "/search?q=they+copy+it+into+a+spreadsheet",
    "search-filtered": "/search?q=they+copy+it+into+a+spreadsheet&kind=email",
    "search-start": "/search",
    "requests": "/requests",
    "alerts": "/alerts",
    "alerts-held": "/alerts?state=held",
    "themes": "/themes?days=365",
    "quality": "/quality",
    "settings": "/settings",
    "settings-workspace": "/settings/workspace",
    "settings-policy": "/settings/policy",
    "settings-risk": "/settings/risk",
    "settings-keys": "/settings/keys",
    "settings-members": "/settings/members",
    "times": "/times",
    "label": "/label",
    "models": "/label/models",
    "annotate": "/label/abstain",
    "label-quality": "/label/quality",
    "label-adjudicate": "/label/adjudicate",
    "signals": "/label/signals",
    "functions": "/label/functions",
    "nothing": "/account/nobody",
}
