"""An embedded mail server and sample mails: the whole journey on one machine, with no account."""
