"""The manager's pages: what is late or stopped, where on the diagrams, and the programme's figures."""
