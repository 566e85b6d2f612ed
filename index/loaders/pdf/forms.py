"""What people wrote onto a PDF: values of form fields and the words of notes, which are not part of a page's text."""

from __future__ import annotations

import ctypes
from functools import partial
from typing import Any

from footnoted.index.loaders.text import one_line

_MOST = 2000  # on a page
_NOTES = ("FPDF_ANNOT_TEXT", "FPDF_ANNOT_FREETEXT", "FPDF_ANNOT_HIGHLIGHT", "FPDF_ANNOT_STAMP")


def written_on(page: Any) -> list[tuple[str, str]]:
    """Names of fields with their lines ``field: value`` or ``Note: words``, of a pypdfium2 page in the file's order."""
    import pypdfium2.raw as pdfium

    lines: list[tuple[str, str]] = []
    form = page.formenv.raw if page.formenv is not None else None
    kinds = {getattr(pdfium, name) for name in _NOTES}
    for index in range(min(_MOST, pdfium.FPDFPage_GetAnnotCount(page))):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            if kind == pdfium.FPDF_ANNOT_WIDGET and form is not None:
                lines += _field(pdfium, form, annotation)
            elif kind in kinds:
                words = _string(partial(pdfium.FPDFAnnot_GetStringValue, annotation, b"Contents"))
                lines += [("Note", f"Note: {words}")] if words else []
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return list(dict.fromkeys(lines))


def _field(pdfium: Any, form: Any, annotation: Any) -> list[tuple[str, str]]:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    texts = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
    boxes = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
    shown = _string(partial(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation))
    name = shown or _string(partial(pdfium.FPDFAnnot_GetFormFieldName, form, annotation))
    value = _string(partial(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation))
    if kind in texts and value:
        return [(name, f"{name}: {value}" if name else value)]
    if kind in boxes and pdfium.FPDFAnnot_IsChecked(form, annotation):
        return [(name, f"{name}: {'checked' if value in ('', 'Yes', 'On', '1') else value}")]
    return []


def _string(read: Any) -> str:
    """A string of pdfium's, which returns its length in bytes of UTF-16 when it is given no buffer."""
    size = read(None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return one_line(buffer.raw[: size - 2].decode("utf-16-le", "replace"))
