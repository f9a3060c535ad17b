"""The block allocator as a service."""
