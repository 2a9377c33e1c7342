"""Sayso: a personal assistant that acts only on your say-so."""

__version__ = "0.1.0"
