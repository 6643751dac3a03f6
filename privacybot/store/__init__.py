"""What we remember. SQLModel lives here alone; nothing here commits but `engine.transaction`."""
