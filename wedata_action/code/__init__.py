"""What git has as a task's code is in WeData's draft before the task is submitted: the third stage."""
