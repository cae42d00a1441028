"""What we talk about: frozen records in Atom's and the newsroom's words. None does I/O or looks at a clock."""
