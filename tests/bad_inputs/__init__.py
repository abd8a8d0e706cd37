"""Generated bad and odd inputs, and the warm process whose forked children try them."""
