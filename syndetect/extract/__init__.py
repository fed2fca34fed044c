"""HTML or row → title, text, metadata: rows of schema.DOCUMENT.

`extract` reads a batch of pages; `Workers` reads many batches in several processes.
"""

from syndetect.extract.documents import document_ids, extract
from syndetect.extract.language import code_of, language_of
from syndetect.extract.workers import Workers

__all__ = ["Workers", "code_of", "document_ids", "extract", "language_of"]
