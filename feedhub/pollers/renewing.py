"""After an update: what other rules made of the entries is made again from what is stored."""

from feedhub.rules.version import VERSION
from feedhub.store import renewals
from feedhub.store.connection import Database, writing

_AT_ONCE = 1_000


def renew(db: Database) -> None:
    """Bring fingerprints and keys of all entries up to date, in short transactions, where they are not.

    Nothing becomes new by it, and nothing is a revision.
    """
    if renewals.renewed_by(db) == VERSION:
        return
    from feedhub.model.matching import Changed  # All of these cost 70 ms, which no quiet poll needs.
    from feedhub.rules import identity
    from feedhub.store import entries

    while found := entries.outdated(db, VERSION, _AT_ONCE):
        again = {number: identity.said_again(entry, shared=shared) for number, (entry, shared) in found.items()}
        with writing(db):
            entries.renew(db, [Changed(number, said) for number, said in again.items()])
    with writing(db):
        renewals.all_renewed(db, VERSION)
