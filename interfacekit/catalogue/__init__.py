"""One description of each material: every number with its unit, range, source and certainty, built in or of a file."""
