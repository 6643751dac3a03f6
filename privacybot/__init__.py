"""privacybot watches a mailbox for requests under the GDPR, acknowledges them and queues them for staff."""
