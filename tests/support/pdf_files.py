"""Makes small PDF files, letter by letter."""

from collections.abc import Sequence
from pathlib import Path

Text = tuple[float, float, str] | tuple[float, float, str, float] | tuple[float, float, str, float, str]
FONTS = {"": "F1", "bold": "F2", "mono": "F3"}


# Hebrew letters as Latin ones that stand for them in a font of its own map.
HEBREW = {chr(0x5D0 + number): chr(ord("\xc0") + number) for number in range(27)}


def make_pdf(
    path: Path,
    pages: Sequence[Sequence[Text | bytes]],
    size: float = 10,
    extra: bytes = b"",
    *,
    hebrew: bool = False,
    annotations: Sequence[bytes] = (),
) -> Path:
    """A PDF with (x, y from the top, text, perhaps its size and font) on pages of 600 x 800 points, in Helvetica.

    A page may also hold what :func:`runs` gives.
    """
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding%s >>"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", font % (b" /ToUnicode 4 0 R" if hebrew else b"")]
    if hebrew:
        pairs = "".join(f"<{ord(latin):02x}> <{ord(letter):04x}>\n" for letter, latin in HEBREW.items())
        pairs += "".join(f"<{code:02x}> <{code:04x}>\n" for code in range(0x20, 0x7F))
        cmap = (
            "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange "
            f"{len(HEBREW) + 0x5F} beginbfchar\n{pairs}endbfchar endcmap"
        ).encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(cmap), cmap))
    fields = []
    for annotation in annotations:
        objects.append(b"<< /Type /Annot /Rect [50 50 200 70] %s >>" % annotation)
        fields.append(b"%d 0 R" % len(objects))
    if fields:
        objects[0] = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s] >> >>" % b" ".join(fields)
    others = []
    for name in (b"Helvetica-Bold", b"Courier"):
        objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>" % name)
        others.append(len(objects))
    kids = []
    for page in pages:
        stream = b"".join(part if isinstance(part, bytes) else _shown(part, size) for part in page) + extra
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R /F2 %d 0 R /F3 %d 0 R >> >> /Annots [%s] >>"
            % (len(objects), *others, b" ".join(fields))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    path.write_bytes(body)
    return path


def _shown(text: Text, size: float) -> bytes:
    x, y, words, *own = text
    font = FONTS[own[1]] if len(own) > 1 else "F1"
    return f"BT /{font} {own[0] if own else size} Tf {x} {800 - y} Td ({_escaped(words)}) Tj ET\n".encode("cp1252")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def runs(x: float, y: float, *parts: str | tuple[str, float, float], size: float = 11) -> bytes:
    """A line of which some parts are (text, size, points above the line)."""
    shown = [(part, size, 0.0) if isinstance(part, str) else part for part in parts]
    drawn = "".join(f"/F1 {own} Tf {rise} Ts ({_escaped(text)}) Tj " for text, own, rise in shown)
    return f"BT {x} {800 - y} Td {drawn}0 Ts ET\n".encode("cp1252")
