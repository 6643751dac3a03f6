"""What the law says about a mail: rights, dates, states and decisions, all as values."""
