"""What every room may use and that knows no record: characters, addresses, markup. Pure; no I/O."""
