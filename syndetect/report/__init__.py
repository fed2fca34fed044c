"""What people and programs are shown; reads the store only."""
