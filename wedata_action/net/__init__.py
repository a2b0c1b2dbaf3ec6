"""One bounded HTTP exchange, which every service that the program talks to goes through."""
