"""Measurements, always as ratios in one run on the same servers; never a timed test. `make bench` prints them all."""
