"""What a person and the next step see: annotations, outputs, the job summary, the report file."""
