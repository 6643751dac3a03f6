"""Contract tests: each edge against the real server, and against servers on a socket that misbehave by name."""
