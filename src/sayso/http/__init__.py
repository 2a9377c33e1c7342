"""Routes, schemas, errors, cookies, rate limit: knows HTTP and nothing else."""
