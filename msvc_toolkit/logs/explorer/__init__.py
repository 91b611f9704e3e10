"""The parts that the explorer is made of."""
