"""What became of the submitted tasks: the fifth stage. Green is proved; what cannot be told is `unknown`."""
