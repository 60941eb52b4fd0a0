"""The workshop: exercises that grade themselves, handouts, their rehearsal, and the bundle."""
