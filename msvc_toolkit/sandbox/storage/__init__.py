"""The sandbox's store, journal, snapshots and clock."""
