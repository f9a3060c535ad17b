"""What routes that list something share: pages, cursors, documents."""
