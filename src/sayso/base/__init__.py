"""What every layer may use: time, ids, errors, English dates."""
