"""Trip and event sites on SharePoint for the right guardians, and proof of who can reach what."""

__version__ = "0.1.0"
