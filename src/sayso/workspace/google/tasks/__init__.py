"""Google Tasks over its own API (tasks v1), which takes neither ids of ours nor conditions."""
