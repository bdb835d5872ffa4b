"""The analyst's side: checking what was drawn, drafts, review by a second person, releases, trial runs."""
