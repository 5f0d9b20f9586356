"""What the process owner edits in the browser: diagrams, forms and decision tables, draft to publication."""

from web.studio import diagrams, pages

blueprints = [pages.blueprint, diagrams.blueprint]
