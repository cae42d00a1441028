"""The one place with SQL: records in, records out. `connection` opens, a file per noun reads and writes.

Every function that writes does it inside the caller's `connection.writing(db)`: one short transaction for one act.
"""
