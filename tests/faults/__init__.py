"""What goes wrong, made to go wrong: crashes at every step, servers that misbehave, stores that fail, hostile mail."""
