"""The stories: intake, dispatch, desk. Each reads from top to bottom and is handed what it needs."""
