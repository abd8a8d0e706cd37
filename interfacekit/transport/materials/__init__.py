"""Materials with their numbers: hopping models, layers and contacts."""
