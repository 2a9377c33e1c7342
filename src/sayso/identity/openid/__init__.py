"""The relying party's half of OpenID Connect: requests to an issuer, its metadata and keys, its ID tokens."""
