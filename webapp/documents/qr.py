"""A short text as a QR code in SVG: black on white, readable from paper."""

from __future__ import annotations

import base64

import qrcode
from qrcode.image.svg import SvgPathImage


def svg(text: str) -> str:
    """The code as an SVG drawing; the same text gives the same drawing."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=10, border=2)
    code.add_data(text)
    code.make(fit=True)
    drawn: bytes = code.make_image(image_factory=SvgPathImage).to_string()
    return drawn.decode()


def data_uri(text: str) -> str:
    """The same as an address that a page may show (img-src data:)."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg(text).encode()).decode()


def of_form(number: str, submission_id: str, form_hash: str, content_hash: str) -> str:
    """What the printed form's code says: a sealed scan of it belongs to this submission and this version of the form."""
    return f"GUOHE-FORM {number} {submission_id} {form_hash[:16]} {content_hash[:16]}"


def of_approval(number: str, mark: str) -> str:
    """What the approval sheet's code says: the journal of the case stood at this mark when it was printed."""
    return f"GUOHE-SHEET {number} {mark}"
