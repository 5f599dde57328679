"""Lifecycle: the state that signals mean, what was promoted since when, and every change of state that a sync saw."""
