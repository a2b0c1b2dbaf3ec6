"""All that is known about the Actions runner: commands, files, events, the REST API."""
