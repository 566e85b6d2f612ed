"""The frame of a report page: one HTML file with its own styles, without scripts or anything loaded from elsewhere."""

from __future__ import annotations

from html import escape

STYLE = """
:root{--ink:#1c2430;--soft:#5b6675;--paper:#fff;--line:#d9dee5;--shade:#f4f6f8;--c0:#2563a8;--c1:#c2571a;
--c2:#2f7d4f;--good:#1f7a45;--bad:#b3261e;--mark:#fff0b3}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#9aa5b4;--paper:#14181e;--line:#303844;--shade:#1d232b;
--c0:#6fa8e8;--c1:#ef965c;--c2:#69c08d;--good:#69c08d;--bad:#ff8a80;--mark:#5a4a12}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);
max-width:1000px;margin:0 auto;padding:24px}
h1{font-size:26px;margin:0 0 4px}
h2{font-size:19px;margin:36px 0 8px;border-bottom:1px solid var(--line);padding-bottom:4px}
h3{font-size:15px;margin:16px 0 4px}a{color:var(--c0)}.soft,.tick{color:var(--soft);fill:var(--soft)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}td,th{padding:3px 8px;text-align:left;
border-bottom:1px solid var(--line);vertical-align:top}td.n,th.n{text-align:right;white-space:nowrap}th{font-weight:600}
tr.section th{padding-top:14px;border-bottom:2px solid var(--line)}.good{color:var(--good)}.bad{color:var(--bad)}
.plots{display:flex;flex-wrap:wrap;gap:20px}figure{margin:0}figcaption{color:var(--soft);max-width:440px;font-size:13px}
svg{max-width:100%;height:auto}svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .tick{font-size:11px}
.axis{stroke:var(--soft);stroke-width:1}.grid{stroke:var(--line);stroke-width:1}.line{fill:none;stroke-width:2}
.line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}.bar{fill-opacity:.6}
.bar.c0,.dot.c0{fill:var(--c0)}.bar.c1,.dot.c1{fill:var(--c1)}.bar.c2,.dot.c2{fill:var(--c2)}
.range{stroke:var(--c0);stroke-width:4;stroke-opacity:.45}.interval{vertical-align:middle}
details{border:1px solid var(--line);border-radius:6px;margin:6px 0;padding:6px 12px;
background:var(--shade)}
summary{cursor:pointer;overflow-wrap:anywhere}summary .soft{font-size:12px}
blockquote{margin:4px 0;padding:2px 10px;border-left:3px solid var(--line);
white-space:pre-wrap;overflow-wrap:anywhere}mark{background:var(--mark);color:inherit}code{overflow-wrap:anywhere}
h3,p,li,figcaption,details th+td{overflow-wrap:anywhere}td.whole,details .scroll td{white-space:nowrap}
td.soft{white-space:normal!important}svg.whole{width:100%;border-radius:4px;margin-top:8px}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;margin:4px 0}.legend u{display:inline-block;width:10px;height:10px;
margin-right:5px;text-decoration:none}.g0{fill:#2f7d4f;background:#2f7d4f}.g1{fill:#7fb893;background:#7fb893}
.b0{fill:#e0b04a;background:#e0b04a}.b1{fill:#d9734e;background:#d9734e}.b2{fill:#a8322a;background:#a8322a}
.u0{fill:#9aa5b4;background:#9aa5b4}
.tag{display:inline-block;font-size:12px;border:1px solid currentColor;border-radius:9px;padding:0 7px;margin-right:6px}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:16px}:target{outline:2px solid var(--c1)}.scroll{overflow-x:auto}
@media(max-width:640px){body{padding:12px}.sides{grid-template-columns:1fr}.wide{display:none}
td,th{padding:3px 5px;font-size:13px}.scroll td:first-child:not(.n){overflow-wrap:anywhere;min-width:110px}}
"""

# Nothing may be loaded or run, whatever the text of a document contains.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(title: str, body: str) -> str:
    """A whole page; ``body`` is HTML with its texts already escaped."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def figure(plot: str, caption: str) -> str:
    """A plot with its caption; nothing if there is no plot."""
    return f"<figure>{plot}<figcaption>{escape(caption)}</figcaption></figure>" if plot else ""


def tag(text: str, kind: str = "soft") -> str:
    """A small label; ``kind`` is good, bad or soft."""
    return f'<span class="tag {kind}">{escape(text)}</span>'
