"""Training, quantising, exporting and judging the networks that Moue ships."""
