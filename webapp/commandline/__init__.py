"""The commands of `guohe`, one file a kind, each loaded only when it is called: `guohe check` needs no web server."""
