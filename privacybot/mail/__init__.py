"""What a mail says: bytes in, frozen values out, nothing touched outside."""
