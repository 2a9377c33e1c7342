"""What the assistant can do: arguments, effect, preview, run. One file a domain."""
