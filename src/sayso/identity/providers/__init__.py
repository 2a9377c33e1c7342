"""Ways to sign in, a module each: a class that is a `Provider`, registered under its `id` where the app is built."""
