"""What a visit needs beside the link."""
