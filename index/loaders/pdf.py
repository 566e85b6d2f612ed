"""PDF files through pdfium."""

from __future__ import annotations

from index.errors import LoadError, NeedsOCR, PasswordNeeded
from index.loaders.source import Source
from index.loaders.text import TextBuilder, tidy
from index.types import LoadedDocument


def load_pdf(source: Source) -> LoadedDocument:
    """The text of a PDF in reading order, one section for each page."""
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(source.data, password=source.password)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise PasswordNeeded(f"{source.name} is encrypted; give its password to read it.") from error
        raise LoadError(f"{source.name} is damaged or not a PDF file.") from error
    builder = TextBuilder()
    try:
        for number in range(1, len(pdf) + 1):
            with builder.section(f"page {number}", number):
                builder.paragraph(tidy(pdf[number - 1].get_textpage().get_text_range()))
        if not len(builder):
            raise NeedsOCR(f"{source.name} has no text layer: its pages are pictures, which need text recognition (OCR).")
        title = pdf.get_metadata_value("Title")
    finally:
        pdf.close()
    return builder.build(title=title, media_type="application/pdf")
