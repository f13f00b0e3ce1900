"""Every page, by the address under which the sample workspace has something to show on it."""

from __future__ import annotations

DOCUMENT = "/document/file/KB-111"
PAGES = {
    "portfolio": "/",
    "portfolio-nothing": "/?owner=nobody",
    "account": "/account/orbit",
    "document": DOCUMENT,
    "search": "/search?q=they+copy+it+into+a+spreadsheet",
    "search-filtered": "/search?q=they+copy+it+into+a+spreadsheet&kind=email",
    "search-start": "/search",
    "requests": "/requests",
    "alerts": "/alerts",
    "alerts-held": "/alerts?state=held",
    "themes": "/themes?days=365",
    "label": "/label",
    "models": "/label/models",
    "annotate": "/label/abstain",
    "nothing": "/account/nobody",
}
