"""What scripts/docs does around the generator of the site, which knows nothing of it."""
