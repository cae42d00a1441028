"""Decisions: functions of their arguments. No clock (`now` is an argument), no database, no network, no other room."""
