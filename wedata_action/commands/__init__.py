"""The commands: each reads from top to bottom as the stages that it goes through."""
