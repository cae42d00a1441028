"""When to visit what, and what came of it. Asks the store, goes through the door, applies rules, tells the store."""
