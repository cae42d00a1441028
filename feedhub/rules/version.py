"""The version of the rules that tell entries and stories apart; it is stored with what they made."""

VERSION = 2
"""Of identity and keys: with another one, a body may say something else, and is read again."""
