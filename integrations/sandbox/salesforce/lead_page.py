"""The page of one lead, for people who follow a link to it."""

import re
from html import escape

from integrations.sandbox.messages import Answer
from integrations.sandbox.records import Record

PATH = re.compile("/lightning/r/Lead/([0-9A-Za-z]{15,18})/view")
STYLE = "body{font:15px/1.5 system-ui;margin:2rem auto;max-width:44rem;padding:0 1rem;overflow-wrap:anywhere}"
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Cache-Control": "no-store"}


def lead_page(record: Record) -> Answer:
    title = escape(str(record.fields.get("Name") or record.key))
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>"
        for name, value in record.fields.items()
        if value is not None
    )
    text = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title><style>{STYLE}dt{{font-weight:600}}dd{{margin:0 0 .5rem;white-space:pre-wrap}}</style></head>
<body><h1>{title}</h1><dl>{rows}</dl></body>
</html>
"""
    return Answer.html(200, text, HEADERS)
