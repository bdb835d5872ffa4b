"""Our own built files: hashed names, kept for a year; the compressed twin goes to whoever takes it."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from flask import Response, request, send_from_directory

FOLDER = Path(__file__).parents[1] / "static"
ENCODINGS = {"br": ".br", "gzip": ".gz"}
ONE_YEAR = "public, max-age=31536000, immutable"

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("image/svg+xml", ".svg")


def send(filename: str) -> Response:
    """The built file, compressed as the browser likes it; 404 for anything outside the folder."""
    kind = mimetypes.guess_type(filename)[0]
    for encoding, ending in ENCODINGS.items():
        if request.accept_encodings[encoding] and (FOLDER / f"{filename}{ending}").is_file():
            response = send_from_directory(FOLDER, f"{filename}{ending}", mimetype=kind)
            response.headers["Content-Encoding"] = encoding
            break
    else:
        response = send_from_directory(FOLDER, filename, mimetype=kind)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = ONE_YEAR
    return response
