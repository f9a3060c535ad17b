"""Redis: the shared cache, invalidations, hot links and the fallback bus."""
