"""Which domain a request is for, and where its visitors go without a link."""
