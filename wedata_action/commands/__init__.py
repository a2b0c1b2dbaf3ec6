"""The commands. Each is a page that reads from top to bottom as the stages that it goes through."""
