"""What the process owner edits in the browser: diagrams, forms and decision tables, draft to publication."""
