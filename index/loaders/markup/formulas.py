"""Formulas on one line, so that a fraction stays a fraction: from MathML, or from the TeX that stands beside it."""

from __future__ import annotations

import re
from collections.abc import Callable

from footnoted.index.loaders.markup.elements import Element, tag_of
from footnoted.index.loaders.scripts import in_brackets, lowered, raised

_DEEPEST = 60
_UNSEEN = re.compile("[\u2061-\u2064\u200b]")
_SIGNS = {
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "~", "propto": "∝", "infty": "∞", "partial": "∂",
    "nabla": "∇", "sum": "∑", "prod": "∏", "int": "∫", "in": "∈", "notin": "∉", "subset": "⊂", "cup": "∪", "cap": "∩",
    "to": "→", "rightarrow": "→", "Rightarrow": "⇒", "leftarrow": "←", "ldots": "…", "dots": "…", "cdots": "…",
    "circ": "°", "degree": "°", "quad": " ", "qquad": " ", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ",
    "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "hbar": "ℏ", "ell": "ℓ",
}  # fmt: skip


def grouped(text: str) -> str:
    """In brackets, unless it is one number, one name, or in brackets already."""
    single = re.fullmatch(r"\d+(?:[.,]\d+)*|[^\W\d_]+", text) or len(text) < 2
    return text if single or in_brackets(text) else f"({text})"


def formula_text(element: Element) -> str:
    """A ``math`` element on one line: ``(a+b)/(2c)``, ``√(x)``, ``x²``; its TeX if it shows nothing itself."""
    shown = " ".join(_UNSEEN.sub("", _linear(element, 0)).split())
    if shown:
        return shown
    for note in element.iter("{*}annotation"):
        if "tex" in (note.get("encoding") or "").lower() and note.text:
            return tex_text(note.text)
    return tex_text(element.get("alttext") or "")


def _linear(element: Element, depth: int) -> str:
    tag = tag_of(element)
    if not tag or tag in ("annotation", "annotation-xml"):
        return ""
    if depth > _DEEPEST:
        return " ".join("".join(element.itertext()).split())
    parts = [_linear(child, depth + 1) for child in element if tag_of(child)]
    if tag in _LAID_OUT and len(parts) == _LAID_OUT[tag][0]:
        return _LAID_OUT[tag][1](*parts)
    if tag == "msqrt":
        return _root("".join(parts))
    if tag == "mtable":
        return "[" + "; ".join(part for part in parts if part) + "]"
    if tag in ("mtr", "mlabeledtr"):
        return ", ".join(parts)
    if tag == "mfenced":
        return f"{element.get('open', '(')}{', '.join(parts)}{element.get('close', ')')}"
    if tag in ("mspace", "mphantom"):
        return " "
    if tag == "mtext":
        return element.text or ""
    own = "".join((element.text or "").split()) if tag in ("mi", "mn", "mo", "ms") else (element.text or "").strip()
    return own + "".join(parts)


def _root(text: str, degree: str = "") -> str:
    return f"{raised(degree) if degree not in ('', '2') else ''}√{grouped(text)}"


def _fraction(above: str, below: str) -> str:
    return f"{grouped(above)}/{grouped(below)}"


def _over(base: str, mark: str) -> str:
    mark = mark.strip()
    return f"{base}{mark}" if len(mark) == 1 and not mark.isalnum() else f"{base}{raised(mark)}"


_LAID_OUT: dict[str, tuple[int, Callable[..., str]]] = {
    "mfrac": (2, _fraction),
    "msup": (2, lambda base, above: f"{_base(base)}{raised(above)}"),
    "msub": (2, lambda base, below: f"{base}{lowered(below)}"),
    "msubsup": (3, lambda base, below, above: f"{base}{lowered(below)}{raised(above)}"),
    "munder": (2, lambda base, below: f"{base}{lowered(below)}"),
    "mover": (2, _over),
    "munderover": (3, lambda base, below, above: f"{base}{lowered(below)}{raised(above)}"),
    "mroot": (2, _root),
}


def _base(text: str) -> str:
    return text if text.endswith(("\u2032", ")")) else grouped(text)


# TeX ------------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"\\[a-zA-Z]+\*?|\\.|[{}^_&]|[^\\{}^_&\s]|\s+", re.DOTALL)
_TRANSPARENT = frozenset(
    """
    mathrm mathbf mathit mathsf mathcal mathbb mathfrak text textrm textbf textit operatorname displaystyle textstyle
    scriptstyle left right big Big bigl bigr Bigl Bigr limits nolimits boldsymbol rm bf it mbox hbox
    """.split()  # noqa: SIM905
)


def tex_text(tex: str) -> str:
    r"""TeX on one line: ``\frac{a+b}{2c}`` is ``(a+b)/(2c)``. A command that is not known stays as its name."""
    tokens = _TOKEN.findall(tex[:20_000])
    tokens.reverse()
    return " ".join(_tex(tokens, 0, "").split())


def _tex(tokens: list[str], depth: int, until: str) -> str:
    found: list[str] = []
    while tokens:
        token = tokens.pop()
        if token == until:
            break
        found.append(_tex_piece(token, tokens, depth))
    return "".join(found)


def _tex_piece(token: str, tokens: list[str], depth: int) -> str:
    if token == "{":
        return _tex(tokens, depth + 1, "}") if depth < _DEEPEST else ""
    if token in "}&":
        return "" if token == "}" else " "
    if depth >= _DEEPEST:
        return token
    if token in "^_":
        scripted = _argument(tokens, depth)
        return raised(scripted) if token == "^" else lowered(scripted)
    if not token.startswith("\\"):
        return " " if token.isspace() else token
    name = token[1:].rstrip("*")
    if name in ("frac", "dfrac", "tfrac"):
        above = _argument(tokens, depth)
        return _fraction(above, _argument(tokens, depth))
    if name == "sqrt":
        return _tex_root(tokens, depth)
    if name in ("begin", "end"):
        _argument(tokens, depth)
        return " "
    if name in _TRANSPARENT or name in "!,;: ":
        return " " if name in ",;: " else ""
    if name == "\\":
        return "; "
    return _SIGNS.get(name, name if not name.isalpha() or len(name) < 2 else f" {name} ")


def _argument(tokens: list[str], depth: int) -> str:
    """What a command applies to: a group, or the next sign."""
    while tokens and tokens[-1].isspace():
        tokens.pop()
    return _tex_piece(tokens.pop(), tokens, depth + 1).strip() if tokens else ""


def _tex_root(tokens: list[str], depth: int) -> str:
    degree = ""
    if tokens and tokens[-1] == "[":
        tokens.pop()
        degree = _tex(tokens, depth + 1, "]")
    return _root(_argument(tokens, depth), degree)
