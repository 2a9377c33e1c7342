"""What the model sees: the agent, its prompt, the history, the offline model."""
