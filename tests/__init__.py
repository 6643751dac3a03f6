"""Tests: pure tables for mail and gdpr, real databases for store, real servers for edges and system."""
