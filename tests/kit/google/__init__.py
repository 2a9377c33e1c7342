"""A fake of Google's APIs on loopback, held to Google's own descriptions of them."""
