"""What can go wrong in the index, as one tree.

IndexingError                     everything below; its message is one sentence for a person
├── LoadError                     a file could not be read
│   ├── EmptyFile                 there is no text in it
│   ├── UnknownFormat             no loader for this suffix
│   ├── PasswordNeeded            the file is encrypted
│   ├── NeedsOCR                  pages are images; there is no text layer
│   └── FetchError                a web page could not be fetched, or may not be
├── SourceNotFound                no such document in the index
├── FilterInvalid                 a filter or a collection's name is not valid
├── ModelUnavailable              a model's files are missing or not the ones we pinned, or its server does not answer
├── ModelMismatch                 the index was made with another embedding model
├── HomeUnusable                  the data folder cannot be read, written or understood
├── IndexDamaged                  the vector or keyword index cannot be read; it can be rebuilt from the catalog
├── StoreUnreachable              the server that holds the vectors does not answer
├── TextDamaged                   a stored text is not what was stored: it is not shown
├── IndexClosed                   it was closed while it was still in use
└── IndexBusy                     another process is writing
"""


class IndexingError(Exception):
    """Base of all errors of this package; ``str(error)`` is one clear sentence for a person."""


class LoadError(IndexingError):
    """A file could not be read: damaged, unreadable, too large or too slow."""


class EmptyFile(LoadError):
    """The file holds no text at all."""


class UnknownFormat(LoadError):
    """No loader knows this suffix."""


class PasswordNeeded(LoadError):
    """The file is encrypted and no (or a wrong) password was given."""


class NeedsOCR(LoadError):
    """The file's pages are images without a text layer."""


class FetchError(LoadError):
    """A web page could not be fetched (offline, gone, too large, too slow), or its address is not allowed."""


class SourceNotFound(IndexingError):
    """No document of this name is in the index."""


class FilterInvalid(IndexingError):
    """A filter's date is not a date, or a collection's name is not a valid name."""


class ModelUnavailable(IndexingError):
    """A model's files are missing, or are not the ones whose checksums are pinned, or its server does not answer."""


class ModelMismatch(IndexingError):
    """The index was made with a different embedding model from the one now set."""


class HomeUnusable(IndexingError):
    """The data folder cannot be created, read, written, or was made by an unknown version."""


class IndexDamaged(IndexingError):
    """The vector or the keyword index cannot be opened or searched; the catalog still has all its content."""


class StoreUnreachable(IndexingError):
    """The server that holds the vectors does not answer; once it does, everything works again."""


class TextDamaged(IndexingError):
    """A byte of a stored text has changed on the disk, so that nobody can say what the document says."""


class IndexClosed(IndexingError):
    """The index was closed (by a server that is stopping, for example) while another thread still used it."""


class IndexBusy(IndexingError):
    """Another process holds the writer's lock; the message names it."""
