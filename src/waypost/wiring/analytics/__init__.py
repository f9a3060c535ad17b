"""The parts of analytics: enrichment of clicks."""
