"""What a rate and a delay need of each server shape, by Little's law and what was measured here."""
