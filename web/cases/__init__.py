"""One case, opening one, starting a side process, correcting an answer. `blueprint` has the views of all its
modules.
"""

from web.cases import correcting, pages, starting, stopping

blueprint = pages.blueprint

__all__ = ["blueprint", "correcting", "pages", "starting", "stopping"]
