"""Official documents: a document row's content becomes a docx (finished in WPS or Word) and a PDF. Knows no Flask."""

from webapp.documents.render import render

__all__ = ["render"]
