"""Pages. A view reads the request, calls one command or one query, and renders or redirects."""
