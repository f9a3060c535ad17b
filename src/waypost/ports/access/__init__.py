"""Where keys are kept, and how often they are used."""
