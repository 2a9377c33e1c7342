"""What tests share: a far workspace that misbehaves, a scripted model, the rules of histories, a simulated world."""
